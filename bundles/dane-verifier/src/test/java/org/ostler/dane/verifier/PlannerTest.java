// SPDX-License-Identifier: Apache-2.0
package org.ostler.dane.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.DnsAnswer.Security;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.tls.DanePlanner;
import org.ostler.mail.tls.DanePlanner.Absent;
import org.ostler.mail.tls.DanePlanner.AskCname;
import org.ostler.mail.tls.DanePlanner.AskTlsa;
import org.ostler.mail.tls.DanePlanner.Decision;
import org.ostler.mail.tls.DanePlanner.Facts;
import org.ostler.mail.tls.DanePlanner.Failed;
import org.ostler.mail.tls.DanePlanner.Step;
import org.ostler.mail.tls.DanePlanner.Unusable;
import org.ostler.mail.tls.DanePlanner.Use;
import org.ostler.mail.tls.TlsResult;

/** Happy by default, one thing changed: the lookup rules of RFC 7672 section 2 and of the list by which other implementations were reviewed (docs/testing/dane.md). */
class PlannerTest {

    private static final Duration TTL = Duration.ofHours(1);

    private String canonical = "mx.example.test";
    private boolean secure = true;
    private boolean insist;
    private final Map<String, DnsAnswer<Tlsa>> tlsa = new HashMap<>(Map.of("_25._tcp.mx.example.test", found(record(3, 1, 1, 32))));
    private final Map<String, DnsAnswer<String>> cnames = new HashMap<>();
    private final List<String> asked = new ArrayList<>();

    /** Plays the resolver: whatever is not in the maps is a secure "no such record". */
    private Decision decide() {
        DanePlanner planner = new Planner();
        Map<String, DnsAnswer<String>> knownCnames = new HashMap<>();
        Map<String, DnsAnswer<Tlsa>> knownTlsa = new HashMap<>();
        for (int i = 0; i < 5; i++) {
            Step step = planner.next(new Facts("mx.example.test", 25, canonical, secure, "example.test", insist, List.of("sha512", "sha256"), knownCnames, knownTlsa));
            switch (step) {
                case AskCname(String name) -> {
                    asked.add("CNAME " + name);
                    knownCnames.put(name, cnames.getOrDefault(name, new DnsAnswer.NoData<>(TTL, Security.SECURE)));
                }
                case AskTlsa(String owner) -> {
                    asked.add("TLSA " + owner);
                    knownTlsa.put(owner, tlsa.getOrDefault(owner, new DnsAnswer.NoData<>(TTL, Security.SECURE)));
                }
                case Decision decision -> {
                    return decision;
                }
            }
        }
        throw new AssertionError("more than four questions: " + asked);
    }

    private static Tlsa record(int usage, int selector, int type, int length) {
        byte[] data = new byte[length];
        Arrays.fill(data, (byte) 7);
        return new Tlsa(usage, selector, type, data);
    }

    private static DnsAnswer<Tlsa> found(Tlsa... records) {
        return new DnsAnswer.Records<>(List.of(records), "owner", TTL, Security.SECURE);
    }

    @Test
    void secure_records_at_a_secure_host_are_used_with_its_name_and_the_domain() {
        assertThat(decide()).isInstanceOfSatisfying(Use.class, use -> {
            assertThat(use.baseDomain()).isEqualTo("mx.example.test");
            assertThat(use.proof().names()).containsExactly("mx.example.test", "example.test");
        });
        assertThat(asked).containsExactly("TLSA _25._tcp.mx.example.test");
    }

    /** Many hosted domains answer SERVFAIL to TLSA below hosts that nobody signed: asking would only hold mail up. */
    @Test
    void TLSA_is_not_asked_for_where_no_address_is_secure() {
        secure = false;
        assertThat(decide()).isInstanceOf(Absent.class);
        assertThat(asked).isEmpty();
    }

    @Test
    void TLSA_is_asked_for_all_the_same_where_the_operator_insists() {
        secure = false;
        insist = true;
        assertThat(decide()).isInstanceOf(Use.class);
    }

    @Test
    void an_alias_into_an_unsigned_zone_keeps_the_records_of_its_own_signed_name() {
        secure = false;
        canonical = "host.unsigned.test";
        cnames.put("mx.example.test", new DnsAnswer.Records<>(List.of(canonical), "mx.example.test", TTL, Security.SECURE));
        assertThat(decide()).isInstanceOfSatisfying(Use.class, use -> assertThat(use.baseDomain()).isEqualTo("mx.example.test"));
        assertThat(asked).containsExactly("CNAME mx.example.test", "TLSA _25._tcp.mx.example.test");
    }

    @Test
    void an_alias_that_is_not_secure_itself_has_no_DANE() {
        secure = false;
        canonical = "host.unsigned.test";
        cnames.put("mx.example.test", new DnsAnswer.Records<>(List.of(canonical), "mx.example.test", TTL, Security.INSECURE));
        assertThat(decide()).isInstanceOf(Absent.class);
        assertThat(asked).containsExactly("CNAME mx.example.test");
    }

    @Test
    void an_alias_that_cannot_be_asked_for_is_trouble() {
        secure = false;
        canonical = "host.unsigned.test";
        cnames.put("mx.example.test", new DnsAnswer.Failed<>("SERVFAIL", false));
        assertThat(decide()).isInstanceOf(Failed.class);
    }

