// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Dns.Family;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.DnsAnswer.Security;
import org.ostler.mail.dns.Srv;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tck.Zone.Denial;
import org.ostler.mail.tck.Zone.Signing;
import org.ostler.mail.tck.dns.SignedTree;

/** What answers are worth, on real name servers: once by own validation behind a resolver that does not validate, once by the AD bit of Unbound. Both must say the same. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProofTest {

    enum Source { OWN, RESOLVER }

    private SignedTree tree;
    private Map<Source, DnsService> services;

    @BeforeAll
    void start() throws IOException {
        tree = SignedTree.of(
                mail("example.test").signed().servfail("_25._tcp.broken").a("broken", "127.0.0.3").a("*.wild", "127.0.0.4").a("a.b.ent", "127.0.0.5")
                        .unsigned("inner").a("x.inner", "127.0.0.6")
                        .cname("here", "mx").cname("out", "mx.plain.test.").cname("bad", "mx.old.test.").cname("gone", "nowhere").cname("*.alias", "mx")
                        .record("below", "DNAME", "nsec3.test.").record("away", "DNAME", "plain.test.").record("deep", "DNAME", "old.test.")
                        .srv("_submission._tcp", 10, 5, 587, "mx").srv("_none._tcp", 0, 0, 0, "."),
                mail("nsec3.test").signed().denial(Denial.NSEC3).a("*.wild", "127.0.0.4").a("a.b.ent", "127.0.0.5"),
                mail("optout.test").signed().denial(Denial.NSEC3_OPT_OUT).unsigned("inner").a("x.inner", "127.0.0.6"),
                mail("rsa.test").signed().algorithm("RSASHA256"), mail("p384.test").signed().algorithm("ECDSAP384SHA384"),
                mail("ed.test").signed().algorithm("ED25519"), mail("rsa512.test").signed().algorithm("RSASHA512").denial(Denial.NSEC3),
                mail("plain.test").cname("in", "mx.example.test."), mail("island.test").island(), mail("child.island.test").signed(),
                mail("alg.test").signing(Signing.UNKNOWN_ALGORITHM), mail("digest.test").signing(Signing.UNKNOWN_DIGEST),
                mail("old.test").expired(), mail("new.test").signing(Signing.NOT_YET_VALID), mail("bogus.test").bogus(),
                mail("key.test").signing(Signing.WRONG_KEY), mail("stripped.test").signing(Signing.STRIPPED),
                Zone.of("nomx.test").a("@", "127.0.0.1").signed(), Zone.of("sub.deep.nsec3.test").a("@", "127.0.0.7").signed());
        services = Map.of(Source.OWN, service(tree.ownValidation(), Clock.systemUTC()), Source.RESOLVER, service(tree.resolverValidation(), Clock.systemUTC()));
    }

    @AfterAll
    void stop() throws IOException {
        if (services != null) {
            services.values().forEach(DnsService::close);
        }
        if (tree != null) {
            tree.close();
        }
    }

    private static Zone mail(String origin) {
        return Zone.of(origin).mx(10, "mx").a("mx", "127.0.0.1").tlsa("_25._tcp.mx", "3 1 1 " + "00ff".repeat(16));
    }

    static DnsService service(Map<String, String> mainCf, Clock clock) {
        return new DnsService(() -> Settings.of(mainCf), Path.of("/dev/null"), Path.of("/dev/null"), host -> {
            throw new UnknownHostException(host);
        }, new DnsService.Time(clock, System::nanoTime));
    }

    private static void isRecords(DnsAnswer<?> answer, Security status) {
        assertThat(answer).isInstanceOfSatisfying(DnsAnswer.Records.class, r -> {
            assertThat(r.status()).isEqualTo(status);
            assertThat(r.ttl()).isPositive();
        });
    }

    private static void isNoData(DnsAnswer<?> answer, Security status) {
        assertThat(answer).isInstanceOfSatisfying(DnsAnswer.NoData.class, n -> {
            assertThat(n.status()).isEqualTo(status);
            assertThat(n.ttl()).isPositive();
        });
    }

    private static void isNoSuchName(DnsAnswer<?> answer, Security status) {
        assertThat(answer).isInstanceOfSatisfying(DnsAnswer.NoSuchName.class, n -> assertThat(n.status()).isEqualTo(status));
    }

    private static DnsAnswer.Failed<?> isFailed(DnsAnswer<?> answer) {
        assertThat(answer).isInstanceOf(DnsAnswer.Failed.class);
        return (DnsAnswer.Failed<?>) answer;
    }

    private DnsAnswer<InetAddress> v4(Source source, String host) {
        return services.get(source).addresses(host, Family.IPV4, true);
    }

    @ParameterizedTest
    @EnumSource
    void records_of_a_signed_zone_are_secure_whatever_the_algorithm(Source source) {
        for (String zone : List.of("example.test", "nsec3.test", "optout.test", "rsa.test", "rsa512.test", "p384.test", "ed.test")) {
            isRecords(services.get(source).mx(zone, true), Security.SECURE);
            isRecords(v4(source, "MX." + zone), Security.SECURE);
            isRecords(services.get(source).tlsa("_25._tcp.mx." + zone), Security.SECURE);
        }
        isRecords(v4(source, "sub.deep.nsec3.test"), Security.SECURE);
    }

    @ParameterizedTest
    @EnumSource
    void the_servers_of_a_service_are_told_and_so_is_that_there_are_none(Source source) {
        assertThat(services.get(source).srv("_submission._tcp.example.test", true)).isInstanceOfSatisfying(DnsAnswer.Records.class, r -> {
            assertThat(r.status()).isEqualTo(Security.SECURE);
            assertThat(r.records()).isEqualTo(List.of(new Srv(10, 5, 587, "mx.example.test")));
        });
        assertThat(services.get(source).srv("_none._tcp.example.test", true)).isInstanceOfSatisfying(DnsAnswer.Records.class, r -> assertThat(((Srv) r.records().getFirst()).isNone()).isTrue());
        isNoSuchName(services.get(source).srv("_smtp._tcp.example.test", true), Security.SECURE);
    }

    @ParameterizedTest
    @EnumSource
    void the_absence_of_a_record_is_proved_by_NSEC_and_by_NSEC3(Source source) {
        for (String zone : List.of("example.test", "nsec3.test")) {
            isNoData(services.get(source).addresses("mx." + zone, Family.IPV6, true), Security.SECURE);
            isNoData(services.get(source).cname("mx." + zone, true), Security.SECURE);
            isNoData(v4(source, "b.ent." + zone), Security.SECURE);
            isNoData(services.get(source).tlsa("q.wild." + zone), Security.SECURE);
        }
        isNoData(services.get(source).mx("nomx.test", true), Security.SECURE);
        isNoData(services.get(source).addresses("mx.optout.test", Family.IPV6, true), Security.SECURE);
    }

    @ParameterizedTest
    @EnumSource
    void the_absence_of_a_name_is_proved_by_NSEC_and_by_NSEC3(Source source) {
        for (String zone : List.of("example.test", "nsec3.test")) {
            isNoSuchName(v4(source, "nowhere." + zone), Security.SECURE);
            isNoSuchName(v4(source, "x.y.nowhere." + zone), Security.SECURE);
            isNoSuchName(services.get(source).tlsa("_26._tcp.mx." + zone), Security.SECURE);
        }
        isNoSuchName(services.get(source).mx("nodomain.test", true), Security.SECURE);
        isNoSuchName(services.get(source).mx("a.nowhere", true), Security.SECURE);
        isNoSuchName(v4(source, "gone.example.test"), Security.SECURE);
    }

    @ParameterizedTest
    @EnumSource
    void a_name_that_may_hide_in_an_opt_out_span_is_absent_without_proof(Source source) {
        isNoSuchName(v4(source, "nowhere.optout.test"), Security.INSECURE);
        isRecords(v4(source, "x.inner.optout.test"), Security.INSECURE);
    }

    @ParameterizedTest
    @EnumSource
    void a_wildcard_is_secure_with_the_proof_that_nothing_is_nearer(Source source) {
        isRecords(v4(source, "one.wild.example.test"), Security.SECURE);
        isRecords(v4(source, "one.two.wild.nsec3.test"), Security.SECURE);
        isRecords(v4(source, "any.alias.example.test"), Security.SECURE);
    }

    @ParameterizedTest
    @EnumSource
    void an_alias_is_worth_what_its_weakest_step_is(Source source) {
        isRecords(v4(source, "here.example.test"), Security.SECURE);
        isRecords(v4(source, "out.example.test"), Security.INSECURE);
        isRecords(v4(source, "in.plain.test"), Security.INSECURE);
        isFailed(v4(source, "bad.example.test"));
        // RFC 7672 section 2.2.2: the original name is secure though its addresses are not.
        isRecords(services.get(source).cname("out.example.test", true), Security.SECURE);
        isRecords(services.get(source).cname("in.plain.test", true), Security.INSECURE);
    }

    @ParameterizedTest
    @EnumSource
    void a_DNAME_is_followed_and_judged(Source source) {
        assertThat(v4(source, "mx.below.example.test")).isInstanceOfSatisfying(DnsAnswer.Records.class, r -> {
            assertThat(r.status()).isEqualTo(Security.SECURE);
            assertThat(r.name()).isEqualTo("mx.nsec3.test");
        });
        isRecords(v4(source, "mx.away.example.test"), Security.INSECURE);
        isFailed(v4(source, "mx.deep.example.test"));
        isNoSuchName(v4(source, "nowhere.below.example.test"), Security.SECURE);
    }

    @ParameterizedTest
    @EnumSource
    void zones_that_are_not_signed_or_not_in_ways_known_here_are_insecure(Source source) {
        for (String zone : List.of("plain.test", "island.test", "alg.test", "digest.test", "child.island.test")) {
            isRecords(services.get(source).mx(zone, true), Security.INSECURE);
            isNoData(services.get(source).addresses("mx." + zone, Family.IPV6, true), Security.INSECURE);
            isNoSuchName(services.get(source).tlsa("_26._tcp.mx." + zone), Security.INSECURE);
        }
        isRecords(v4(source, "x.inner.example.test"), Security.INSECURE);
    }

    @ParameterizedTest
    @EnumSource
    void zones_whose_signatures_do_not_hold_give_no_answer_and_no_absence(Source source) {
        for (String zone : List.of("old.test", "new.test", "bogus.test", "key.test", "stripped.test")) {
            for (Function<DnsService, DnsAnswer<?>> question : List.<Function<DnsService, DnsAnswer<?>>>of(d -> d.mx(zone, true), d -> d.addresses("mx." + zone, Family.IPV6, true),
                    d -> d.tlsa("_26._tcp.mx." + zone))) {
                DnsAnswer.Failed<?> failed = isFailed(question.apply(services.get(source)));
                assertThat(failed.ttl()).isPositive();
                assertThat(source == Source.RESOLVER || failed.bogus()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_server_that_fails_for_TLSA_only_fails_for_TLSA_only(Source source) {
        isRecords(v4(source, "broken.example.test"), Security.SECURE);
        assertThat(isFailed(services.get(source).tlsa("_25._tcp.broken.example.test")).reason()).contains("SERVFAIL");
    }

    @ParameterizedTest
    @EnumSource
    void what_is_known_costs_no_question(Source source) throws IOException {
        DnsService dns = services.get(source);
        var before = new ArrayList<Integer>();
        for (int round = 0; round < 3; round++) {
            dns.mx("example.test", true);
            dns.addresses("mx.example.test", Family.IPV4, true);
            dns.addresses("mx.example.test", Family.IPV6, true);
            dns.tlsa("_25._tcp.mx.example.test");
            before.add(tree.forwarder().questions().size() + tree.resolver().questions().size());
        }
        assertThat(before.get(2)).isEqualTo(before.get(0));
    }

    @ParameterizedTest
    @EnumSource
    void nobody_validates_where_nobody_asked(Source source) {
        isRecords(services.get(source).mx("rsa.test", false), Security.UNCHECKED);
        if (source == Source.OWN) {
            isRecords(services.get(source).mx("old.test", false), Security.UNCHECKED);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_clock_that_is_wrong_is_named(Source source) throws IOException {
        if (source == Source.OWN) {
            try (var late = service(tree.ownValidation(), Clock.offset(Clock.systemUTC(), Duration.ofDays(400)))) {
                assertThat(isFailed(late.mx("example.test", true)).reason()).contains("expired on").contains("the clock here says");
            }
        }
    }
}
