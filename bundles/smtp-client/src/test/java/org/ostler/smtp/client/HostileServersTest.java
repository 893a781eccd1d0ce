// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tck.Zone;
import org.ostler.tls.JsseTls;

/**
 * Servers that say 220 to STARTTLS and do something else then. Such a host is skipped; where there is no other, mail waits with a reason, and nothing of it is sent in the clear, however old it is.
 */
@Timeout(60)
class HostileServersTest {

    enum Trick {
        HANGS("STALL", 1, ""),
        SPEAKS_IN_THE_CLEAR("S: 250 2.1.0 Ok\nDROP", 1, ""),
        LEAVES("DROP", 1, ""),
        RESETS("RESET", 1, "reset"),
        SHOWS_50_CERTIFICATES("TLS_FAILS", 50, "certificate chain length"),
        SHOWS_100_KB("TLS_FAILS", 140, "size");

        final String script;
        final int certificates;
        final String why;

        Trick(String does, int certificates, String why) {
            this.script = Sessions.OFFERS + "C: STARTTLS\nS: 220 go ahead\n" + does;
            this.certificates = certificates;
            this.why = why;
        }
    }

    @TempDir Path dir;
    private Settings server;
    private final List<String> log = new CopyOnWriteArrayList<>();

    @BeforeEach
    void certificate() throws IOException {
        server = Sessions.server(dir);
    }

    private FakeServer playing(Trick trick) throws IOException {
        String chain = Files.readString(dir.resolve("rsa-pkcs8.pem")) + Files.readString(dir.resolve("rsa-cert.pem")).repeat(trick.certificates);
        Path file = Files.writeString(dir.resolve("chain.pem"), chain);
        return FakeServer.start(trick.script).with(new JsseTls(), Settings.of(Map.of("smtpd_tls_chain_files", file.toString())));
    }

    private Scenario scenario(String level) {
        var scenario = Scenario.happy().set("smtp_tls_security_level", level).set("smtp_host_lookup", "dns").set("smtp_starttls_timeout", "2s");
        scenario.dns = Zone.of("example.test").mx(10, "bad").mx(20, "good").a("bad", "127.0.0.1").a("good", "127.0.0.2");
        return scenario;
    }

    private String fate(Scenario scenario, FakeServer first) throws Exception {
        try (var attached = MailLog.attach((when, severity, tag, text) -> log.add(text)); scenario) {
            return Scenario.fate(scenario.deliver("example.test:" + first.port()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void the_host_is_skipped_and_the_next_one_gets_the_mail(Trick trick) throws Exception {
        try (var bad = playing(trick); var good = FakeServer.on("127.0.0.2", bad.port(), Sessions.OFFERS + Sessions.ENCRYPTED + Sessions.TAKES + Sessions.QUIT).with(new JsseTls(), server)) {
            assertThat(fate(scenario("encrypt"), bad)).isEqualTo("encrypt sent");
            assertThat(log).anyMatch(line -> line.startsWith("SSL_connect error to bad.example.test[127.0.0.1]:" + bad.port() + ": ") && line.contains(trick.why));
            good.verify();
            assertThat(bad.contents()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void mail_waits_where_there_is_no_other_host_and_never_goes_in_the_clear(Trick trick) throws Exception {
        try (var bad = playing(trick)) {
            var scenario = scenario("encrypt");
            scenario.dns = Zone.of("example.test").mx(10, "bad").a("bad", "127.0.0.1");
            scenario.arrival = Scenario.NOW.minus(Duration.ofDays(1));
            assertThat(fate(scenario, bad)).matches(".*encrypt.? deferred 4\\.7\\.5 \\(Cannot start TLS: handshake failure\\)");
            assertThat(bad.contents()).isEmpty();
            assertThat(bad.heard()).doesNotContain("MAIL").noneMatch(line -> line.startsWith("MAIL"));
        }
    }
}
