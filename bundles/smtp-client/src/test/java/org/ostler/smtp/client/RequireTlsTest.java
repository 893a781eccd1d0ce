// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.Mx;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.tls.spi.TlsPolicySource.None;
import org.ostler.mail.tls.spi.TlsPolicySource.Published;

// size: the client's half of RFC 8689, section by section, on one stage
/**
 * A message with REQUIRETLS (RFC 8689) at servers that do what it asks, and at others. A domain with good TLSA records by default; one thing changed, one fate. Texts and statuses are those of Postfix 3.12, as are the words of
 * {@code tls=}; where Postfix returns mail although a host could not be asked, mail waits here.
 */
@Timeout(60)
class RequireTlsTest extends TlsScenes {

    private static final String STARTED = Sessions.OFFERS + "C: STARTTLS\nS: 220 go ahead\nTLS\n";
    private static final String TLS = STARTED + "C: EHLO *\nS: 250-mx\nS: 250-PIPELINING\nS: 250-DSN\n";
    private static final String SUPPORTS = TLS + "S: 250 REQUIRETLS\n";
    private static final String DOES_NOT = TLS + "S: 250 8BITMIME\n";
    private static final String GOOD = SUPPORTS + Sessions.TAKES + Sessions.QUIT;
    private static final String PLAIN = Sessions.OFFERS_NOTHING + Sessions.TAKES + Sessions.QUIT;
    private static final String LAST = ". The last attempted server was mx.example.test";
    private static final String ASKED = "Sender requested REQUIRETLS, but ";

    @Override
    Scenario scenario(FakeServer fake, String level, String record) {
        Scenario scenario = super.scenario(fake, level, record).set("smtp_requiretls_policy", "map:x, enforce");
        scenario.asked = TlsRequest.REQUIRED;
        return scenario;
    }

    private Scenario dane(FakeServer fake) {
        return scenario(fake, "dane", Rules.EE);
    }

    @Override
    String fate(Scenario scenario, FakeServer fake) throws Exception {
        return super.fate(scenario, fake).replace("[127.0.0.1]", "");
    }

    private static String mailFrom(FakeServer fake) {
        return fake.heard().stream().filter(line -> line.startsWith("MAIL")).reduce("", (a, b) -> a + b);
    }

    /** Fails the scenario unless all was met. */
    private void passes(Scenario scenario, FakeServer fake, String tls) throws Exception {
        assertThat(fate(scenario, fake)).isEqualTo(tls + " sent");
        assertThat(mailFrom(fake)).isEqualTo("MAIL FROM:<sender@example.test> REQUIRETLS");
        fake.verify();
    }

    // ---- enforce: what is enough

    @Test
    void DANE_is_proof_enough() throws Exception {
        try (var fake = serving(GOOD)) {
            passes(dane(fake), fake, "dane/requiretls");
        }
        try (var fake = serving(GOOD)) {
            passes(scenario(fake, "dane-only", Rules.EE), fake, "dane-only/requiretls");
        }
    }

    @Test
    void so_is_MTA_STS() throws Exception {
        try (var fake = serving(GOOD)) {
            var scenario = scenario(fake, "may", "");
            scenario.source = (_, _) -> new Published(true, List.of("mx.example.test"), List.of("version: STSv1"));
            passes(scenario, fake, "secure/requiretls");
        }
    }

    @Test
    void so_is_what_the_operator_says_of_a_destination() throws Exception {
        try (var fake = serving(GOOD)) {
            passes(scenario(fake, "verify", ""), fake, "verify/requiretls");
        }
        try (var fake = serving(GOOD)) {
            var scenario = scenario(fake, "may", "").set("smtp_tls_policy_maps", "map");
            ((MapTables) scenario.tables).with("example.test:" + fake.port(), "secure match=mx.example.test");
            passes(scenario, fake, "secure/requiretls");
        }
        try (var fake = serving(GOOD)) {
            String digest = String.join(":", Rules.EE.substring(6).split("(?<=\\G..)"));
            passes(scenario(fake, "fingerprint", "").set("smtp_tls_fingerprint_cert_match", digest), fake, "fingerprint/requiretls");
        }
    }

