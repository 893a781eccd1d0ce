// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tls.spi.TlsPolicySource.Published;

/** A message with {@code TLS-Required: no} (RFC 8689 section 4.2.2), and which connections serve which kind of message. */
@Timeout(60)
class TlsWaivedTest extends TlsScenes {

    private static final String TLS = Sessions.OFFERS + "C: STARTTLS\nS: 220 go ahead\nTLS\nC: EHLO *\nS: 250-mx\nS: 250-PIPELINING\nS: 250 REQUIRETLS\n";
    private static final String ONE = TLS + Sessions.TAKES;
    private static final String PLAIN = Sessions.OFFERS_NOTHING + Sessions.TAKES + Sessions.QUIT;
    private static final String WRONG = "3 1 1 " + "00".repeat(32);

    @Override
    Scenario scenario(FakeServer fake, String level, String record) {
        Scenario scenario = super.scenario(fake, level, record).set("smtp_requiretls_policy", "enforce");
        scenario.asked = TlsRequest.NOT_REQUIRED;
        return scenario;
    }

    @Test
    void DANE_does_not_keep_it_back() throws Exception {
        for (String level : List.of("dane", "dane-only")) {
            try (var fake = serving(ONE + Sessions.QUIT)) {
                assertThat(fate(scenario(fake, level, WRONG), fake)).isEqualTo("may sent");
            }
            try (var fake = serving(PLAIN)) {
                assertThat(fate(scenario(fake, level, Rules.EE), fake)).isEqualTo("may:none sent");
            }
        }
        try (var fake = serving(PLAIN)) {
            var scenario = scenario(fake, "dane", "");
            scenario.dns = Zone.of("example.test").mx(10, "mx").a("mx", "127.0.0.1").servfail("_" + fake.port() + "._tcp.mx").signed();
            assertThat(fate(scenario, fake)).as("nobody asks").isEqualTo("may:none sent");
        }
    }

    @Test
    void nor_does_MTA_STS_which_is_not_asked() throws Exception {
        try (var fake = serving(PLAIN)) {
            var scenario = scenario(fake, "may", "");
            scenario.source = (_, _) -> {
                throw new AssertionError("asked");
            };
            assertThat(fate(scenario, fake)).isEqualTo("may:none sent");
        }
        try (var fake = serving(ONE + Sessions.QUIT)) {
            var scenario = scenario(fake, "may", "");
            scenario.source = (_, _) -> new Published(true, List.of("mx.other.test"), List.of());
            assertThat(fate(scenario, fake)).isEqualTo("may sent");
        }
    }

    @Test
    void nor_does_what_the_operator_says() throws Exception {
        for (String level : List.of("encrypt", "verify", "secure")) {
            try (var fake = serving(PLAIN)) {
                assertThat(fate(scenario(fake, level, ""), fake)).as(level).isEqualTo("may:none sent");
            }
        }
        try (var fake = serving(PLAIN)) {
            var scenario = scenario(fake, "may", "").set("smtp_tls_policy_maps", "map");
            ((MapTables) scenario.tables).with("example.test:" + fake.port(), "secure");
            assertThat(fate(scenario, fake)).isEqualTo("may:none sent");
        }
        try (var fake = serving(PLAIN)) {
            assertThat(fate(scenario(fake, "may", "").set("smtp_tls_policy_maps", "broken"), fake)).isEqualTo("may:none sent");
        }
        try (var fake = serving(PLAIN.replace("S: 250 PIPELINING", "S: 250-STARTTLS\nS: 250 PIPELINING"))) {
            assertThat(fate(scenario(fake, "none", ""), fake)).as("more TLS than configured is not asked").startsWith("none ");
        }
    }

    @Test
    void nothing_of_it_is_reported() throws Exception {
        try (var fake = serving(ONE + Sessions.QUIT)) {
            assertThat(fate(scenario(fake, "dane", WRONG), fake)).isEqualTo("may sent");
        }
        try (var fake = serving(Sessions.OFFERS + "C: STARTTLS\nS: 220 go\nDROP")) {
            assertThat(fate(scenario(fake, "dane", WRONG), fake)).contains("deferred 4.7.5");
        }
        assertThat(reports).isEmpty();
    }

    /** TLS from the first byte cannot be done without; who the server is does not matter. */
    @Test
    void wrapper_mode_stays_encrypted() throws Exception {
        try (var fake = serving("TLS\nS: 220 mx ESMTP\nC: EHLO *\nS: 250-mx\nS: 250 PIPELINING\n" + Sessions.TAKES + Sessions.QUIT)) {
            var scenario = scenario(fake, "secure", "").set("smtp_tls_wrappermode", "yes").set("smtp_tls_secure_cert_match", "other.test");
            assertThat(fate(scenario, fake)).isEqualTo("encrypt sent");
        }
    }

