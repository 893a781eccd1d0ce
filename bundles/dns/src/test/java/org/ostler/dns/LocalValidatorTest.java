// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Dns.Family;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.DnsAnswer.Security;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tck.dns.SignedTree;
import org.ostler.mail.tck.dns.Tap;
import org.xbill.DNS.Type;

/** {@code dnssec_validation = resolver} with a validating Unbound and, next to it, a name server that checks nothing: the second never makes insecure what the first cannot prove. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LocalValidatorTest {

    private static final String TLSA = "_25._tcp.mx.example.test";
    private static final int SERVFAIL = 2;
    private static final InetSocketAddress ELSEWHERE = ResolvConf.server("192.0.2.53");

    private final AtomicLong nanos = new AtomicLong();
    private final Map<String, String> mainCf = new HashMap<>();
    private SignedTree tree;
    private Tap validator;
    private Tap other;
    private DnsService dns;

    @BeforeAll
    void plant() throws IOException {
        String digest = "3 1 1 " + "00ff".repeat(16);
        tree = SignedTree.of(Zone.of("example.test").mx(10, "mx").a("mx", "127.0.0.1").tlsa("_25._tcp.mx", digest).signed(),
                Zone.of("broken.test").a("@", "127.0.0.1").tlsa("_25._tcp", digest).bogus(), Zone.of("plain.test").mx(10, "mx"));
    }

    @AfterAll
    void fell() throws IOException {
        if (tree != null) {
            tree.close();
        }
    }

    @BeforeEach
    void start() throws IOException {
        validator = new Tap(tree.resolver().address());
        other = new Tap(tree.forwarder().address());
        mainCf.clear();
        mainCf.putAll(tree.resolverValidation());
        mainCf.put("dns_attempt_timeout", "1s");
        mainCf.put("dns_deadline", "10s");
        serve(validator, other);
    }

    private void serve(Tap one, Tap two) {
        mainCf.put("dns_servers", one.text() + ", " + two.text());
        dns = new DnsService(() -> Settings.of(mainCf), Path.of("/dev/null"), Path.of("/dev/null"), host -> {
            throw new UnknownHostException(host);
        }, new DnsService.Time(Clock.systemUTC(), nanos::get));
    }

    @AfterEach
    void stop() throws IOException {
        dns.close();
        validator.close();
        other.close();
    }

    private static void silence(Tap server) {
        server.fault((question, query, answer) -> Optional.empty());
    }

    private static void assertFailed(DnsAnswer<?> answer, boolean bogus) {
        assertThat(answer).isInstanceOfSatisfying(DnsAnswer.Failed.class, failed -> assertThat(failed.bogus()).as(failed.reason()).isEqualTo(bogus));
    }

    @Test
    void what_the_validator_finds_bogus_the_other_does_not_make_insecure() {
        assertFailed(dns.addresses("broken.test", Family.IPV4, true), true);
        assertFailed(dns.tlsa("_25._tcp.broken.test"), true);
        assertThat(dns.tlsa(TLSA).isSecure()).isTrue();
        assertThat(other.questions()).as("the probe").hasSize(1);
    }

    @Test
    void nor_what_it_cannot_get() {
        validator.fault((question, query, answer) -> Optional.of(question.type() == Type.TLSA ? Tap.error(query, SERVFAIL) : answer));
        assertThat(dns.mx("example.test", true).isSecure()).isTrue();
        assertFailed(dns.tlsa(TLSA), true);
    }

    @Test
    void a_validator_that_is_silent_when_it_is_probed_is_waited_for() {
        silence(validator);
        assertThat(dns.dnssecTrouble()).as("it may come back").isEmpty();
        assertFailed(dns.tlsa(TLSA), false);
        validator.honest();
        nanos.addAndGet(Duration.ofSeconds(31).toNanos());
        assertThat(dns.tlsa(TLSA).isSecure()).isTrue();
    }

    @Test
    void one_that_falls_silent_later_is_waited_for_too() {
        assertThat(dns.mx("example.test", true).isSecure()).isTrue();
        silence(validator);
        assertFailed(dns.tlsa(TLSA), false);
    }

    @Test
    void a_second_validator_that_was_silent_at_first_takes_over_once_it_has_shown_the_bit() throws IOException {
        try (var spare = new Tap(tree.resolver().address())) {
            silence(spare);
            dns.close();
            serve(validator, spare);
            assertThat(dns.mx("example.test", true).isSecure()).isTrue();
            spare.honest();
            silence(validator);
            boolean secure = false;
            for (int i = 0; i < 10 && !secure; i++) {
                nanos.addAndGet(Duration.ofMinutes(6).toNanos()); // failures are forgotten
                secure = dns.tlsa(TLSA).isSecure(); // as long as the first is waited for, the second is asked behind it
            }
            assertThat(secure).isTrue();
        }
    }

    @Test
    void where_one_proves_nobody_waits_for_another_that_is_silent() throws IOException {
        try (var spare = new Tap(tree.resolver().address())) {
            silence(spare);
            var behind = new ArrayDeque<Runnable>();
            var noThreads = new AtomicInteger(1);
            var provability = new Provability(nanos::get, () -> {}, task -> {
                if (noThreads.getAndDecrement() > 0) {
                    throw new OutOfMemoryError("unable to create a thread");
                }
                behind.add(task);
            });
            var servers = List.of(ResolvConf.server(validator.text()), ResolvConf.server(spare.text()));
            Settings s = Settings.of(mainCf);
            assertThat(provability.trouble(servers, s, end())).isEmpty();
            spare.honest();
            spare.forget();
            nanos.addAndGet(Duration.ofSeconds(31).toNanos());
            for (int i = 0; i < 3; i++) {
                assertThat(provability.trouble(servers, s, end())).as("without a thread for it, too").isEmpty();
            }
            assertThat(spare.questions()).isEmpty();
            assertThat(behind).as("one at a time").hasSize(1);
            assertThat(provability.usable(servers, s)).containsExactly(servers.getFirst());
            behind.remove().run();
            assertThat(provability.usable(servers, s)).isEqualTo(servers);
            assertThat(provability.trouble(servers, s, end())).isEmpty();
            assertThat(behind).isEmpty();
        }
    }

    private static long end() {
        return System.nanoTime() + Duration.ofSeconds(10).toNanos();
    }

    @Test
    void plain_questions_go_to_all() {
        assertThat(dns.dnssecTrouble()).isEmpty();
        assertThat(dns.addresses("broken.test", Family.IPV4, false)).isInstanceOf(DnsAnswer.Records.class);
    }

    @Test
    void what_the_validator_calls_insecure_is() {
        assertThat(dns.mx("plain.test", true)).isInstanceOfSatisfying(DnsAnswer.Records.class, r -> assertThat(r.status()).isEqualTo(Security.INSECURE));
    }

    @Test
    void where_none_validates_Postfix_s_rule_holds() {
        dns.close();
        serve(other, other);
        assertThat(dns.dnssecTrouble()).isPresent();
        assertThat(dns.tlsa(TLSA)).isInstanceOfSatisfying(DnsAnswer.Records.class, r -> assertThat(r.status()).isEqualTo(Security.UNCHECKED));
    }

    @Test
    void what_was_learnt_without_proof_is_asked_again_once_proofs_can_be_had() {
        dns.close();
        serve(other, other);
        assertThat(dns.tlsa(TLSA)).isInstanceOfSatisfying(DnsAnswer.Records.class, r -> assertThat(r.status()).isEqualTo(Security.UNCHECKED));
        mainCf.put("dns_servers", validator.text());
        assertThat(dns.dnssecTrouble()).isEmpty();
        assertThat(dns.tlsa(TLSA).isSecure()).isTrue();
    }

    /** Nobody is asked here. */
    @Test
    void without_a_probe_those_on_other_machines_are_left_out() {
        mainCf.put("dnssec_probe", "");
        Settings s = Settings.of(mainCf);
        var provability = new Provability(nanos::get, () -> {}, Runnable::run);
        List<InetSocketAddress> both = List.of(ELSEWHERE, validator.address());
        assertThat(provability.trouble(both, s, Long.MAX_VALUE)).isEmpty();
        assertThat(provability.usable(both, s)).containsExactly(validator.address());
        assertThat(provability.trouble(List.of(ELSEWHERE), s, Long.MAX_VALUE)).hasValueSatisfying(why -> assertThat(why).contains("192.0.2.53"));
    }
}