    /** RFC 8689 section 4.2.1: MX records that nobody signed need an MTA-STS policy that names the host. */
    @Test
    void half_dane_is_enough_where_MTA_STS_names_the_host_and_nowhere_else() throws Exception {
        for (var published : List.of(Optional.<Published>empty(), Optional.of(new Published(false, List.of("mx.signed.test"), List.of())), Optional.of(new Published(true, List.of("mx.signed.test"), List.of())))) {
            try (var fake = serving(GOOD)) {
                var scenario = scenario(fake, "dane", "");
                scenario.dns = Zone.of("example.test").mx(10, "mx.signed.test.").and(Zone.of("signed.test").a("mx", "127.0.0.1").tlsa("_" + fake.port() + "._tcp.mx", Rules.EE).signed());
                published.ifPresent(policy -> scenario.source = (_, _) -> policy);
                if (published.filter(Published::enforce).isPresent()) {
                    passes(scenario, fake, "dane/requiretls");
                } else {
                    assertThat(fate(scenario, fake)).startsWith("half-dane?/!requiretls:nocertmatch bounced 5.7.10");
                    assertThat(fake.connections()).isZero();
                }
            }
        }
    }

    // ---- enforce: what is not

    @Test
    void a_server_that_does_not_offer_REQUIRETLS_gets_nothing() throws Exception {
        try (var fake = serving(DOES_NOT + Sessions.QUIT)) {
            assertThat(fate(dane(fake), fake)).isEqualTo("dane/!requiretls:none bounced 5.7.30 (" + ASKED + "no server was found that supports REQUIRETLS" + LAST + ")");
            fake.verify();
        }
    }

    @Test
    void an_offer_in_the_clear_is_none() throws Exception {
        try (var fake = serving(DOES_NOT.replace("S: 250 STARTTLS", "S: 250-REQUIRETLS\nS: 250 STARTTLS") + Sessions.QUIT)) {
            assertThat(fate(dane(fake), fake)).startsWith("dane/!requiretls:none bounced 5.7.30");
        }
        try (var fake = serving(PLAIN.replace("S: 250 PIPELINING", "S: 250-PIPELINING\nS: 250 REQUIRETLS"))) {
            assertThat(fate(scenario(fake, "may", "").set("smtp_requiretls_policy", "opportunistic"), fake)).isEqualTo("may:none/requiretls:none sent");
            assertThat(mailFrom(fake)).isEqualTo("MAIL FROM:<sender@example.test>");
        }
    }

    @Test
    void one_that_the_operator_does_not_believe_is_none_either() throws Exception {
        try (var fake = serving(SUPPORTS + Sessions.QUIT)) {
            assertThat(fate(dane(fake).set("smtp_discard_ehlo_keywords", "requiretls"), fake)).startsWith("dane/!requiretls:none bounced 5.7.30");
        }
    }

    @Test
    void a_server_without_TLS_gets_nothing() throws Exception {
        try (var fake = serving(Sessions.OFFERS_NOTHING + Sessions.QUIT)) {
            assertThat(fate(dane(fake), fake)).isEqualTo("!dane/!requiretls:nostarttls bounced 5.7.30 (" + ASKED + "TLS service was not offered by host mx.example.test)");
            fake.verify();
        }
    }

    @Test
    void a_server_that_proves_nothing_gets_nothing() throws Exception {
        String fate = "!dane/!requiretls:nocertmatch bounced 5.7.10 (" + ASKED + "no trusted server certificate was found" + LAST + ")";
        try (var fake = serving(STARTED + Sessions.QUIT)) {
            assertThat(fate(scenario(fake, "dane", "3 1 1 " + "00".repeat(32)), fake)).isEqualTo(fate);
        }
        try (var fake = serving(STARTED + Sessions.QUIT)) {
            var scenario = dane(fake);
            ((JudgingTls) scenario.tls).verdict = Optional.of(new PeerVerdict.NothingUsable("digest unknown"));
            assertThat(fate(scenario, fake)).as("encryption alone is not enough").isEqualTo(fate);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "may", "encrypt"})
    void a_level_that_asks_for_no_proof_is_not_enough_and_no_connection_is_made(String level) throws Exception {
        try (var fake = serving(GOOD)) {
            String why = ASKED + "my configured TLS security level '" + level + "' disables certificate matching" + LAST;
            assertThat(fate(scenario(fake, level, ""), fake)).isEqualTo(level + "?/!requiretls:nocertmatch bounced 5.7.10 (" + why + ")");
            assertThat(fake.connections()).isZero();
            assertThat(log).contains("TLS policy lookup for example.test:" + fake.port() + "/mx.example.test: " + why);
        }
    }

