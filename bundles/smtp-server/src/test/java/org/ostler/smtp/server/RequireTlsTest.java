// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.tck.Conversation;
import org.ostler.mail.tck.ScriptFile;

/** REQUIRETLS (RFC 8689) as a client sees it; with what Postfix 3.12 says, also in the recording {@code starttls-requiretls}. */
@Timeout(120)
class RequireTlsTest {

    private static final String IN_TLS = """
            S: 220 *
            C: EHLO client.example.test
            S: 250-*
            C: STARTTLS
            S: 220 *
            TLS
            """;
    private static final String CONTENT = """
            S: 250 2.1.0 Ok
            C: RCPT TO:<bob@example.test>
            S: 250 2.1.5 Ok
            C: DATA
            S: 354 *
            C: Subject: x
            C:
            C: .
            S: 250 2.0.0 Ok: queued as *
            """;
    private static final String OFFER = """
            C: EHLO client.example.test
            S: 250-mx.example.test
            S: 250-PIPELINING
            S: 250-SIZE 10240000
            S: 250-VRFY
            S: 250-ETRN
            S: 250-ENHANCEDSTATUSCODES
            S: 250-8BITMIME
            S: 250-DSN
            S: 250-SMTPUTF8
            """;
    private static final String WITHOUT = OFFER + "S: 250 CHUNKING\n";
    private static final String WITH = OFFER + "S: 250-CHUNKING\nS: 250 REQUIRETLS\n";
    private static final String REFUSED = "C: MAIL FROM:<a@example.org> REQUIRETLS\nS: 555 5.5.4 Unsupported option: REQUIRETLS\n";
    private static final String QUIT = "C: QUIT\nS: 221 *\nGONE\n";

    @TempDir
    Path dir;
    private Server server;

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    private void plays(String mainCf, String script) throws IOException {
        String certificate = ScriptFile.load("starttls-may").mainCf(dir).lines().filter(line -> line.startsWith("smtpd_tls_cert") || line.startsWith("smtpd_tls_key")).reduce("", (a, b) -> a + b + "\n");
        server = new Server("compatibility_level = 3.11\nmyhostname = mx.example.test\nmydestination = example.test\nmynetworks = 127.0.0.0/8\nlocal_recipient_maps =\nsmtpd_tls_security_level = may\n"
                + certificate + mainCf, dir);
        Conversation.with(server.address()).plays(script);
    }

    private TlsRequest asked() {
        return server.cleanup.messages.getLast().tls();
    }

    @Test
    void in_the_clear_it_is_not_offered_and_not_known() throws Exception {
        plays("", "S: 220 *\n" + WITHOUT.replace("S: 250-ENHANCED", "S: 250-STARTTLS\nS: 250-ENHANCED") + REFUSED + "C: MAIL FROM:<a@example.org>\n" + CONTENT + QUIT);
        assertThat(asked()).isEqualTo(TlsRequest.UNSPECIFIED);
    }

    /** A client that asked in the clear first: what the server knew of the session before counts no more. */
    @Test
    void over_TLS_it_is_offered_and_travels_with_the_message() throws Exception {
        plays("", "S: 220 *\nC: EHLO client.example.test\nS: 250-*\n" + REFUSED + "C: STARTTLS\nS: 220 *\nTLS\n" + WITH + "C: MAIL FROM:<a@example.org> SIZE=10 requiretls\n" + CONTENT + QUIT);
        assertThat(asked()).isEqualTo(TlsRequest.REQUIRED);
    }

    @Test
    void it_holds_for_one_message() throws Exception {
        plays("", IN_TLS + WITH + "C: MAIL FROM:<a@example.org> REQUIRETLS\n" + CONTENT + "C: MAIL FROM:<a@example.org>\n" + CONTENT + QUIT);
        assertThat(server.cleanup.messages).extracting(FakeCleanup.Message::tls).containsExactly(TlsRequest.REQUIRED, TlsRequest.UNSPECIFIED);
    }

    @Test
    void a_value_is_a_mistake() throws Exception {
        plays("", IN_TLS + WITH + "C: MAIL FROM:<a@example.org> REQUIRETLS=yes\nS: 555 5.5.4 Unsupported option: REQUIRETLS=yes\n" + QUIT);
    }

    @Test
    void the_operator_may_turn_it_off() throws Exception {
        plays("requiretls_enable = no\n", IN_TLS + WITHOUT + REFUSED + QUIT);
    }

    @Test
    void or_hide_it() throws Exception {
        plays("smtpd_discard_ehlo_keywords = requiretls\n", IN_TLS + WITHOUT + REFUSED + QUIT);
    }
}
