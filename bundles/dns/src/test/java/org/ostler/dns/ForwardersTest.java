// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.HashMap;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tck.dns.SignedTree;
import org.ostler.mail.tck.dns.Tap;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Several name servers, of which the first says what cannot be proved. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForwardersTest {

    private static final String TLSA = "_25._tcp.mx.example.test";
    private static final int TLSA_TYPE = 52;

    private SignedTree tree;
    private Tap first;
    private Tap second;
    private DnsService dns;

    @BeforeAll
    void plant() throws IOException {
        tree = SignedTree.of(Zone.of("example.test").mx(10, "mx").a("mx", "127.0.0.1").tlsa("_25._tcp.mx", "3 1 1 " + "00ff".repeat(16)).signed(), Zone.of("broken.test").a("@", "127.0.0.1").bogus());
    }

    @AfterAll
    void fell() throws IOException {
        if (tree != null) {
            tree.close();
        }
    }

    @BeforeEach
    void start() throws IOException {
        first = new Tap(tree.forwarder().address());
        second = new Tap(tree.forwarder().address());
        var mainCf = new HashMap<>(tree.ownValidation());
        mainCf.put("dns_servers", first.text() + ", " + second.text());
        mainCf.put("dns_attempt_timeout", "1s");
        mainCf.put("dns_deadline", "10s");
        dns = ProofTest.service(mainCf, Clock.systemUTC());
        assertThat(dns.dnssecTrouble()).as("both are honest while they are probed").isEmpty();
        second.forget();
    }

    @AfterEach
    void stop() throws IOException {
        dns.close();
        first.close();
        second.close();
    }

    /** Takes the signatures off answers to questions of one type, or of all with type 0. */
    private static void strip(Tap server, int type) {
        server.fault((question, query, answer) -> {
            try {
                return Optional.of(type == 0 || question.type() == type ? stripped(new Message(answer)).toWire(65_535) : answer);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static Message stripped(Message answer) {
        var out = answer.clone();
        for (int section : new int[] {Section.ANSWER, Section.AUTHORITY}) {
            out.removeAllRecords(section);
            answer.getSection(section).stream().filter(r -> r.getType() != Type.RRSIG).forEach(r -> out.addRecord(r, section));
        }
        return out;
    }

    private static void assertBogus(DnsAnswer<?> answer) {
        assertThat(answer).isInstanceOfSatisfying(DnsAnswer.Failed.class, failed -> assertThat(failed.bogus()).as(failed.reason()).isTrue());
    }

    @Test
    void what_the_first_made_up_the_second_has_right() {
        strip(first, TLSA_TYPE);
        assertThat(dns.tlsa(TLSA).isSecure()).isTrue();
        assertThat(dns.tlsa(TLSA)).isInstanceOf(DnsAnswer.Records.class);
    }

    @Test
    void keys_that_the_first_spoiled_are_found_anew() {
        strip(first, Type.DNSKEY);
        assertThat(dns.mx("example.test", true).isSecure()).isTrue();
        assertThat(second.questions()).anyMatch(question -> question.type() == Type.DNSKEY);
        first.honest();
        assertThat(dns.tlsa(TLSA).isSecure()).as("good keys take the place of the broken ones").isTrue();
    }

    @Test
    void a_denial_too() {
        strip(first, 0);
        assertThat(dns.tlsa("_26._tcp.mx.example.test")).isInstanceOf(DnsAnswer.NoSuchName.class).matches(DnsAnswer::isSecure);
    }

    @Test
    void where_all_lie_the_answer_is_bogus_and_each_was_asked_no_more_than_its_turn() {
        strip(first, 0);
        strip(second, 0);
        assertBogus(dns.tlsa(TLSA));
        assertThat(second.questions()).hasSizeLessThan(40);
    }

    @Test
    void a_zone_that_is_broken_at_every_server_stays_broken() {
        assertBogus(dns.addresses("broken.test", org.ostler.mail.dns.Dns.Family.IPV4, true));
    }

    @Test
    void a_resolver_that_validates_says_so_by_SERVFAIL() throws IOException {
        try (DnsService trusting = ProofTest.service(tree.resolverValidation(), Clock.systemUTC())) {
            assertBogus(trusting.addresses("broken.test", org.ostler.mail.dns.Dns.Family.IPV4, true));
        }
    }

    /** The time is that of one lookup: silence of the second neither hangs nor hides what was wrong with the first. */
    @Test
    void a_second_that_says_nothing_changes_nothing() {
        strip(first, TLSA_TYPE);
        second.fault((question, query, answer) -> Optional.empty());
        assertBogus(dns.tlsa(TLSA));
    }

    @Test
    void one_that_is_honest_costs_no_question_at_the_second() {
        assertThat(dns.tlsa(TLSA).isSecure()).isTrue();
        assertThat(second.questions()).isEmpty();
    }
}
