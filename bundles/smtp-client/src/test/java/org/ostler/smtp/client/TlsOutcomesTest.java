// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.mail.tls.TlsReports.Attempt;
import org.ostler.mail.tls.spi.TlsPolicySource.Published;

/** From a decision to the fate of a message: what a server may do under which policy, what the log and the reports say, and which connections serve more mail. */
@Timeout(60)
class TlsOutcomesTest extends TlsScenes {

    private static final String TLS = Sessions.OFFERS + Sessions.ENCRYPTED + Sessions.TAKES;
    private static final String REFUSED = Sessions.OFFERS + "C: STARTTLS\nS: 220 go ahead\nTLS\n" + Sessions.QUIT;

    @Override
    Scenario scenario(FakeServer fake, String level, String record) {
        return super.scenario(fake, level, record).set("smtp_tls_loglevel", "1");
    }

    private String told() {
        return String.join("; ", reports.stream().map(a -> a.policy().kind() + " " + a.policy().domain() + " " + a.mxHost() + " " + a.failure().map(Object::toString).orElse("well")).toList());
    }

    @Test
    void a_server_that_is_proved() throws Exception {
        try (var fake = serving(TLS + Sessions.QUIT)) {
            assertThat(fate(scenario(fake, "dane", Rules.EE), fake)).isEqualTo("dane sent");
            assertThat(log).anyMatch(line -> line.startsWith("Verified TLS connection established to mx.example.test[127.0.0.1]:" + fake.port() + ": TLSv1.3 with cipher "));
            assertThat(told()).isEqualTo("TLSA mx.example.test mx.example.test well");
            Attempt attempt = reports.getFirst();
            assertThat(List.of(attempt.recipientDomain(), attempt.sendingAddress(), attempt.mxAddress(), attempt.mxHello())).containsExactly("example.test", "127.0.0.1", "127.0.0.1", "mx");
            assertThat(attempt.policy().strings()).containsExactly(Rules.EE);
            fake.verify();
        }
    }

    @Test
    void one_that_is_not() throws Exception {
        try (var fake = serving(REFUSED)) {
            assertThat(fate(scenario(fake, "dane", "3 1 1 " + "00".repeat(32)), fake)).isEqualTo("!dane deferred 4.7.5 (Server certificate not verified)");
            assertThat(log).anyMatch(line -> line.startsWith("Untrusted TLS connection established to mx.example.test"))
                    .anyMatch(line -> line.startsWith("certificate verification failed for mx.example.test[127.0.0.1]:" + fake.port() + ": no TLSA record matches"));
            assertThat(told()).isEqualTo("TLSA mx.example.test mx.example.test VALIDATION_FAILURE");
            fake.verify();
        }
    }

    @Test
    void authorities_and_fingerprints() throws Exception {
        String digest = String.join(":", Rules.EE.substring(6).split("(?<=\\G..)"));
        try (var fake = serving(TLS + Sessions.QUIT)) {
            assertThat(fate(scenario(fake, "verify", ""), fake)).isEqualTo("verify sent");
            assertThat(fate(scenario(fake, "fingerprint", "").set("smtp_tls_fingerprint_cert_match", digest), fake)).isEqualTo("fingerprint sent");
        }
        try (var fake = serving(REFUSED)) {
            assertThat(fate(scenario(fake, "secure", "").set("smtp_tls_secure_cert_match", "nexthop"), fake)).isEqualTo("!secure deferred 4.7.5 (Server certificate not verified)");
            assertThat(fate(scenario(fake, "fingerprint", "").set("smtp_tls_fingerprint_cert_match", "00:11"), fake)).isEqualTo("!fingerprint deferred 4.7.5 (Server certificate not verified)");
            assertThat(told()).contains("NO_POLICY_FOUND example.test mx.example.test CERTIFICATE_HOST_MISMATCH");
        }
    }

    @Test
    void half_dane_is_trusted_and_never_verified() throws Exception {
        try (var fake = serving(TLS + Sessions.QUIT)) {
            var scenario = scenario(fake, "dane", "");
            scenario.dns = Zone.of("example.test").mx(10, "mx.signed.test.").and(Zone.of("signed.test").a("mx", "127.0.0.1").tlsa("_" + fake.port() + "._tcp.mx", Rules.EE).signed());
            assertThat(fate(scenario, fake)).isEqualTo("half-dane sent");
            assertThat(log).anyMatch(line -> line.startsWith("Trusted TLS connection established to mx.signed.test"));
        }
    }

