// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ostler.mail.delivery.Outcome.Timing;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.Recipient;

class DeliveryLogTest {

    @ParameterizedTest
    @CsvSource({
            "0,2,0", "499,2,0", "4999,2,0", "5000,2,0.01", "12345,2,0.01", "123456,2,0.12", "100000,2,0.1", "999999,2,1", "995000,2,1",
            "1000000,2,1", "1234567,2,1.2", "1250000,2,1.3", "9960000,2,10", "12345678,2,12", "99500000,2,100", "123456789,2,123",
            "12345,3,0.012", "1234,6,0.0012", "12345678,6,12", "555555,0,1", "1500000,0,2", "-5,2,0"})
    void delays_have_two_significant_digits(long micros, int digits, String text) {
        var out = new StringBuilder();
        DeliveryLog.delay(out, micros * 1000, digits);
        assertThat(out.toString()).isEqualTo(text);
    }

    @Test
    void a_line_has_every_field_in_postfix_order() {
        var recipient = new Recipient(Address.of("joe smith@example.org"), Address.of("alias@example.test"), "", Notify.DEFAULT);
        var delays = new DeliveryLog.Delays(20_000_000, 3_000_000, 110_000_000, 1_500_000_000);
        assertThat(DeliveryLog.line("ABC", recipient, "mx[192.0.2.1]:25", new Timing(1, 1, 2, "none"), delays, "2.0.0", "sent", "250 Ok", 2)).isEqualTo(
                "ABC: to=<\"joe smith\"@example.org>, orig_to=<alias@example.test>, relay=mx[192.0.2.1]:25, conn_use=3, delay=1.6, delays=0.02/0/0.11/1.5, "
                        + "tls=none, dsn=2.0.0, status=sent (250 Ok)");
    }

    @Test
    void orig_to_is_not_said_where_only_letter_case_differs() {
        var recipient = new Recipient(Address.of("joe@example.org"), Address.of("Joe@Example.org"), "", Notify.DEFAULT);
        assertThat(DeliveryLog.line("ABC", recipient, "none", Timing.NONE, new DeliveryLog.Delays(0, 0, 0, 0), "4.4.1", "deferred", "later", 2))
                .isEqualTo("ABC: to=<joe@example.org>, relay=none, delay=0, delays=0/0/0/0, dsn=4.4.1, status=deferred (later)");
    }
}
