// SPDX-License-Identifier: Apache-2.0
package org.ostler.delivery.trivial;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ostler.mail.config.Settings;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.queue.Content;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;

class TrivialTest {

    static Delivery delivery(String transport, String nextHop) {
        var recipients = List.of(Recipient.of(Address.of("a@example.org")), Recipient.of(Address.of("b@example.org")));
        var message = new StoredMessage(new QueueId("4abcdefz1"), QueueName.INCOMING, Envelope.of(Address.NULL, recipients),
                List.of(RecipientState.FRESH, RecipientState.FRESH), Instant.now(), Instant.EPOCH, false, new Content.InMemory(new byte[0]));
        return new Delivery(message, transport, nextHop, List.of(0, 1), recipients, Settings.of(Map.of()), Optional.empty());
    }

    @Test
    void discard_says_sent_for_every_recipient() {
        assertThat(new Discard().deliver(delivery("discard", "because")).outcomes()).hasSize(2)
                .allSatisfy(o -> assertThat(o).isInstanceOfSatisfying(Outcome.Delivered.class, d -> assertThat(d.text()).isEqualTo("because")));
    }

    @Test
    void error_bounces_with_the_status_of_its_text() {
        assertThat(new ErrorTransport().deliver(delivery("error", "5.1.2 no such domain")).outcomes()).hasSize(2)
                .allSatisfy(o -> assertThat(((Outcome.Bounced) o).reason()).isEqualTo(RecipientState.Reason.local(
                        org.ostler.mail.model.EnhancedStatus.of("5.1.2"), "no such domain")));
        assertThat(((Outcome.Bounced) new ErrorTransport().deliver(delivery("error", "gone")).outcomes().getFirst()).reason().status()).hasToString("5.0.0");
    }

    @Test
    void retry_defers_even_with_a_permanent_status() {
        assertThat(((Outcome.Deferred) new ErrorTransport().deliver(delivery("retry", "5.3.2 later")).outcomes().getFirst()).reason().status()).hasToString("4.3.2");
    }
}
