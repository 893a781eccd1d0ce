// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tls.TlsReports.Kind;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.tls.spi.TlsPolicySource;
import org.ostler.mail.tls.spi.TlsPolicySource.Published;
import org.ostler.smtp.client.TlsDecision.Hold;
import org.ostler.smtp.client.TlsDecision.Plan;

/** What is decided for a host by DANE (RFC 7672) and MTA-STS (RFC 8461), which of the two comes first, and that neither is ever lowered by trouble. */
@Timeout(60)
class DaneRulesTest {

    private static final String GOOD = "dane sni=mx.example.test tlsa[1] mx.example.test example.test";
    private static final String STS = "secure sni=mx.example.test web mx.example.test";
    private static final String PROBLEM = "hold 4.7.5 client TLS configuration problem";
    private static final Published ENFORCE = new Published(true, List.of("*.example.test"), List.of("version: STSv1"));
    private static final Published ELSEWHERE = new Published(true, List.of("mx.other.test"), List.of());
    private static final Published TESTING = new Published(false, List.of("*.example.test"), List.of());

    private static Zone insecureMx() {
        return Zone.of("example.test").mx(10, "mx.signed.test.").and(Zone.of("signed.test").a("mx", "127.0.0.1").tlsa("_25._tcp.mx", Rules.EE).signed());
    }

    /** Good addresses, and nobody answers for TLSA. */
    private static Zone silent() {
        return Zone.of("example.test").mx(10, "mx").a("mx", "127.0.0.1").servfail("_25._tcp.mx").signed();
    }

    private static Zone records(String... data) {
        Zone zone = Zone.of("example.test").mx(10, "mx").a("mx", "127.0.0.1").signed();
        for (String record : data) {
            zone.tlsa("_25._tcp.mx", record);
        }
        return zone;
    }

    private static String only(Rules rules) {
        return rules.set("smtp_tls_security_level", "dane-only").line();
    }

    @Test
    void records_are_held_to() {
        assertThat(Rules.happy().line()).isEqualTo(GOOD);
        assertThat(only(Rules.happy())).isEqualTo(GOOD.replace("dane ", "dane-only "));
        Plan plan = (Plan) Rules.happy().decide("example.test");
        assertThat(plan.reported().policy().kind()).isEqualTo(Kind.TLSA);
        assertThat(plan.reported().policy().strings()).containsExactly(Rules.EE);
        assertThat(Rules.happy().set("smtp_tls_servername", "nexthop").line()).isEqualTo(GOOD);
    }

    @Test
    void a_missing_precondition_is_said_and_dane_is_may_then_and_dane_only_waits() {
        assertThat(Rules.happy().set("smtp_dns_support_level", "enabled").line()).isEqualTo("may");
        assertThat(only(Rules.happy().set("smtp_dns_support_level", "enabled"))).isEqualTo(PROBLEM);
        assertThat(Rules.happy().set("ignore_mx_lookup_error", "yes").line()).isEqualTo("may");
        assertThat(only(Rules.happy().set("ignore_mx_lookup_error", "yes"))).isEqualTo(PROBLEM);
        assertThat(Rules.happy().set("smtp_dns_resolver_options", "res_defnames").line()).isEqualTo("may");
        assertThat(only(Rules.happy().set("smtp_dns_resolver_options", "res_dnssrch"))).isEqualTo(PROBLEM);
        Dns stripped = new FailingMx(Rules.signed()) {
            @Override
            public DnsAnswer<org.ostler.mail.dns.Mx> mx(String domain, boolean secure) {
                return Rules.signed().mx(domain, secure);
            }

            @Override
            public Optional<String> dnssecTrouble() {
                return Optional.of("192.0.2.53 strips signatures");
            }
        };
        assertThat(Rules.happy().with(stripped).line()).isEqualTo("may");
        assertThat(only(Rules.happy().with(stripped))).isEqualTo(PROBLEM);
    }

    /** Between the look for MX records and the one for TLSA records. */
    @Test
    void a_host_that_was_looked_up_before_proofs_came_back_is_looked_up_again() {
        String held = "hold 4.7.5 TLSA lookup error for mx.example.test:25";
        Dns late = new FailingMx(Rules.signed()) {
            @Override
            public DnsAnswer<org.ostler.mail.dns.Mx> mx(String domain, boolean secure) {
                return Rules.signed().mx(domain, false);
            }
        };
        assertThat(Rules.happy().with(late).line()).isEqualTo(held);
        assertThat(only(Rules.happy().with(late))).isEqualTo(held);
        Dns later = new FailingMx(Rules.signed()) {
            @Override
            public DnsAnswer<org.ostler.mail.dns.Mx> mx(String domain, boolean secure) {
                return Rules.signed().mx(domain, secure);
            }

            @Override
            public DnsAnswer<java.net.InetAddress> addresses(String host, Family family, boolean secure) {
                return Rules.signed().addresses(host, family, false);
            }
        };
        assertThat(Rules.happy().with(later).line()).isEqualTo(held);
    }

