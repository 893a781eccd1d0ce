// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ostler.smtp.client.Scenario.told;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.tls.JsseTls;

/** STARTTLS at the levels none, may and encrypt, with a certificate that nobody signed. */
@Timeout(60)
class StartTlsTest {

    private static final String OFFERS = """
            S: 220 mx ESMTP
            C: EHLO *
            S: 250-mx
            S: 250 STARTTLS
            """;
    private static final String ENCRYPTED = """
            C: STARTTLS
            S: 220 go ahead
            TLS
            C: EHLO *
            S: 250-mx
            S: 250 PIPELINING
            """;
    private static final String TAKES = """
            C: MAIL *
            C: RCPT *
            C: DATA
            S: 250 ok
            S: 250 ok
            S: 354 go
            CONTENT
            S: 250 2.0.0 taken
            C: QUIT
            """;
    private static final String TAKES_ONE_BY_ONE = """
            C: MAIL *
            S: 250 ok
            C: RCPT *
            S: 250 ok
            C: DATA
            S: 354 go
            CONTENT
            S: 250 2.0.0 taken
            C: QUIT
            """;

    @TempDir Path dir;
    private Settings server;

    @BeforeEach
    void certificate() throws IOException {
        for (String name : List.of("rsa-cert.pem", "rsa-pkcs8.pem")) {
            try (var in = getClass().getResourceAsStream(name)) {
                Files.copy(in, dir.resolve(name));
            }
        }
        server = Settings.of(Map.of("smtpd_tls_cert_file", dir.resolve("rsa-cert.pem").toString(), "smtpd_tls_key_file", dir.resolve("rsa-pkcs8.pem").toString()));
    }

    private List<String> deliver(Scenario scenario, String... scripts) throws Exception {
        try (var fake = FakeServer.start(scripts).with(new JsseTls(), server); scenario) {
            List<String> told = told(scenario.deliver(fake.nextHop()));
            fake.verify();
            return told;
        }
    }

    @Test
    void mail_goes_encrypted_where_TLS_is_offered() throws Exception {
        var lines = new CopyOnWriteArrayList<String>();
        try (var log = MailLog.attach((when, severity, tag, text) -> lines.add(tag + ": " + text))) {
            assertThat(deliver(Scenario.happy().set("smtp_tls_security_level", "may").set("smtp_tls_loglevel", "1"), OFFERS + ENCRYPTED + TAKES))
                    .containsExactly("sent 2.0.0 (250 2.0.0 taken)");
        }
        assertThat(lines).anyMatch(line -> line.matches("postfix/smtp: Untrusted TLS connection established to 127\\.0\\.0\\.1\\[127\\.0\\.0\\.1]:\\d+: "
                + "TLSv1\\.3 with cipher TLS_AES_256_GCM_SHA384 \\(256/256 bits\\).*"));
    }

    @Test
    void mail_goes_encrypted_or_not_at_all_where_that_is_asked_for() throws Exception {
        assertThat(deliver(Scenario.happy().set("smtp_tls_security_level", "encrypt"), OFFERS + ENCRYPTED + TAKES)).allMatch(line -> line.startsWith("sent"));
        assertThat(deliver(Scenario.happy().set("smtp_tls_security_level", "encrypt"), OFFERS.replace("STARTTLS", "HELP") + "C: QUIT"))
                .containsExactly("deferred 4.7.4 (TLS is required, but was not offered by host 127.0.0.1[127.0.0.1])");
        assertThat(deliver(Scenario.happy().set("smtp_tls_security_level", "encrypt"), OFFERS + "C: STARTTLS\nS: 454 4.7.0 not now\nC: QUIT"))
                .containsExactly("deferred 4.7.0 (TLS is required, but host 127.0.0.1[127.0.0.1] refused to start TLS: 454 4.7.0 not now)");
    }