    @Test
    void a_level_that_was_lowered_because_the_domain_has_no_records_is_not_enough() throws Exception {
        try (var fake = serving(GOOD)) {
            assertThat(fate(scenario(fake, "dane", ""), fake)).startsWith("may?/!requiretls:nocertmatch bounced 5.7.10");
        }
    }

    // ---- other policies

    @ParameterizedTest
    @CsvSource({"opportunistic+starttls,may/requiretls:nocertmatch", "opportunistic,may/requiretls:nocertmatch"})
    void relaxed_policies_ask_for_REQUIRETLS_where_it_is_offered(String policy, String tls) throws Exception {
        try (var fake = serving(GOOD)) {
            passes(scenario(fake, "may", "").set("smtp_requiretls_policy", policy), fake, tls);
        }
    }

    /** What the server returns, it returns without the content at least. */
    @Test
    void and_deliver_where_it_is_not() throws Exception {
        for (String policy : List.of("opportunistic+starttls", "opportunistic")) {
            try (var fake = serving(DOES_NOT + Sessions.TAKES + Sessions.QUIT)) {
                var scenario = scenario(fake, "may", "").set("smtp_requiretls_policy", policy);
                scenario.ret = Ret.FULL;
                assertThat(fate(scenario, fake)).isEqualTo("may/requiretls:none sent");
                assertThat(mailFrom(fake)).isEqualTo("MAIL FROM:<sender@example.test> RET=HDRS");
            }
        }
        try (var fake = serving(PLAIN)) {
            assertThat(fate(scenario(fake, "may", "").set("smtp_requiretls_policy", "opportunistic"), fake)).isEqualTo("may:none/requiretls:none sent");
        }
        try (var fake = serving(PLAIN)) {
            assertThat(fate(scenario(fake, "none", "").set("smtp_requiretls_policy", "opportunistic"), fake)).isEqualTo("none/requiretls:none sent");
        }
    }

    @Test
    void where_TLS_is_a_must_nothing_goes_in_the_clear_however_long_it_has_waited() throws Exception {
        String policy = "opportunistic+starttls";
        try (var fake = serving(PLAIN)) {
            assertThat(fate(scenario(fake, "may", "").set("smtp_requiretls_policy", policy), fake))
                    .isEqualTo("may?/!requiretls:nostarttls bounced 5.7.30 (" + ASKED + "TLS service was not offered by host mx.example.test)");
            assertThat(fake.contents()).isEmpty();
        }
        try (var fake = serving(Sessions.OFFERS + "C: STARTTLS\nS: 454 4.7.0 not now\n" + Sessions.QUIT)) {
            assertThat(fate(scenario(fake, "may", "").set("smtp_requiretls_policy", policy), fake)).startsWith("may?/requiretls? deferred 4.7.0 (TLS is required, but host mx.example.test refused");
        }
        for (String trouble : List.of("S: this is no handshake\nDROP", "DROP", "TLS\nDROP")) {
            try (var fake = serving(Sessions.OFFERS + "C: STARTTLS\nS: 220 go\n" + trouble, PLAIN)) {
                var scenario = scenario(fake, "may", "").set("smtp_requiretls_policy", policy);
                scenario.arrival = Scenario.NOW.minus(Duration.ofDays(2));
                assertThat(fate(scenario, fake)).as(trouble).matches("may\\??/requiretls\\? deferred 4\\..*");
                assertThat(fake.connections()).isEqualTo(1);
            }
        }
        try (var fake = serving(PLAIN)) {
            assertThat(fate(scenario(fake, "none", "").set("smtp_requiretls_policy", policy), fake)).isEqualTo("none?/!requiretls:noencryption bounced 5.7.10 (" + ASKED
                    + "my configured TLS security level 'none' disables encryption" + LAST + ")");
        }
    }