    @Test
    void trouble_with_a_question_skips_the_host() {
        String held = "hold 4.7.5 TLSA lookup error for mx.example.test:25";
        assertThat(Rules.happy().with(silent()).line()).isEqualTo(held);
        assertThat(only(Rules.happy().with(silent()))).isEqualTo(held);
        Zone bogus = Zone.of("example.test").mx(10, "mx").a("mx", "127.0.0.1").signed().and(Zone.of("_tcp.mx.example.test").tlsa("_25", Rules.EE).bogus());
        assertThat(Rules.happy().with(bogus).line()).isEqualTo(held);
        assertThat(((Hold) Rules.happy().with(bogus).decide("example.test")).report().orElseThrow().flaw()).contains(TlsResult.DNSSEC_INVALID);
    }

    @Test
    void no_records_is_no_DANE() {
        assertThat(Rules.happy().with(records()).line()).isEqualTo("may");
        assertThat(only(Rules.happy().with(records()))).isEqualTo("hold 4.7.5 no TLSA records found");
        assertThat(Rules.happy().with(Zone.of("example.test").mx(10, "mx").a("mx", "127.0.0.1").tlsa("_25._tcp.mx", Rules.EE)).line()).isEqualTo("may");
        assertThat(Rules.happy().line("[127.0.0.1]")).isEqualTo("may");
    }

    @Test
    void records_that_nobody_can_use_make_TLS_a_must() {
        assertThat(Rules.happy().with(records("1 1 1 " + "00".repeat(32))).line()).isEqualTo("encrypt sni=mx.example.test");
        assertThat(Rules.happy().with(records("3 1 1 00", "3 9 1 00", "3 1 255 00")).line()).isEqualTo("encrypt sni=mx.example.test");
        assertThat(only(Rules.happy().with(records("0 0 1 " + "00".repeat(32))))).isEqualTo("hold 4.7.5 TLSA records unusable");
        assertThat(Rules.happy().with(records("1 1 1 " + "00".repeat(32), Rules.EE)).line()).isEqualTo(GOOD);
        assertThat(Rules.happy().set("tls_dane_digests", "sha512").line()).isEqualTo("encrypt sni=mx.example.test");
    }

    @Test
    void without_signed_MX_records_DANE_is_worth_what_the_parameter_says() {
        assertThat(Rules.happy().with(insecureMx()).line()).isEqualTo("half-dane sni=mx.signed.test tlsa[1] mx.signed.test");
        assertThat(Rules.happy().with(insecureMx()).set("smtp_tls_dane_insecure_mx_policy", "encrypt").line()).isEqualTo("encrypt sni=mx.signed.test");
        assertThat(Rules.happy().with(insecureMx()).set("smtp_tls_dane_insecure_mx_policy", "may").line()).isEqualTo("may");
        assertThat(only(Rules.happy().with(insecureMx()))).isEqualTo("hold 4.7.5 non DNSSEC destination");
    }

    @Test
    void a_domain_without_MX_records_is_its_own_exchanger_and_a_host_in_brackets_is_trusted() {
        Zone own = Zone.of("example.test").a("@", "127.0.0.1").tlsa("_25._tcp", Rules.EE).signed();
        assertThat(Rules.happy().with(own).line()).isEqualTo("dane sni=example.test tlsa[1] example.test");
        assertThat(Rules.happy().line("[mx.example.test]")).isEqualTo("dane sni=mx.example.test tlsa[1] mx.example.test");
    }