    @Test
    void a_secure_alias_is_looked_up_at_its_end_first() {
        canonical = "host.provider.test";
        tlsa.put("_25._tcp.host.provider.test", found(record(2, 0, 1, 32)));
        assertThat(decide()).isInstanceOfSatisfying(Use.class, use -> {
            assertThat(use.baseDomain()).isEqualTo("host.provider.test");
            assertThat(use.proof().names()).as("RFC 7672 section 3.2.2: not the alias").containsExactly("host.provider.test", "example.test");
        });
        assertThat(asked).containsExactly("TLSA _25._tcp.host.provider.test");
    }

    @Test
    void where_the_end_has_none_the_records_of_the_alias_count() {
        canonical = "host.provider.test";
        assertThat(decide()).isInstanceOfSatisfying(Use.class, use -> assertThat(use.baseDomain()).isEqualTo("mx.example.test"));
        assertThat(asked).containsExactly("TLSA _25._tcp.host.provider.test", "TLSA _25._tcp.mx.example.test");
    }

    @Test
    void absent_insecurely_absent_and_insecure_records_are_all_no_DANE() {
        for (DnsAnswer<Tlsa> none : List.<DnsAnswer<Tlsa>>of(new DnsAnswer.NoData<>(TTL, Security.SECURE), new DnsAnswer.NoData<>(TTL, Security.INSECURE),
                new DnsAnswer.NoSuchName<>(TTL, Security.SECURE), new DnsAnswer.NoSuchName<>(TTL, Security.INSECURE),
                new DnsAnswer.Records<>(List.of(record(3, 1, 1, 32)), "owner", TTL, Security.INSECURE))) {
            tlsa.put("_25._tcp.mx.example.test", none);
            assertThat(decide()).as("%s", none).isInstanceOf(Absent.class);
        }
    }

    @Test
    void trouble_with_asking_is_never_an_answer() {
        tlsa.put("_25._tcp.mx.example.test", new DnsAnswer.Failed<>("SERVFAIL", false));
        assertThat(decide()).isInstanceOfSatisfying(Failed.class, failed -> assertThat(failed.result()).isEmpty());
        tlsa.put("_25._tcp.mx.example.test", new DnsAnswer.Failed<>("signature expired", true));
        assertThat(decide()).isInstanceOfSatisfying(Failed.class, failed -> assertThat(failed.result()).contains(TlsResult.DNSSEC_INVALID));
    }

    @Test
    void trouble_at_the_end_of_an_alias_is_not_repaired_by_its_beginning() {
        canonical = "host.provider.test";
        tlsa.put("_25._tcp.host.provider.test", new DnsAnswer.Failed<>("timeout", false));
        assertThat(decide()).isInstanceOf(Failed.class);
    }

    @Test
    void records_that_nobody_can_use_are_said_to_be_so() {
        for (Tlsa bad : List.of(record(0, 0, 1, 32), record(1, 1, 1, 32), record(4, 1, 1, 32), record(255, 255, 255, 0), record(3, 2, 1, 32), record(3, 1, 3, 32),
                record(3, 1, 1, 31), record(3, 1, 1, 33), record(3, 1, 2, 32), record(2, 0, 0, 500), record(2, 1, 0, 91), record(3, 1, 0, 91), record(3, 0, 0, 0))) {
            tlsa.put("_25._tcp.mx.example.test", found(bad));
            assertThat(decide()).as("%s", Usable.brief(bad)).isInstanceOf(Unusable.class);
        }
    }

    @Test
    void unusable_records_do_not_hide_a_usable_one() {
        tlsa.put("_25._tcp.mx.example.test", found(record(1, 0, 1, 32), record(3, 1, 1, 20), record(3, 1, 1, 32)));
        assertThat(decide()).isInstanceOfSatisfying(Use.class, use -> {
            assertThat(use.proof().records()).containsExactly(record(3, 1, 1, 32));
            assertThat(use.notes()).hasSize(2);
        });
    }

    /** RFC 7671 section 9: the strongest digest of each usage and selector; another usage keeps its own. */
    @Test
    void the_strongest_digest_of_each_kind_counts() {
        tlsa.put("_25._tcp.mx.example.test", found(record(3, 1, 1, 32), record(3, 1, 2, 64), record(2, 0, 1, 32), record(3, 0, 0, 5)));
        assertThat(decide()).isInstanceOfSatisfying(Use.class,
                use -> assertThat(use.proof().records()).containsExactly(record(3, 1, 2, 64), record(2, 0, 1, 32), record(3, 0, 0, 5)));
    }

    @Test
    void a_flood_of_records_is_cut() {
        var many = new Tlsa[500];
        for (int i = 0; i < many.length; i++) {
            byte[] data = new byte[32];
            data[0] = (byte) i;
            data[1] = (byte) (i >> 8);
            many[i] = new Tlsa(3, 1, 1, data);
        }
        tlsa.put("_25._tcp.mx.example.test", found(many));
        assertThat(decide()).isInstanceOfSatisfying(Use.class, use -> assertThat(use.proof().records()).hasSize(Usable.MOST));
    }
}