    @Test
    void an_engine_that_is_away_lets_nothing_go_in_the_clear() throws Exception {
        try (var fake = serving(Sessions.OFFERS + "C: STARTTLS\nS: 220 go\n" + Sessions.QUIT)) {
            var scenario = scenario(fake, "may", "").set("smtp_requiretls_policy", "opportunistic+starttls");
            scenario.courier();
            scenario.neighbours.tls.unbind(scenario.tls, 0);
            assertThat(fate(scenario, fake)).endsWith("deferred 4.7.5 (TLS is required, but our TLS engine is unavailable)");
        }
    }

    @Test
    void who_does_not_support_it_sends_as_if_nobody_had_asked() throws Exception {
        for (var setting : List.of(List.of("requiretls_enable", "no"), List.of("smtp_requiretls_policy", "disable"))) {
            try (var fake = serving(GOOD)) {
                assertThat(fate(scenario(fake, "may", "").set(setting.get(0), setting.get(1)), fake)).isEqualTo("may sent");
                assertThat(mailFrom(fake)).isEqualTo("MAIL FROM:<sender@example.test>");
            }
        }
    }

    @Test
    void tables_name_the_policy_by_destination_and_the_domains_above() throws Exception {
        for (String key : List.of("example.test", ".test")) {
            try (var fake = serving(PLAIN)) {
                var scenario = scenario(fake, "may", "");
                ((MapTables) scenario.tables).with(key, "Opportunistic");
                assertThat(fate(scenario, fake)).as(key).isEqualTo("may:none/requiretls:none sent");
            }
        }
        try (var fake = serving(PLAIN)) {
            var scenario = scenario(fake, "may", "");
            ((MapTables) scenario.tables).with("test", "opportunistic").with(".example.test", "opportunistic");
            assertThat(fate(scenario, fake)).contains("bounced");
        }
        try (var fake = serving(PLAIN)) {
            assertThat(fate(scenario(fake, "may", "").set("smtp_requiretls_policy", "map:x"), fake)).as("where nothing is said").contains("!requiretls:nocertmatch bounced");
        }
    }

    @Test
    void LMTP_has_its_own_policy_and_asks_where_it_is_offered() throws Exception {
        try (var fake = serving("S: 220 mx LMTP\nC: LHLO *\nS: 250-mx\nS: 250 PIPELINING\n" + Sessions.TAKES + Sessions.QUIT)) {
            var scenario = scenario(fake, "may", "").set("lmtp_tls_security_level", "may");
            scenario.lmtp = true;
            assertThat(Scenario.fate(scenario.deliver(fake.nextHop()))).isEqualTo("may:none/requiretls:none sent");
            scenario.close();
        }
    }

    // ---- temporary trouble

    @Test
    void temporary_trouble_returns_nothing() throws Exception {
        try (var fake = serving(Sessions.OFFERS + "C: STARTTLS\nS: 220 go\nDROP")) {
            assertThat(fate(dane(fake), fake)).isEqualTo("dane?/requiretls? deferred 4.7.5 (Cannot start TLS: handshake failure)");
        }
        try (var fake = serving(GOOD)) {
            var scenario = dane(fake);
            scenario.dns = Zone.of("example.test").mx(10, "mx").a("mx", "127.0.0.1").servfail("_" + fake.port() + "._tcp.mx").signed();
            assertThat(fate(scenario, fake)).startsWith("unknown?/requiretls? deferred 4.7.5 (TLSA lookup error for mx.example.test");
        }
        try (var fake = serving(GOOD)) {
            var scenario = dane(fake);
            scenario.dns = new FailingMx(scenario.dns);
            assertThat(fate(scenario, fake)).contains("deferred 4.4.3");
        }
    }

