// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.smtp.grammar.ReplyReader;
import org.ostler.smtp.grammar.WireInput;

/** What the log and the sender are told of a server's words. */
class FailureTest {

    /** Recorded from Postfix 3.12. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "550 5.1.1 unknown|5.1.1|550 5.1.1 unknown",
        "550-5.1.1 one~550 5.1.1 two|5.1.1|550-5.1.1 one 550 5.1.1 two",
        "550-5.1.1 one~550 5.2.2 two|5.2.2|550-5.1.1 one 550 5.2.2 two",
        "550-5.7.1 one~550 two|5.7.1|550-5.7.1 one 550 two",
        "550 4.1.1 mixed|5.0.0|550 4.1.1 mixed",
        "550|5.0.0|550"})
    void every_line_of_a_reply_keeps_its_own_status(String wire, String status, String words) throws IOException {
        byte[] bytes = (wire.replace("~", "\r\n") + "\r\n").getBytes(StandardCharsets.US_ASCII);
        var reader = new ReplyReader(new WireInput(new ByteArrayInputStream(bytes), new byte[4096]));
        Host host = Host.of("mx.test", InetAddress.getLoopbackAddress(), 25, 0, true);
        Reason reason = Failure.said(host, reader.read(), "RCPT TO command");
        assertThat(reason.status()).hasToString(status);
        assertThat(reason.text()).isEqualTo("host mx.test[127.0.0.1] said: " + words + " (in reply to RCPT TO command)");
    }
}