    @Test
    void records_that_turn_out_to_be_of_no_use_leave_encryption() throws Exception {
        try (var fake = serving(TLS + Sessions.QUIT)) {
            var scenario = scenario(fake, "dane", Rules.EE);
            ((JudgingTls) scenario.tls).verdict = Optional.of(new PeerVerdict.NothingUsable("digest unknown"));
            assertThat(fate(scenario, fake)).isEqualTo("dane:encrypt sent");
            assertThat(told()).endsWith("TLSA_INVALID");
        }
        try (var fake = serving(REFUSED)) {
            var scenario = scenario(fake, "dane-only", Rules.EE);
            ((JudgingTls) scenario.tls).verdict = Optional.of(new PeerVerdict.NothingUsable("digest unknown"));
            assertThat(fate(scenario, fake)).isEqualTo("!dane-only deferred 4.7.5 (Server certificate not verified)");
        }
    }

    @Test
    void MTA_STS_from_the_policy_to_the_report() throws Exception {
        try (var fake = serving(TLS + Sessions.QUIT)) {
            var scenario = scenario(fake, "may", "");
            scenario.source = (_, _) -> new Published(true, List.of("mx.example.test"), List.of("version: STSv1"));
            assertThat(fate(scenario, fake)).isEqualTo("secure sent");
            assertThat(told()).isEqualTo("STS example.test mx.example.test well");
            fake.verify();
        }
        reports.clear();
        try (var fake = serving(Sessions.OFFERS_NOTHING + Sessions.TAKES + Sessions.QUIT)) {
            var scenario = scenario(fake, "may", "");
            scenario.source = (_, _) -> new Published(false, List.of("mx.example.test"), List.of());
            assertThat(fate(scenario, fake)).isEqualTo("may:none sent");
            assertThat(told()).isEqualTo("STS example.test mx.example.test STARTTLS_NOT_SUPPORTED");
        }
        reports.clear();
        try (var fake = serving(TLS + Sessions.QUIT)) {
            var scenario = scenario(fake, "may", "");
            scenario.source = (_, _) -> new Published(false, List.of("*.example.test"), List.of());
            ((JudgingTls) scenario.tls).verdict = Optional.of(new PeerVerdict.Trusted("for another host"));
            assertThat(fate(scenario, fake)).isEqualTo("may sent");
            assertThat(told()).isEqualTo("STS example.test mx.example.test CERTIFICATE_HOST_MISMATCH");
        }
    }

    /** However long a message has waited: only level may goes in the clear. */
    @ParameterizedTest
    @ValueSource(strings = {"encrypt", "dane", "dane-only", "verify", "secure", "fingerprint"})
    void a_handshake_that_fails_never_lowers_a_level(String level) throws Exception {
        for (String trouble : List.of("S: this is no handshake\nDROP", "DROP", "STALL")) {
            try (var fake = serving(Sessions.OFFERS + "C: STARTTLS\nS: 220 go\n" + trouble, Sessions.OFFERS_NOTHING + Sessions.TAKES)) {
                var scenario = scenario(fake, level, Rules.EE).set("smtp_starttls_timeout", "1s").set("smtp_tls_fingerprint_cert_match", "00:11");
                scenario.arrival = Scenario.NOW.minus(Duration.ofDays(2));
                assertThat(fate(scenario, fake)).as(trouble).isEqualTo(level + "? deferred 4.7.5 (Cannot start TLS: handshake failure)");
                assertThat(fake.connections()).isEqualTo(1);
            }
        }
        assertThat(log).anyMatch(line -> line.matches("SSL_connect error to mx.example.test\\[127.0.0.1]:\\d+: lost connection"))
                .anyMatch(line -> line.matches("SSL_connect error to mx.example.test\\[127.0.0.1]:\\d+: Connection timed out"));
    }