    @Test
    void a_policy_that_cannot_be_read_holds_mail_back() throws Exception {
        try (var fake = serving(GOOD)) {
            var broken = dane(fake).set("smtp_requiretls_policy", "static:broken, opportunistic");
            broken.tables = new MapTables() {
                @Override
                public Answer find(String maps, String key) {
                    return super.find(maps.startsWith("static:") ? "broken" : maps, key);
                }
            };
            assertThat(fate(broken, fake)).isEqualTo("unknown?/requiretls? deferred 4.7.10 (REQUIRETLS policy lookup error" + LAST + ")");
            assertThat(fate(dane(fake).set("smtp_requiretls_policy", "nonsense, opportunistic"), fake)).contains("deferred 4.7.10 (REQUIRETLS policy configuration error" + LAST + ")");
            assertThat(log).contains("smtp_requiretls_policy: unknown policy action: 'nonsense' -- ignoring the remainder of this policy");
            var odd = dane(fake);
            ((MapTables) odd.tables).with("example.test", "perhaps");
            assertThat(fate(odd, fake)).contains("deferred 4.7.10 (REQUIRETLS policy configuration error");
            assertThat(fake.connections()).isZero();
        }
    }

    /** An hour later it may be there, and the mail goes. */
    @Test
    void an_MTA_STS_policy_that_does_not_come_is_waited_for_by_mail_that_needs_it_and_by_no_other() throws Exception {
        try (var fake = serving(GOOD)) {
            assertThat(fate(without(TlsResult.STS_POLICY_FETCH_ERROR, scenario(fake, "may", "")), fake)).startsWith("may?/!requiretls:nocertmatch deferred 4.7.10 (" + ASKED);
            var half = without(TlsResult.STS_POLICY_FETCH_ERROR, scenario(fake, "dane", ""));
            half.dns = Zone.of("example.test").mx(10, "mx.signed.test.").and(Zone.of("signed.test").a("mx", "127.0.0.1").tlsa("_" + fake.port() + "._tcp.mx", Rules.EE).signed());
            assertThat(fate(half, fake)).startsWith("half-dane?/!requiretls:nocertmatch deferred 4.7.10 (" + ASKED);
            for (var passing : List.of(TlsResult.STS_POLICY_INVALID, TlsResult.STS_WEBPKI_INVALID)) {
                assertThat(fate(without(passing, scenario(fake, "may", "")), fake)).as("a broken file or an expired certificate over there").contains("deferred 4.7.10");
            }
            var silence = scenario(fake, "may", "");
            silence.source = (_, _) -> new None("no answer for _mta-sts.example.test", Optional.empty());
            assertThat(fate(silence, fake)).as("there may be one").contains("deferred 4.7.10");
            var table = scenario(fake, "may", "").set("smtp_tls_policy_maps", "map");
            ((MapTables) table.tables).with("example.test:" + fake.port(), "may policy_type=sts policy_failure=sts-webpki-invalid");
            assertThat(fate(table, fake)).as("told by another program").contains("deferred 4.7.10");
            assertThat(fake.connections()).isZero();
            var ordinary = without(TlsResult.STS_POLICY_FETCH_ERROR, scenario(fake, "may", ""));
            ordinary.asked = TlsRequest.UNSPECIFIED;
            assertThat(fate(ordinary, fake)).isEqualTo("may sent");
        }
    }

    /** Just started, and the resolver is not warm: with DNSSEC the same mail goes. */
    @Test
    void name_servers_that_prove_nothing_for_now_are_waited_for_by_mail_that_needs_proof() throws Exception {
        try (var fake = serving(GOOD, Sessions.OFFERS + Sessions.ENCRYPTED + Sessions.TAKES + Sessions.QUIT)) {
            var required = unprovable(dane(fake));
            assertThat(fate(required, fake)).startsWith("may?/!requiretls:nocertmatch deferred 4.7.10 (" + ASKED);
            assertThat(log).anyMatch(line -> line.contains("REQUIRETLS mail waits: ") && line.contains("strips signatures"));
            var testing = unprovable(dane(fake));
            testing.source = (_, _) -> new Published(false, List.of("mx.example.test"), List.of());
            assertThat(fate(testing, fake)).startsWith("may?/!requiretls:nocertmatch deferred 4.7.10 (" + ASKED);
            assertThat(fate(unprovable(dane(fake)).set("smtp_dns_support_level", "enabled"), fake)).as("as configured").contains("bounced 5.7.10");
            assertThat(fake.connections()).isZero();
            var lowered = unprovable(dane(fake)).set("smtp_requiretls_policy", "opportunistic");
            assertThat(fate(lowered, fake)).as("who does not need proof does not wait for it").isEqualTo("may/requiretls:nocertmatch sent");
            var ordinary = unprovable(dane(fake));
            ordinary.asked = TlsRequest.UNSPECIFIED;
            assertThat(fate(ordinary, fake)).isEqualTo("may sent");
        }
    }