    @Test
    void TLS_is_left_alone_where_it_is_not_wanted_or_not_offered_or_refused() throws Exception {
        assertThat(deliver(Scenario.happy(), OFFERS + TAKES_ONE_BY_ONE)).allMatch(line -> line.startsWith("sent"));
        assertThat(deliver(Scenario.happy().set("smtp_tls_security_level", "may"), OFFERS.replace("STARTTLS", "HELP") + TAKES_ONE_BY_ONE)).allMatch(line -> line.startsWith("sent"));
        assertThat(deliver(Scenario.happy().set("smtp_tls_security_level", "may"), OFFERS + "C: STARTTLS\nS: 454 not now\n" + TAKES_ONE_BY_ONE))
                .allMatch(line -> line.startsWith("sent"));
    }

    @Test
    void a_failed_handshake_holds_new_mail_back_and_lets_old_mail_go_in_the_clear() throws Exception {
        String broken = OFFERS + "C: STARTTLS\nS: 220 go\nS: this is no handshake\nDROP";
        assertThat(deliver(Scenario.happy().set("smtp_tls_security_level", "may"), broken)).containsExactly("deferred 4.7.5 (Cannot start TLS: handshake failure)");
        var old = Scenario.happy().set("smtp_tls_security_level", "may");
        old.arrival = Scenario.NOW.minus(Duration.ofHours(1));
        assertThat(deliver(old, broken, OFFERS + TAKES_ONE_BY_ONE)).allMatch(line -> line.startsWith("sent"));
        var strict = Scenario.happy().set("smtp_tls_security_level", "encrypt");
        strict.arrival = Scenario.NOW.minus(Duration.ofHours(1));
        assertThat(deliver(strict, broken)).containsExactly("deferred 4.7.5 (Cannot start TLS: handshake failure)");
    }

    @Test
    void what_a_server_sends_behind_its_reply_to_STARTTLS_is_not_believed() throws Exception {
        // Injected in the clear, it would be read as the reply to the encrypted EHLO.
        assertThat(deliver(Scenario.happy().set("smtp_tls_security_level", "encrypt").set("smtp_starttls_timeout", "10s"),
                OFFERS + "C: STARTTLS\nS: 220 go\nS: 250 injected\nTLS_FAILS")).allMatch(line -> line.startsWith("deferred 4."));
    }

    @Test
    void a_handshake_that_stands_still_is_ended() throws Exception {
        try (var fake = FakeServer.start(OFFERS + "C: STARTTLS\nS: 220 go\nSTALL").with(new JsseTls(), server);
                var scenario = Scenario.happy().set("smtp_tls_security_level", "encrypt").set("smtp_starttls_timeout", "1s")) {
            assertThat(told(scenario.deliver(fake.nextHop()))).containsExactly("deferred 4.7.5 (Cannot start TLS: handshake failure)");
        }
    }

    @Test
    void the_old_parameter_counts_where_there_is_no_level() throws Exception {
        assertThat(deliver(Scenario.happy().set("smtp_tls_security_level", "").set("smtp_use_tls", "yes"), OFFERS + ENCRYPTED + TAKES)).allMatch(line -> line.startsWith("sent"));
    }

    @Test
    void encrypted_connections_are_used_again_only_where_asked_for() throws Exception {
        String keep = "127.0.0.1";
        try (var fake = FakeServer.start(OFFERS + ENCRYPTED + TAKES).with(new JsseTls(), server);
                var scenario = Scenario.happy().set("smtp_tls_security_level", "may").set("smtp_connection_cache_destinations", keep)) {
            scenario.deliver(fake.nextHop());
            assertThat(scenario.courier().waiting()).isZero();
        }
        try (var fake = FakeServer.start(OFFERS + ENCRYPTED + TAKES).with(new JsseTls(), server);
                var scenario = Scenario.happy().set("smtp_tls_security_level", "may").set("smtp_connection_cache_destinations", keep).set("smtp_tls_connection_reuse", "yes")) {
            scenario.deliver(fake.nextHop());
            assertThat(scenario.courier().waiting()).isEqualTo(1);
        }
    }

    @Test
    void wrapper_mode_begins_with_the_handshake() throws Exception {
        assertThat(deliver(Scenario.happy().set("smtp_tls_security_level", "encrypt").set("smtp_tls_wrappermode", "yes"), "TLS\n" + OFFERS + TAKES_ONE_BY_ONE))
                .allMatch(line -> line.startsWith("sent"));
    }
}
