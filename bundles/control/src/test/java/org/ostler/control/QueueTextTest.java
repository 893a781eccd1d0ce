// SPDX-License-Identifier: Apache-2.0
package org.ostler.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.queue.Content;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.mail.queue.StoredMessage;

/** Expected texts are what Postfix 3.7.11 with enable_long_queue_ids printed for the same queue. */
class QueueTextTest {

    static StoredMessage message(String id, String sender, int size, String... to) {
        Instant arrival = LocalDateTime.of(2026, 11, 22, 10, 57, 58).atZone(ZoneId.systemDefault()).toInstant();
        var recipients = java.util.Arrays.stream(to).map(a -> Recipient.of(Address.of(a))).toList();
        RecipientState state = new RecipientState.Pending(Optional.of(Reason.local(EnhancedStatus.of("4.3.2"), "deferred transport")));
        return new StoredMessage(new QueueId(id), QueueName.DEFERRED, Envelope.of(Address.of(sender), recipients), recipients.stream().map(r -> state).toList(),
                arrival, Instant.EPOCH, false, new Content.InMemory(("Subject: x\r\n\r\n" + "y".repeat(size - 14)).getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void mailq_looks_like_Postfix_s() {
        var lines = new ArrayList<String>();
        var text = new QueueText(lines::add);
        text.list(message("4jXQyt6pkFzJMF2", "alice-with-a-very-long-address@some.very.long.domain.example.test", 308, "bob@b.test"), QueueName.HOLD);
        text.list(message("4jXQyt6lgczJMF5", "alice@a.test", 255, "bob@b.test", "carol@c.test"), QueueName.DEFERRED);
        text.endOfList();
        assertThat(String.join("\n", lines)).isEqualTo("""
            ----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------
            4jXQyt6pkFzJMF2!       308 Sun Nov 22 10:57:58 alice-with-a-very-long-address@some.very.long.domain.example.test
                                                                      (deferred transport)
                                                           bob@b.test

            4jXQyt6lgczJMF5        255 Sun Nov 22 10:57:58 alice@a.test
                                                                      (deferred transport)
                                                           bob@b.test
                                                           carol@c.test

            -- 0 Kbytes in 2 Requests.""");
    }

    @Test
    void an_empty_queue_says_so() {
        var lines = new ArrayList<String>();
        new QueueText(lines::add).endOfList();
        assertThat(lines).containsExactly("Mail queue is empty");
    }

    @Test
    void json_has_Postfix_s_members_and_escapes() {
        var lines = new ArrayList<String>();
        StoredMessage message = message("4jXQyt6lgczJMF5", "", 255, "b\"ob@b.test", "carol@c.test");
        new QueueText(lines::add).json(message, QueueName.DEFERRED);
        assertThat(lines).containsExactly("{\"queue_name\": \"deferred\", \"queue_id\": \"4jXQyt6lgczJMF5\", \"arrival_time\": " + message.arrival().getEpochSecond()
                + ", \"message_size\": 255, \"forced_expire\": false, \"sender\": \"MAILER-DAEMON\", \"recipients\": [{\"address\": \"b\\\"ob@b.test\", \"delay_reason\": \"deferred transport\"}, "
                + "{\"address\": \"carol@c.test\", \"delay_reason\": \"deferred transport\"}]}");
        assertThat(QueueText.quoted("a\u0001\n\\")).isEqualTo("\"a\\u0001\\n\\\\\"");
    }

    @Test
    void what_the_sender_asked_of_TLS_is_shown_where_it_is_something() throws Exception {
        StoredMessage plain = message("4jXQyt6lgczJMF5", "a@a.test", 20, "b@b.test");
        for (TlsRequest request : TlsRequest.values()) {
            Envelope e = plain.envelope();
            var message = new StoredMessage(plain.id(), plain.queue(), new Envelope(e.sender(), e.recipients(), e.ret(), "", e.body(), false, request, e.attributes()), plain.states(),
                    plain.arrival(), plain.due(), false, plain.content());
            var lines = new ArrayList<String>();
            new QueueText(lines::add).json(message, QueueName.DEFERRED);
            new QueueText(lines::add).cat(message, "e");
            String all = String.join("\n", lines);
            switch (request) {
                case UNSPECIFIED -> assertThat(all).doesNotContain("tls_request");
                case REQUIRED -> assertThat(all).contains("\"sender\": \"a@a.test\", \"tls_request\": \"REQUIRETLS\", \"recipients\"", "named_attribute: tls_request=REQUIRETLS\n");
                case NOT_REQUIRED -> assertThat(all).contains("\"tls_request\": \"TLS-Required: no\",", "named_attribute: tls_request=TLS-Required: no\n");
            }
        }
    }

    @Test
    void postcat_shows_envelope_and_content() throws Exception {
        var lines = new ArrayList<String>();
        new QueueText(lines::add).cat(message("4jXQyt6lgczJMF5", "a@a.test", 20, "b@b.test"), "ehb");
        assertThat(lines).containsSubsequence(List.of("*** ENVELOPE RECORDS deferred/4jXQyt6lgczJMF5 ***", "sender: a@a.test", "recipient: b@b.test",
                "*** MESSAGE CONTENTS deferred/4jXQyt6lgczJMF5 ***", "Subject: x", "", "yyyyyy", "*** MESSAGE FILE END deferred/4jXQyt6lgczJMF5 ***"));
    }

    @Test
    void postcat_shows_the_header_or_the_body_alone() throws Exception {
        var lines = new ArrayList<String>();
        new QueueText(lines::add).cat(message("4jXQyt6lgczJMF5", "a@a.test", 20, "b@b.test"), "h");
        assertThat(lines).containsExactly("Subject: x");
        lines.clear();
        new QueueText(lines::add).cat(message("4jXQyt6lgczJMF5", "a@a.test", 20, "b@b.test"), "b");
        assertThat(lines).startsWith("", "yyyyyy").doesNotContain("Subject: x");
    }
}