    private static Scenario unprovable(Scenario scenario) {
        Dns zone = scenario.dns;
        scenario.dns = new FailingMx(zone) {
            @Override
            public DnsAnswer<Mx> mx(String domain, boolean secure) {
                return zone.mx(domain, secure);
            }

            @Override
            public Optional<String> dnssecTrouble() {
                return Optional.of("192.0.2.53 strips signatures");
            }
        };
        return scenario;
    }

    /** However low {@code smtp_mx_session_limit}: hosts that were left out for what they lack do not use it up. */
    @Test
    void a_limit_of_sessions_ends_no_search_for_a_host_that_will_do() throws Exception {
        for (String first : List.of(DOES_NOT + Sessions.QUIT, STARTED.replace("TLS\n", "DROP"))) {
            try (var fake = serving(first, first, GOOD)) {
                var scenario = dane(fake).set("smtp_mx_session_limit", "1");
                scenario.dns = threeHosts(fake);
                assertThat(fate(scenario, fake)).as(first).isEqualTo("dane/requiretls sent");
            }
        }
        String busy = SUPPORTS + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 451 4.3.0 later\nS: 503 x\nS: 503 x\n" + Sessions.QUIT;
        try (var fake = serving(DOES_NOT + Sessions.QUIT, busy, GOOD)) {
            var scenario = dane(fake).set("smtp_mx_session_limit", "1");
            scenario.dns = threeHosts(fake);
            assertThat(fate(scenario, fake)).startsWith("dane/requiretls deferred 4.3.0");
            assertThat(fake.connections()).isEqualTo(2);
        }
    }

    private static Zone threeHosts(FakeServer fake) {
        var zone = Zone.of("example.test");
        for (int i = 1; i <= 3; i++) {
            zone = zone.mx(i, "mx" + i).a("mx" + i, "127.0.0.1").tlsa("_" + fake.port() + "._tcp.mx" + i, Rules.EE);
        }
        return zone.signed();
    }

    private static Scenario without(TlsResult result, Scenario scenario) {
        scenario.source = (_, _) -> None.because("trouble", result);
        return scenario;
    }

    @Test
    void a_certificate_that_nobody_could_judge_proves_nothing_against_the_server() throws Exception {
        try (var fake = serving(STARTED)) {
            var scenario = scenario(fake, "verify", "");
            ((JudgingTls) scenario.tls).verdict = Optional.of(new PeerVerdict.Unjudged("anchors.pem cannot be read"));
            assertThat(fate(scenario, fake)).isEqualTo("verify?/requiretls? deferred 4.7.5 (TLS is required, but our TLS engine is unavailable)");
        }
        try (var fake = serving(STARTED + Sessions.QUIT)) {
            var scenario = scenario(fake, "verify", "");
            ((JudgingTls) scenario.tls).verdict = Optional.of(new PeerVerdict.Untrusted("of nobody we know", TlsResult.CERTIFICATE_NOT_TRUSTED));
            assertThat(fate(scenario, fake)).startsWith("!verify/!requiretls:nocertmatch bounced 5.7.10 (" + ASKED + "no trusted server certificate was found");
        }
    }

    private static String twoHosts(Scenario scenario, FakeServer first, FakeServer second) {
        String digest = String.join(":", Rules.EE.substring(6).split("(?<=\\G..)"));
        scenario.set("smtp_tls_security_level", "fingerprint").set("smtp_tls_fingerprint_cert_match", digest);
        try (scenario) {
            return Scenario.fate(scenario.deliver(first.nextHop() + ", " + second.nextHop()));
        }
    }