    @Test
    void a_wish_for_TLS_ends_where_the_session_breaks_behind_the_handshake() throws Exception {
        String breaks = Sessions.OFFERS + "C: STARTTLS\nS: 220 go\nTLS\nDROP";
        try (var fake = serving(breaks, Sessions.OFFERS + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nCONTENT\nS: 250 2.0.0 taken\n" + Sessions.QUIT)) {
            var old = scenario(fake, "may", "");
            old.arrival = Scenario.NOW.minus(Duration.ofDays(2));
            assertThat(fate(old, fake)).isEqualTo("may:none sent");
        }
        try (var fake = serving(breaks)) {
            assertThat(fate(scenario(fake, "may", ""), fake)).contains("deferred 4.4.2 (lost connection with mx.example.test[127.0.0.1] while performing the EHLO handshake)");
            var strict = scenario(fake, "encrypt", "");
            strict.arrival = Scenario.NOW.minus(Duration.ofDays(2));
            assertThat(fate(strict, fake)).contains("deferred 4.4.2");
        }
    }

    /** Our own engine or verifier is away: nobody over there breaks anything, so however long mail has waited it goes on waiting, and does not go in the clear. */
    @Test
    void trouble_of_our_own_is_no_reason_to_go_in_the_clear() throws Exception {
        var away = new Breaking(Integer.MAX_VALUE);
        for (String level : List.of("may", "encrypt")) {
            try (var fake = serving(Sessions.OFFERS + "C: STARTTLS\nS: 220 go\n", Sessions.OFFERS_NOTHING + Sessions.TAKES); var scenario = scenario(fake, level, "")) {
                scenario.tls = away;
                scenario.arrival = Scenario.NOW.minus(Duration.ofDays(2));
                var result = scenario.deliver("example.test:" + fake.port());
                assertThat(Scenario.fate(result)).startsWith(level + "? deferred 4.7.5 (").endsWith(" our TLS engine is unavailable)");
                assertThat(result.siteDown()).as("the destination is well").isEmpty();
                assertThat(fake.connections()).isEqualTo(1);
                assertThat(reports).as("and is not blamed").isEmpty();
            }
        }
    }

    /** A file of authorities that cannot be read, say. */
    @Test
    void a_certificate_that_nobody_could_judge_makes_mail_wait_where_it_counts_and_accuses_nobody() throws Exception {
        for (String level : List.of("verify", "secure", "fingerprint")) {
            try (var fake = serving(Sessions.OFFERS + "C: STARTTLS\nS: 220 go\nTLS\n"); var attached = MailLog.attach((_, _, _, text) -> log.add(text));
                    var scenario = scenario(fake, level, "").set("smtp_tls_fingerprint_cert_match", "00:11")) {
                ((JudgingTls) scenario.tls).verdict = Optional.of(new PeerVerdict.Unjudged("ca.pem cannot be read"));
                var result = scenario.deliver("example.test:" + fake.port());
                assertThat(Scenario.fate(result)).isEqualTo(level + "? deferred 4.7.5 (TLS is required, but our TLS engine is unavailable)");
                assertThat(result.siteDown()).as("the destination is well").isEmpty();
                assertThat(reports).isEmpty();
                assertThat(log).anyMatch(line -> line.contains("TLS with mx.example.test[127.0.0.1]") && line.endsWith("ca.pem cannot be read"));
            }
        }
        try (var fake = serving(TLS + Sessions.QUIT)) {
            var scenario = scenario(fake, "may", "");
            scenario.source = (_, _) -> new Published(false, List.of("mx.example.test"), List.of());
            ((JudgingTls) scenario.tls).verdict = Optional.of(new PeerVerdict.Unjudged("ca.pem cannot be read"));
            assertThat(fate(scenario, fake)).as("MTA-STS in testing mode").isEqualTo("may sent");
            assertThat(reports).as("neither well nor not").isEmpty();
        }
    }

    @Test
    void a_certificate_at_which_a_verifier_breaks_does_not_keep_mail_from_the_next_host() throws Exception {
        try (var fake = serving(Sessions.OFFERS + "C: STARTTLS\nS: 220 go\n", TLS + Sessions.QUIT); var scenario = scenario(fake, "encrypt", "")) {
            scenario.dns = Zone.of("example.test").mx(10, "one").mx(20, "two").a("one", "127.0.0.1").a("two", "127.0.0.1");
            scenario.tls = new Breaking(1);
            assertThat(Scenario.fate(scenario.deliver("example.test:" + fake.port()))).isEqualTo("encrypt sent");
            fake.verify();
        }
    }

    /** An engine, or its verifier, that is away for some calls. */
    private static final class Breaking implements TlsProvider {
        private final TlsProvider well = new JudgingTls();
        private final AtomicInteger left;

        Breaking(int times) {
            left = new AtomicInteger(times);
        }

        @Override
        public boolean hasServerCertificate(Settings settings) {
            return false;
        }

        @Override
        public Session server(Socket plain, String client, Settings settings) throws IOException {
            throw new IOException("the client's side");
        }

        @Override
        public Session client(Socket plain, ClientTls policy, Settings settings) throws IOException {
            if (left.getAndDecrement() > 0) {
                throw new IOException("the TLS engine \"bc\" is not available", new UnavailableException("the TLS engine \"bc\" is not available"));
            }
            return well.client(plain, policy, settings);
        }
    }

    @Test
    void an_engine_that_is_away_is_waited_for() throws Exception {
        try (var fake = serving(TLS + Sessions.QUIT); var scenario = scenario(fake, "may", "")) {
            scenario.courier();
            scenario.neighbours.tls.unbind(scenario.tls, 0);
            Thread.ofPlatform().daemon().start(() -> {
                for (int i = 0; i < 30_000 && !fake.heard().contains("STARTTLS"); i++) {
                    LockSupport.parkNanos(1_000_000);
                }
                scenario.neighbours.tls.bind(scenario.tls, 0);
            });
            assertThat(Scenario.fate(scenario.deliver("example.test:" + fake.port()))).isEqualTo("may sent");
            fake.verify();
        }
    }

    /** Transport and engine may be replaced at once: a new transport knows of no engine before. It waits as long as for any, here until it is interrupted. */
    @Test
    void an_engine_that_never_came_lets_no_mail_go_in_the_clear() throws Exception {
        try (var fake = serving(Sessions.OFFERS + "C: STARTTLS\nS: 220 go\n"); var scenario = scenario(fake, "may", "")) {
            scenario.tls = null;
            var delivery = new FutureTask<>(() -> Scenario.fate(scenario.deliver("example.test:" + fake.port())));
            Thread delivering = Thread.ofPlatform().daemon().start(delivery);
            for (int i = 0; i < 30_000 && !fake.heard().contains("STARTTLS"); i++) {
                LockSupport.parkNanos(1_000_000);
            }
            delivering.interrupt();
            assertThat(delivery.get(30, TimeUnit.SECONDS)).isEqualTo("may? deferred 4.7.5 (Cannot start TLS: our TLS engine is unavailable)");
            fake.verify();
        }
    }

    @Test
    void failed_opportunistic_TLS_does_not_mark_the_destination_as_down() throws Exception {
        String broken = Sessions.OFFERS + "C: STARTTLS\nS: 220 go\nS: this is no handshake\nDROP";
        try (var fake = serving(broken); var may = scenario(fake, "may", ""); var must = scenario(fake, "encrypt", "")) {
            assertThat(may.deliver("example.test:" + fake.port()).siteDown()).isEmpty();
            assertThat(must.deliver("example.test:" + fake.port()).siteDown()).isPresent();
        }
    }

    @Test
    void a_kept_connection_serves_the_policy_that_it_was_made_under_and_no_other() throws Exception {
        var lines = new ArrayList<String>();
        try (var fake = serving(TLS + Sessions.TAKES + Sessions.QUIT, TLS)) {
            var scenario = scenario(fake, "dane", Rules.EE).set("smtp_tls_connection_reuse", "yes").set("smtp_connection_cache_destinations", "example.test").set("smtp_tls_policy_maps", "map")
                    .set("smtp_connection_cache_time_limit", "30s");
            try (scenario) {
                lines.add(Scenario.fate(scenario.deliver("example.test:" + fake.port())));
                lines.add(Scenario.fate(scenario.deliver("example.test:" + fake.port())));
                assertThat(fake.connections()).isEqualTo(1);
                ((MapTables) scenario.tables).with("example.test:" + fake.port(), "encrypt ciphers=high");
                lines.add(Scenario.fate(scenario.deliver("example.test:" + fake.port())));
                assertThat(fake.connections()).isEqualTo(2);
            }
        }
        assertThat(lines).containsExactly("dane sent", "- sent", "encrypt sent");
    }

    @Test
    void resumed_sessions_are_left_out_of_the_reports_where_that_is_wanted() throws Exception {
        for (String skip : List.of("no", "yes")) {
            for (boolean resumed : List.of(false, true)) {
                reports.clear();
                try (var fake = serving(TLS + Sessions.QUIT)) {
                    Scenario scenario = scenario(fake, "dane", Rules.EE).set("smtp_tlsrpt_skip_reused_handshakes", skip);
                    ((JudgingTls) scenario.tls).resumed = resumed;
                    assertThat(fate(scenario, fake)).isEqualTo("dane sent");
                }
                assertThat(reports).as(skip + resumed).hasSize(resumed && skip.equals("yes") ? 0 : 1);
            }
        }
    }

    @Test
    void offers_of_TLS_are_noted_where_it_is_not_wanted() throws Exception {
        try (var fake = serving(Sessions.OFFERS + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nCONTENT\nS: 250 2.0.0 taken\n" + Sessions.QUIT)) {
            assertThat(fate(scenario(fake, "none", "").set("smtp_tls_note_starttls_offer", "yes"), fake)).isEqualTo("none sent");
            assertThat(log).contains("Host offered STARTTLS: [mx.example.test]");
            assertThat(reports).isEmpty();
        }
    }

    @Test
    void an_answer_that_comes_before_the_question_is_not_believed() throws Exception {
        // The answer to MAIL follows that to EHLO at once, so that it is there when MAIL is about to be sent.
        String early = Sessions.OFFERS + "C: STARTTLS\nS: 220 go\nTLS\nC: EHLO *\nBOTH: 250 mx|250 early\nC: MAIL *\n";
        try (var fake = serving(early)) {
            assertThat(fate(scenario(fake, "encrypt", "").set("smtp_tls_block_early_mail_reply", "yes"), fake)).isEqualTo("encrypt deferred 4.7.0 (unexpected server message)");
        }
    }
}