    /** RFC 7672 section 3.2.2: the original next hop is the second name where no MX record led to the host. */
    @Test
    void a_next_hop_that_is_an_alias_keeps_its_own_name_beside_that_of_its_end() {
        Zone relay = Zone.of("example.test").cname("relay", "hop").cname("hop", "real").a("real", "127.0.0.1").tlsa("_25._tcp.real", Rules.EE).signed();
        String both = "dane sni=real.example.test tlsa[1] real.example.test relay.example.test";
        assertThat(Rules.happy().with(relay).line("[relay.example.test]")).isEqualTo(both);
        assertThat(Rules.happy().with(relay).line("relay.example.test")).as("without MX records").isEqualTo(both);
        Zone mx = Zone.of("example.test").mx(10, "mx").cname("mx", "real").a("real", "127.0.0.1").tlsa("_25._tcp.real", Rules.EE).signed();
        assertThat(Rules.happy().with(mx).line()).as("the alias is no name where an MX record names it").isEqualTo("dane sni=real.example.test tlsa[1] real.example.test example.test");
        assertThat(Rules.happy().with(mx.and(Zone.of("plain.test").mx(10, "mx.example.test."))).line("plain.test")).isEqualTo("half-dane sni=real.example.test tlsa[1] real.example.test");
    }

    /** RFC 7672 section 2.2, though there were records at what looks like its name. */
    @Test
    void an_address_has_no_DANE_be_it_configured_or_named_by_an_MX_record() {
        Zone strange = Zone.of("example.test").mx(10, "127.0.0.1.").signed().and(Zone.of("127.0.0.1").tlsa("_25._tcp", Rules.EE).signed());
        for (String nextHop : List.of("example.test", "[127.0.0.1]", "127.0.0.1")) {
            Rules rules = Rules.happy().with(strange).set("smtp_tls_force_insecure_host_tlsa_lookup", "yes");
            assertThat(rules.line(nextHop)).as(nextHop).isEqualTo("may");
            assertThat(only(rules)).as(nextHop).isEqualTo("hold 4.7.5 no TLSA records found");
        }
    }

    @Test
    void an_alias_of_the_domain_counts_as_a_name() {
        Zone alias = Zone.of("example.test").cname("list", "@").mx(10, "mx").a("mx", "127.0.0.1").tlsa("_25._tcp.mx", Rules.EE).signed();
        assertThat(Rules.happy().with(alias).line("list.example.test")).isEqualTo("dane sni=mx.example.test tlsa[1] mx.example.test list.example.test example.test");
    }

    @Test
    void nobody_asks_for_records_below_an_unsigned_host_unless_told_to() {
        Zone unsigned = Zone.of("example.test").mx(10, "mx.plain.test.").signed().and(Zone.of("plain.test").a("mx", "127.0.0.1").servfail("_25._tcp.mx"));
        assertThat(Rules.happy().with(unsigned).line()).isEqualTo("may");
        assertThat(Rules.happy().with(unsigned).set("smtp_tls_force_insecure_host_tlsa_lookup", "yes").line()).isEqualTo("hold 4.7.5 TLSA lookup error for mx.plain.test:25");
    }

    @Test
    void an_exchanger_that_is_an_alias_is_known_by_the_name_that_has_records() {
        Zone expanded = Zone.of("example.test").mx(10, "mx").cname("mx", "real").a("real", "127.0.0.1").tlsa("_25._tcp.real", Rules.EE).signed();
        assertThat(Rules.happy().with(expanded).line()).isEqualTo("dane sni=real.example.test tlsa[1] real.example.test example.test");
        Zone original = Zone.of("example.test").mx(10, "mx").cname("mx", "real.plain.test.").tlsa("_25._tcp.mx", Rules.EE).signed()
                .and(Zone.of("plain.test").a("real", "127.0.0.1"));
        assertThat(Rules.happy().with(original).line()).isEqualTo(GOOD);
    }

    @Test
    void one_family_that_is_proved_suffices() {
        Dns half = new FailingMx(Rules.signed()) {
            @Override
            public DnsAnswer<org.ostler.mail.dns.Mx> mx(String domain, boolean secure) {
                return Rules.signed().mx(domain, secure);
            }

            @Override
            public DnsAnswer<InetAddress> addresses(String host, Family family, boolean secure) {
                return family == Family.IPV6 ? new DnsAnswer.Failed<>("denial is bogus", true) : Rules.signed().addresses(host, family, secure);
            }

            @Override
            public DnsAnswer<Tlsa> tlsa(String name) {
                return Rules.signed().tlsa(name);
            }
        };
        assertThat(Rules.happy().with(half).set("inet_protocols", "all").line()).isEqualTo(GOOD);
    }