    @Test
    void the_next_host_is_asked_before_mail_is_returned() throws Exception {
        try (var first = serving(DOES_NOT + Sessions.QUIT); var second = serving(GOOD)) {
            assertThat(twoHosts(dane(first), first, second)).isEqualTo("fingerprint/requiretls sent");
            first.verify();
        }
        try (var first = serving(DOES_NOT + Sessions.QUIT); var second = serving(Sessions.OFFERS_NOTHING + Sessions.QUIT)) {
            assertThat(twoHosts(dane(first), first, second)).contains("bounced 5.7.30");
        }
    }

    /** Postfix returns such mail. */
    @Test
    void mail_is_not_returned_while_a_host_could_not_be_asked() throws Exception {
        for (String trouble : List.of("S: 421 4.3.2 too busy\n", Sessions.OFFERS + "C: STARTTLS\nS: 220 go\nDROP", SUPPORTS + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 451 4.3.0 later\nS: 503 x\nS: 503 x\n" + Sessions.QUIT)) {
            try (var first = serving(trouble); var second = serving(DOES_NOT + Sessions.QUIT)) {
                assertThat(twoHosts(dane(first), first, second)).as(trouble).startsWith("fingerprint/!requiretls:none deferred 4.7.30 (" + ASKED + "no server was found");
            }
        }
    }

    @Test
    void nor_is_a_recipient_whom_a_host_that_will_do_has_put_off() throws Exception {
        String greylisting = SUPPORTS + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 250 ok\nS: 451 4.7.1 come back\nS: 554 no\nC: QUIT\n";
        try (var first = serving(greylisting); var second = serving(DOES_NOT + Sessions.QUIT)) {
            assertThat(twoHosts(dane(first), first, second)).startsWith("fingerprint/requiretls deferred 4.7.1 (host 127.0.0.1[127.0.0.1] said: 451 4.7.1 come back");
        }
    }

    @Test
    void nor_while_the_address_of_one_is_not_to_be_had() throws Exception {
        try (var fake = serving(DOES_NOT + Sessions.QUIT)) {
            var scenario = dane(fake);
            scenario.dns = Zone.of("example.test").mx(5, "first").mx(10, "mx").a("mx", "127.0.0.1").servfail("first").tlsa("_" + fake.port() + "._tcp.mx", Rules.EE).signed();
            assertThat(fate(scenario, fake)).startsWith("dane/!requiretls:none deferred 4.7.30");
        }
    }

    @Test
    void a_destination_that_is_well_for_other_mail_does_not_count_as_down() throws Exception {
        try (var fake = serving(DOES_NOT + Sessions.QUIT); var scenario = dane(fake)) {
            assertThat(scenario.deliver("example.test:" + fake.port()).siteDown()).isEmpty();
        }
    }

    /** The sender cannot put it right; the operator can. */
    @Test
    void a_relay_that_asks_for_too_little_proof_holds_mail_back() throws Exception {
        try (var fake = serving(GOOD)) {
            assertThat(fate(scenario(fake, "may", "").set("relayhost", "example.test:" + fake.port()), fake)).startsWith("may?/!requiretls:nocertmatch deferred 4.3.5");
            assertThat(log).contains("relayhost configuration problem");
        }
    }

    /** RFC 8689 section 5: nobody would ever hear of it. */
    @Test
    void a_report_is_not_lost_for_a_server_without_REQUIRETLS() throws Exception {
        try (var fake = serving(GOOD)) {
            var scenario = dane(fake);
            scenario.sender = Address.NULL;
            assertThat(fate(scenario, fake)).isEqualTo("dane/requiretls sent");
            assertThat(mailFrom(fake)).isEqualTo("MAIL FROM:<> REQUIRETLS");
        }
        for (String script : List.of(DOES_NOT + Sessions.TAKES + Sessions.QUIT, PLAIN)) {
            try (var fake = serving(script)) {
                var scenario = scenario(fake, "may", "");
                scenario.sender = Address.NULL;
                assertThat(fate(scenario, fake)).endsWith("/requiretls:none sent");
            }
        }
    }
}
