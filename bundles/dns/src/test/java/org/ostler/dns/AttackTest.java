// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.dns.Dns.Family;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.DnsAnswer.Security;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tck.Zone.Denial;
import org.ostler.mail.tck.dns.SignedTree;
import org.ostler.mail.tck.dns.Tap;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Somebody on the way changes what a real name server said. The one thing to hold: a name of a signed zone never becomes insecure, and a record that exists is never denied.
 *
 * <p>Each attack has a validator that fell to it: off-tree signers, wildcard records renamed and unasked wildcards fooled dnsjava's, as does silence; see docs/decisions/0013-own-validation.md.
 */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AttackTest {

    private static final String TLSA = "_25._tcp.mx.example.test";
    private static final int TLSA_TYPE = 52;

    private SignedTree tree;
    private DnsService dns;

    @BeforeAll
    void plant() throws IOException {
        tree = SignedTree.of(mail("example.test").signed(), mail("nsec3.test").signed().denial(Denial.NSEC3), mail("plain.test"));
    }

    @AfterAll
    void fell() throws IOException {
        if (tree != null) {
            tree.close();
        }
    }

    /** A service without memory for each test; the honest probe is behind it. */
    @BeforeEach
    void start() throws IOException {
        tree.forwarder().honest();
        dns = ProofTest.service(tree.ownValidation(), Clock.systemUTC());
        assertThat(dns.dnssecTrouble()).isEmpty();
        tree.forwarder().forget();
    }

    @AfterEach
    void stop() {
        dns.close();
    }

    private static Zone mail(String origin) {
        return Zone.of(origin).mx(10, "mx").a("mx", "127.0.0.1").tlsa("_25._tcp.mx", "3 1 1 " + "00ff".repeat(16)).a("*", "127.0.0.2").a("*.wild", "127.0.0.3");
    }

    private static Name name(String text) {
        return Name.fromConstantString(text + ".");
    }

    /** Changes answers to questions of one type, or all with type 0. */
    private void onTheWay(int type, UnaryOperator<Message> change) throws IOException {
        tree.forwarder().fault((question, query, answer) -> {
            try {
                return Optional.of(type == 0 || question.type() == type ? change.apply(new Message(answer)).toWire(65_535) : answer);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static Message empty(Message answer, int code) {
        var out = new Message(answer.getHeader().getID());
        out.getHeader().setFlag(Flags.QR);
        out.getHeader().setFlag(Flags.RA);
        out.getHeader().setRcode(code);
        out.addRecord(answer.getQuestion(), Section.QUESTION);
        return out;
    }

    private static Message without(Message answer, int type) {
        Message out = empty(answer, answer.getRcode());
        for (int section : new int[] {Section.ANSWER, Section.AUTHORITY}) {
            answer.getSection(section).stream().filter(r -> r.getType() != type).forEach(r -> out.addRecord(r, section));
        }
        return out;
    }

    private List<Record> real(String name, int type) throws IOException {
        var plan = new Resolver.Plan(List.of(tree.authority().address()), 1, java.time.Duration.ofSeconds(5), System.nanoTime() + 10_000_000_000L);
        return ((Resolver.Raw.Answered) Resolver.ask(name(name), type, Resolver.Mode.SIGNED, plan)).message().getSection(Section.ANSWER);
    }

    private static DnsAnswer.Failed<?> bogus(DnsAnswer<?> answer) {
        assertThat(answer).isInstanceOfSatisfying(DnsAnswer.Failed.class, f -> assertThat(f.bogus()).as(f.reason()).isTrue());
        return (DnsAnswer.Failed<?>) answer;
    }

    private static Record forged(String owner, int type, String data) {
        try {
            return Record.fromString(name(owner), type, DClass.IN, 3600, data, Name.root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RRSIGRecord signedBy(String signer, RRSIGRecord s, Name owner) {
        return new RRSIGRecord(owner, DClass.IN, s.getTTL(), s.getTypeCovered(), s.getAlgorithm(), s.getOrigTTL(), s.getExpire(), s.getTimeSigned(), s.getFootprint(), name(signer), s.getSignature());
    }

    @Test
    void signatures_taken_away_are_missed() throws IOException {
        onTheWay(0, m -> without(m, Type.RRSIG));
        bogus(dns.tlsa(TLSA));
        bogus(dns.mx("nowhere.nsec3.test", true));
        assertThat(dns.dnssecTrouble()).as("a server that once passed signatures on").isEmpty();
    }

    @Test
    void all_of_DNSSEC_taken_away_is_missed() throws IOException {
        onTheWay(0, m -> {
            return without(without(without(m, Type.RRSIG), Type.NSEC), Type.NSEC3);
        });
        bogus(dns.addresses("mx.example.test", Family.IPV6, true));
        bogus(dns.addresses("mx.example.test", Family.IPV4, true));
    }

    @Test
    void a_record_that_was_changed_is_bogus() throws IOException {
        onTheWay(Type.A, m -> {
            Message out = without(m, Type.A);
            out.addRecord(forged("mx.example.test", Type.A, "127.6.6.6"), Section.ANSWER);
            return out;
        });
        bogus(dns.addresses("mx.example.test", Family.IPV4, true));
    }

    @Test
    void a_signer_elsewhere_in_the_tree_does_not_make_a_name_insecure() throws IOException {
        onTheWay(TLSA_TYPE, m -> {
            RRSIGRecord good = (RRSIGRecord) m.getSection(Section.ANSWER).stream().filter(r -> r instanceof RRSIGRecord).findFirst().orElseThrow();
            Message out = empty(m, Rcode.NOERROR);
            out.addRecord(forged(TLSA, TLSA_TYPE, "3 1 1 " + "66".repeat(32)), Section.ANSWER);
            out.addRecord(signedBy("plain.test", good, name(TLSA)), Section.ANSWER);
            return out;
        });
        bogus(dns.tlsa(TLSA));
    }

    @Test
    void an_unsigned_denial_is_bogus_also_where_the_keys_cannot_be_asked_for() throws IOException {
        tree.forwarder().fault((question, query, answer) -> switch (question.type()) {
            case Type.DS, Type.DNSKEY -> Optional.of(Tap.error(query, Rcode.SERVFAIL));
            case TLSA_TYPE -> Optional.of(Tap.error(query, Rcode.NOERROR));
            default -> Optional.of(answer);
        });
        assertThat(dns.tlsa(TLSA)).isInstanceOf(DnsAnswer.Failed.class);
        assertThat(dns.tlsa("_25._tcp.mx.nsec3.test")).isInstanceOf(DnsAnswer.Failed.class);
    }

    @Test
    void a_wildcard_that_has_nothing_to_do_with_a_name_does_not_deny_it() throws IOException {
        List<Record> wild = real("*.wild.example.test", Type.NSEC);
        List<Record> top = real("example.test", Type.NSEC);
        assertThat(wild).isNotEmpty();
        onTheWay(TLSA_TYPE, m -> {
            Message out = empty(m, Rcode.NOERROR);
            wild.forEach(r -> out.addRecord(r, Section.AUTHORITY));
            top.forEach(r -> out.addRecord(r, Section.AUTHORITY));
            return out;
        });
        bogus(dns.tlsa(TLSA));
    }

    @Test
    void a_proof_out_of_a_wildcard_may_not_choose_its_own_name() throws IOException {
        List<Record> wild = real("*.example.test", Type.NSEC);
        assertThat(wild).isNotEmpty();
        for (String chosen : List.of("x.mx.example.test", TLSA)) {
            onTheWay(TLSA_TYPE, m -> {
                Message out = empty(m, Rcode.NXDOMAIN);
                // The signature of *.example.test holds for any name that it might be expanded to.
                wild.forEach(r -> out.addRecord(Record.newRecord(name(chosen), r.getType(), DClass.IN, r.getTTL(), r.rdataToWireCanonical()), Section.AUTHORITY));
                return out;
            });
            try (var fresh = ProofTest.service(tree.ownValidation(), Clock.systemUTC())) {
                bogus(fresh.tlsa(TLSA));
            }
        }
    }

    @Test
    void an_NSEC3_of_another_name_denies_nothing() throws IOException {
        var captured = new java.util.ArrayList<Record>();
        onTheWay(Type.AAAA, m -> {
            m.getSection(Section.AUTHORITY).forEach(captured::add);
            return m;
        });
        assertThat(dns.addresses("mx.nsec3.test", Family.IPV6, true)).isInstanceOf(DnsAnswer.NoData.class);
        onTheWay(TLSA_TYPE, m -> {
            Message out = empty(m, Rcode.NXDOMAIN);
            captured.forEach(r -> out.addRecord(r, Section.AUTHORITY));
            return out;
        });
        bogus(dns.tlsa("_25._tcp.mx.nsec3.test"));
    }

    @Test
    void a_wildcard_in_place_of_a_name_that_exists_is_bogus() throws IOException {
        List<Record> wild = real("other.example.test", Type.A);
        onTheWay(Type.A, m -> {
            Message out = empty(m, Rcode.NOERROR);
            wild.forEach(r -> out.addRecord(Record.newRecord(name("mx.example.test"), r.getType(), DClass.IN, r.getTTL(), r.rdataToWireCanonical()), Section.ANSWER));
            return out;
        });
        bogus(dns.addresses("mx.example.test", Family.IPV4, true));
    }

    @Test
    void the_response_code_decides_nothing_in_a_signed_zone() throws IOException {
        onTheWay(Type.AAAA, m -> {
            m.getHeader().setRcode(Rcode.NXDOMAIN);
            return m;
        });
        assertThat(dns.addresses("mx.example.test", Family.IPV6, true)).isInstanceOf(DnsAnswer.NoData.class);
        onTheWay(Type.A, m -> {
            m.getHeader().setRcode(Rcode.NXDOMAIN);
            return m;
        });
        assertThat(dns.addresses("mx.example.test", Family.IPV4, true).isSecure()).isTrue();
    }

    @Test
    void a_resolver_that_lies_about_the_AD_bit_is_not_believed() throws IOException {
        onTheWay(0, m -> {
            Message out = without(m, Type.RRSIG);
            out.getHeader().setFlag(Flags.AD);
            return out;
        });
        bogus(dns.tlsa(TLSA));
    }

    @Test
    void a_DS_taken_away_does_not_make_a_zone_insecure() throws IOException {
        onTheWay(Type.DS, m -> m.getQuestion().getName().equals(name("example.test")) ? without(without(m, Type.DS), Type.RRSIG) : m);
        bogus(dns.tlsa(TLSA));
    }

    @Test
    void a_denial_for_one_family_that_does_not_hold_leaves_the_other_alone() throws IOException {
        onTheWay(Type.AAAA, m -> without(m, Type.NSEC));
        bogus(dns.addresses("mx.example.test", Family.IPV6, true));
        assertThat(dns.addresses("mx.example.test", Family.IPV4, true).isSecure()).isTrue();
    }

    @Test
    void a_false_alias_is_bogus() throws IOException {
        onTheWay(Type.A, m -> {
            Message out = empty(m, Rcode.NOERROR);
            out.addRecord(forged("mx.example.test", Type.CNAME, "mx.plain.test."), Section.ANSWER);
            out.addRecord(forged("mx.plain.test", Type.A, "127.6.6.6"), Section.ANSWER);
            return out;
        });
        bogus(dns.addresses("mx.example.test", Family.IPV4, true));
    }

    @Test
    void a_lame_or_refusing_forwarder_is_a_failure_that_is_not_bogus() throws IOException {
        tree.forwarder().fault((question, query, answer) -> Optional.of(Tap.error(query, Rcode.REFUSED)));
        assertThat(dns.mx("example.test", true)).isInstanceOfSatisfying(DnsAnswer.Failed.class, f -> {
            assertThat(f.bogus()).isFalse();
            assertThat(f.reason()).contains("REFUSED from 127.0.0.1");
        });
        onTheWay(Type.MX, m -> {
            Message out = empty(m, Rcode.NOERROR);
            out.addRecord(forged("test", Type.NS, "ns.test."), Section.AUTHORITY);
            return out;
        });
        bogus(dns.mx("nsec3.test", true));
        assertThat(dns.mx("plain.test", true)).isInstanceOfSatisfying(DnsAnswer.Failed.class, f -> assertThat(f.reason()).contains("referral"));
    }

    @Test
    void what_does_not_fit_a_packet_is_asked_for_over_TCP() throws IOException {
        tree.forwarder().fault((question, query, answer) -> Optional.of(question.protocol().equals("udp") ? Tap.truncated(query) : answer));
        assertThat(dns.tlsa(TLSA).isSecure()).isTrue();
        assertThat(tree.forwarder().questions()).anyMatch(q -> q.protocol().equals("tcp") && q.type() == Type.DNSKEY);
    }

    @Test
    void a_forwarder_that_strips_signatures_is_noticed_at_the_start_and_named() throws IOException {
        onTheWay(0, m -> without(m, Type.RRSIG));
        try (var fresh = ProofTest.service(tree.ownValidation(), Clock.systemUTC())) {
            assertThat(fresh.dnssecTrouble()).hasValueSatisfying(why -> assertThat(why).contains("127.0.0.1:").contains("strips DNSSEC signatures"));
            assertThat(fresh.mx("example.test", true)).isInstanceOfSatisfying(DnsAnswer.Records.class, r -> assertThat(r.status()).isEqualTo(Security.UNCHECKED));
        }
    }

    @Test
    void a_forwarder_that_strips_is_not_asked_where_another_does_not() throws IOException {
        try (var stripping = new Tap(tree.authority().address())) {
            stripping.fault((question, query, answer) -> {
                try {
                    return Optional.of(without(new Message(answer), Type.RRSIG).toWire(65_535));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            Map<String, String> settings = new HashMap<>(tree.ownValidation());
            settings.put("dns_servers", stripping.text() + " " + tree.forwarder().text());
            try (var two = ProofTest.service(settings, Clock.systemUTC())) {
                assertThat(two.dnssecTrouble()).isEmpty();
                assertThat(two.tlsa(TLSA).isSecure()).isTrue();
                assertThat(stripping.questions()).hasSize(1);
            }
        }
    }

    @Test
    void a_resolver_without_validation_is_noticed_where_its_word_would_be_taken() throws IOException {
        Map<String, String> settings = new HashMap<>(tree.ownValidation());
        settings.put("dnssec_validation", "resolver");
        try (var trusting = ProofTest.service(settings, Clock.systemUTC())) {
            assertThat(trusting.dnssecTrouble()).hasValueSatisfying(why -> assertThat(why).contains("does not validate"));
            assertThat(trusting.mx("example.test", true).isSecure()).isFalse();
        }
    }

    @Test
    void anchors_that_are_not_those_of_the_tree_prove_nothing() throws IOException {
        Map<String, String> settings = new HashMap<>(tree.ownValidation());
        settings.put("dnssec_trust_anchor_file", "");
        try (var foreign = ProofTest.service(settings, Clock.systemUTC())) {
            bogus(foreign.mx("plain.test", true));
        }
        settings.put("dnssec_trust_anchor_file", "/nowhere/root.key");
        try (var missing = ProofTest.service(settings, Clock.systemUTC())) {
            assertThat(missing.mx("plain.test", true)).isInstanceOfSatisfying(DnsAnswer.Failed.class, f -> assertThat(f.reason()).isEqualTo("dnssec_trust_anchor_file: cannot read /nowhere/root.key: No such file or directory"));
        }
    }
}