    @Test
    void while_the_verifier_is_away_mail_waits() {
        var rules = Rules.happy();
        rules.planner = false;
        Thread.currentThread().interrupt(); // ends the wait for it at once
        assertThat(rules.line()).isEqualTo("hold 4.7.5 TLSA lookup error for mx.example.test:25");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void MTA_STS_counts_where_DANE_does_not() {
        assertThat(Rules.happy().says(ENFORCE).line()).as("DANE comes first").isEqualTo(GOOD);
        assertThat(Rules.happy().with(silent()).says(ENFORCE).line()).as("a failing DANE is not repaired").startsWith("hold 4.7.5 TLSA lookup error");
        assertThat(Rules.happy().with(records()).says(ENFORCE).line()).isEqualTo(STS);
        assertThat(Rules.happy().with(records("1 1 1 " + "00".repeat(32))).says(ENFORCE).line()).as("authentication is added").isEqualTo(STS);
        assertThat(Rules.happy().set("smtp_tls_security_level", "may").says(ENFORCE).line()).isEqualTo(STS);
        assertThat(Rules.happy().set("smtp_tls_security_level", "encrypt").says(ENFORCE).line()).isEqualTo(STS);
        assertThat(Rules.happy().set("smtp_tls_security_level", "none").says(ENFORCE).line()).isEqualTo("none");
        assertThat(Rules.happy().set("smtp_tls_security_level", "secure").says(ENFORCE).line()).isEqualTo("secure ca example.test .example.test");
        assertThat(Rules.happy().set("smtp_tls_security_level", "may").set("smtp_tls_sts", "no").says(ENFORCE).line()).isEqualTo("may");
        assertThat(only(Rules.happy().with(records()).says(ENFORCE))).isEqualTo("hold 4.7.5 no TLSA records found");
        assertThat(Rules.happy().with(records()).says(ENFORCE).line("[mx.example.test]")).as("no domain, no policy").isEqualTo("may");
    }

    @Test
    void hosts_that_match_no_pattern_are_not_connected_to() {
        String unlisted = "hold 4.7.5 MX host mx.example.test is not in the MTA-STS policy of example.test";
        assertThat(Rules.happy().with(records()).says(ELSEWHERE).line()).isEqualTo(unlisted);
        assertThat(Rules.happy().says(ELSEWHERE).line()).as("DANE with signed MX records needs no second opinion").isEqualTo(GOOD);
        assertThat(Rules.happy().with(insecureMx()).says(ENFORCE).line()).as("forged MX records lead to a host with TLSA records of its own")
                .isEqualTo("hold 4.7.5 MX host mx.signed.test is not in the MTA-STS policy of example.test");
        assertThat(Rules.happy().with(insecureMx()).says(new Published(true, List.of("mx.signed.test"), List.of())).line()).startsWith("half-dane");
    }

    @Test
    void a_policy_in_testing_or_in_trouble_changes_reports_only() {
        Plan testing = (Plan) Rules.happy().with(records()).says(TESTING).decide("example.test");
        assertThat(Rules.line(testing)).isEqualTo("may sni=mx.example.test web mx.example.test");
        assertThat(testing.isTest()).isTrue();
        assertThat(testing.mustMatch()).isFalse();
        Plan elsewhere = (Plan) Rules.happy().with(records()).says(new Published(false, List.of("mx.other.test"), List.of())).decide("example.test");
        assertThat(Rules.line(elsewhere)).isEqualTo("may");
        assertThat(elsewhere.reported().flaw()).contains(TlsResult.VALIDATION_FAILURE);
        Plan trouble = (Plan) Rules.happy().with(records()).says(TlsPolicySource.None.because("timeout", TlsResult.STS_POLICY_FETCH_ERROR)).decide("example.test");
        assertThat(Rules.line(trouble)).isEqualTo("may");
        assertThat(trouble.reported().flaw()).contains(TlsResult.STS_POLICY_FETCH_ERROR);
        assertThat(((Plan) Rules.happy().with(records()).says(TlsPolicySource.None.because("no mode", TlsResult.STS_POLICY_INVALID)).decide("example.test")).reported().flaw()).contains(TlsResult.STS_POLICY_INVALID);
        assertThat(Rules.happy().with(records()).says(TlsPolicySource.NO_POLICY).line()).isEqualTo("may");
        Plan silence = (Plan) Rules.happy().with(records()).says(new TlsPolicySource.None("no answer for _mta-sts.example.test", Optional.empty())).decide("example.test");
        assertThat(silence).as("nobody knows of a policy: every session would count as failed").isEqualTo(Rules.happy().with(records()).says(TlsPolicySource.NO_POLICY).decide("example.test"));
    }
}