    @Test
    void the_switch_makes_it_mail_as_any_other() throws Exception {
        try (var fake = serving(Sessions.OFFERS + "C: STARTTLS\nS: 220 go ahead\nTLS\n" + Sessions.QUIT)) {
            assertThat(fate(scenario(fake, "dane", WRONG).set("tls_required_enable", "no"), fake)).isEqualTo("!dane deferred 4.7.5 (Server certificate not verified)");
        }
    }

    // ---- connections that wait for more mail

    private Scenario keeping(FakeServer fake, String level, String record) {
        return scenario(fake, level, record).set("smtp_tls_connection_reuse", "yes").set("smtp_connection_cache_destinations", "example.test").set("smtp_connection_cache_time_limit", "30s");
    }

    private static String send(Scenario scenario, FakeServer fake, TlsRequest request) {
        scenario.asked = request;
        return Scenario.fate(scenario.deliver("example.test:" + fake.port()));
    }

    @Test
    void each_kind_of_message_has_connections_of_its_own() throws Exception {
        var lines = new ArrayList<String>();
        try (var fake = serving(ONE + Sessions.TAKES + Sessions.QUIT); var scenario = keeping(fake, "dane", Rules.EE)) {
            for (TlsRequest request : TlsRequest.values()) {
                lines.add(send(scenario, fake, request));
            }
            assertThat(fake.connections()).isEqualTo(3);
            for (TlsRequest request : TlsRequest.values()) {
                lines.add(send(scenario, fake, request));
            }
            assertThat(fake.connections()).as("and uses them again").isEqualTo(3);
            assertThat(fake.heard().stream().filter(line -> line.endsWith(" REQUIRETLS"))).hasSize(2);
        }
        assertThat(lines).containsExactly("dane sent", "dane/requiretls sent", "may sent", "- sent", "- sent", "- sent");
    }

    /** A connection in the clear, or to a server that proved nothing, is never there for the message that comes next. */
    @Test
    void a_weak_connection_does_not_carry_mail_that_asks_for_more() throws Exception {
        try (var fake = serving(Sessions.OFFERS_NOTHING + Sessions.TAKES, ONE + Sessions.QUIT); var scenario = keeping(fake, "dane", Rules.EE)) {
            assertThat(send(scenario, fake, TlsRequest.NOT_REQUIRED)).isEqualTo("may:none sent");
            assertThat(scenario.courier().waiting()).isEqualTo(1);
            assertThat(send(scenario, fake, TlsRequest.UNSPECIFIED)).isEqualTo("dane sent");
            assertThat(fake.connections()).isEqualTo(2);
        }
    }

    @Test
    void a_connection_of_a_report_does_not_carry_a_message_that_insists() throws Exception {
        String bare = Sessions.OFFERS + Sessions.ENCRYPTED;
        try (var fake = serving(bare + Sessions.TAKES + Sessions.QUIT, bare + Sessions.QUIT); var scenario = keeping(fake, "dane", Rules.EE)) {
            scenario.sender = Address.NULL;
            assertThat(send(scenario, fake, TlsRequest.REQUIRED)).isEqualTo("dane/requiretls:none sent");
            assertThat(scenario.courier().waiting()).isEqualTo(1);
            scenario.sender = Address.of("sender@example.test");
            assertThat(send(scenario, fake, TlsRequest.REQUIRED)).startsWith("dane/!requiretls:none bounced 5.7.30");
            assertThat(scenario.courier().waiting()).as("a server that will not do is not kept for the next").isZero();
            fake.verify();
        }
    }

    @Test
    void a_policy_that_became_stricter_is_felt_at_once() throws Exception {
        String bare = Sessions.OFFERS + Sessions.ENCRYPTED;
        try (var fake = serving(bare + Sessions.TAKES + Sessions.QUIT, bare + Sessions.QUIT); var scenario = keeping(fake, "dane", Rules.EE).set("smtp_requiretls_policy", "map:x")) {
            ((MapTables) scenario.tables).with("example.test", "opportunistic");
            assertThat(send(scenario, fake, TlsRequest.REQUIRED)).isEqualTo("dane/requiretls:none sent");
            ((MapTables) scenario.tables).with("example.test", "enforce");
            assertThat(send(scenario, fake, TlsRequest.REQUIRED)).startsWith("dane/!requiretls:none bounced 5.7.30");
        }
    }
}
