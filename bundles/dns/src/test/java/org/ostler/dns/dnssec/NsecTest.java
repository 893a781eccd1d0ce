// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;
import org.xbill.DNS.utils.base32;

/** What proofs of absence prove, and what they do not, record by record. */
class NsecTest {

    private static final Name ZONE = name("example.test");

    private static Name name(String text) {
        return Name.fromConstantString(text + ".");
    }

    private static Record record(String owner, int type, String data) {
        try {
            return Record.fromString(name(owner), type, DClass.IN, 600, data, Name.root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param rows {@code owner next TYPES} */
    private static Nsec nsec(String... rows) {
        List<NSECRecord> records = Arrays.stream(rows).map(row -> {
            String[] part = row.split(" ", 3);
            return (NSECRecord) record(part[0], Type.NSEC, part[1] + ". " + part[2]);
        }).toList();
        return new Nsec(ZONE, records);
    }

    @Test
    void a_record_at_the_name_denies_the_types_it_lacks() {
        Nsec at = nsec("mx.example.test www.example.test A RRSIG NSEC");
        assertThat(at.denial(name("MX.example.test"), Type.AAAA)).isEqualTo(Proof.NO_DATA);
        assertThat(at.denial(name("mx.example.test"), Type.A)).isEqualTo(Proof.NOTHING);
        assertThat(nsec("mx.example.test www.example.test CNAME RRSIG NSEC").denial(name("mx.example.test"), Type.A)).as("there is an alias").isEqualTo(Proof.NOTHING);
        assertThat(nsec("sub.example.test www.example.test NS RRSIG NSEC").denial(name("sub.example.test"), Type.A)).as("the child has the say").isEqualTo(Proof.NOTHING);
    }

    @Test
    void a_name_is_denied_together_with_the_wildcard_that_might_stand_for_it() {
        String around = "b.example.test mx.example.test A RRSIG NSEC";
        String top = "example.test b.example.test SOA NS RRSIG NSEC";
        assertThat(nsec(around, top).denial(name("c.example.test"), Type.A)).isEqualTo(Proof.NO_SUCH_NAME);
        assertThat(nsec(around).denial(name("c.example.test"), Type.A)).as("no word about *").isEqualTo(Proof.NOTHING);
        assertThat(nsec(around, "*.example.test b.example.test A RRSIG NSEC").denial(name("c.example.test"), Type.AAAA)).as("the wildcard lacks the type").isEqualTo(Proof.NO_DATA);
        assertThat(nsec(around, "*.example.test b.example.test A RRSIG NSEC").denial(name("c.example.test"), Type.A)).as("the wildcard has it").isEqualTo(Proof.NOTHING);
        assertThat(nsec(around, "*.other.example.test p.example.test A RRSIG NSEC").denial(name("c.example.test"), Type.AAAA)).as("another wildcard").isEqualTo(Proof.NOTHING);
    }

    @Test
    void an_empty_non_terminal_exists() {
        assertThat(nsec("b.example.test x.ent.example.test A RRSIG NSEC").denial(name("ent.example.test"), Type.A)).isEqualTo(Proof.NO_DATA);
    }

    @Test
    void only_the_last_record_points_back_and_only_to_the_top() {
        String top = "example.test b.example.test SOA NS RRSIG NSEC";
        assertThat(nsec("z.example.test example.test A RRSIG NSEC", top).denial(name("zz.example.test"), Type.A)).isEqualTo(Proof.NO_SUCH_NAME);
        assertThat(nsec("z.example.test mx.example.test A RRSIG NSEC", top).denial(name("zz.example.test"), Type.A)).isEqualTo(Proof.NOTHING);
    }

    @Test
    void nothing_is_denied_below_a_delegation_or_a_DNAME_or_outside_the_zone() {
        String top = "example.test b.example.test SOA NS RRSIG NSEC";
        assertThat(nsec("sub.example.test z.example.test NS RRSIG NSEC", top).denial(name("x.sub.example.test"), Type.A)).isEqualTo(Proof.NOTHING);
        assertThat(nsec("sub.example.test z.example.test DNAME RRSIG NSEC", top).denial(name("x.sub.example.test"), Type.A)).isEqualTo(Proof.NOTHING);
        assertThat(nsec("z.example.test example.test A RRSIG NSEC", top).denial(name("zz.test"), Type.A)).isEqualTo(Proof.NOTHING);
    }

    @Test
    void a_delegation_is_unsigned_where_the_parent_says_NS_and_no_DS() {
        assertThat(nsec("sub.example.test z.example.test NS RRSIG NSEC").delegation(name("sub.example.test"))).isEqualTo(Delegation.UNSIGNED);
        assertThat(nsec("sub.example.test z.example.test NS DS RRSIG NSEC").delegation(name("sub.example.test"))).isEqualTo(Delegation.UNPROVED);
        assertThat(nsec("sub.example.test z.example.test NS SOA RRSIG NSEC").delegation(name("sub.example.test"))).as("the child's own").isEqualTo(Delegation.UNPROVED);
        assertThat(nsec("sub.example.test z.example.test A RRSIG NSEC").delegation(name("sub.example.test"))).isEqualTo(Delegation.NONE);
        assertThat(nsec("b.example.test z.example.test A RRSIG NSEC").delegation(name("sub.example.test"))).isEqualTo(Delegation.NONE);
        assertThat(nsec("b.example.test c.example.test A RRSIG NSEC").delegation(name("sub.example.test"))).isEqualTo(Delegation.UNPROVED);
    }

    @Test
    void a_wildcard_may_stand_for_a_name_where_nothing_is_nearer() {
        Nsec around = nsec("b.example.test mx.example.test A RRSIG NSEC");
        assertThat(around.allowsExpansion(name("c.example.test"), 2)).isTrue();
        assertThat(around.allowsExpansion(name("x.b.example.test"), 2)).as("b is nearer than the top").isFalse();
        assertThat(around.allowsExpansion(name("z.example.test"), 2)).as("not in the span").isFalse();
    }

    private static byte[] hash(String of) {
        try {
            return ((NSEC3Record) record("x.example.test", Type.NSEC3, "1 0 1 beef 2t7b4g4vsa5smi47k61mv5bv1a22bojr A")).hashName(name(of));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String label(byte[] hash, int plus) {
        byte[] moved = hash.clone();
        moved[moved.length - 1] += (byte) plus;
        return new base32(base32.Alphabet.BASE32HEX, false, true).toString(moved);
    }

    /** A record at the hash of a name. */
    private static NSEC3Record at(String of, String types) {
        return (NSEC3Record) record(label(hash(of), 0) + ".example.test", Type.NSEC3, "1 0 1 beef " + label(hash(of), 1) + " " + types);
    }

    /** A record around the hash of a name. */
    private static NSEC3Record around(String of, int flags) {
        return (NSEC3Record) record(label(hash(of), -1) + ".example.test", Type.NSEC3, "1 " + flags + " 1 beef " + label(hash(of), 1) + " A");
    }

    private static Nsec3 nsec3(NSEC3Record... records) {
        return Nsec3.of(ZONE, List.of(records), new Budget(System.nanoTime() + Duration.ofSeconds(20).toNanos()));
    }

    @Test
    void NSEC3_denies_a_name_with_its_closest_encloser_the_next_closer_name_and_the_wildcard() {
        NSEC3Record top = at("example.test", "SOA NS");
        Name asked = name("x.c.example.test");
        assertThat(nsec3(top, around("c.example.test", 0), around("*.example.test", 0)).denial(asked, Type.A)).isEqualTo(Proof.NO_SUCH_NAME);
        assertThat(nsec3(top, around("c.example.test", 1), around("*.example.test", 0)).denial(asked, Type.A)).isEqualTo(Proof.NO_SUCH_NAME_OPT_OUT);
        assertThat(nsec3(top, around("c.example.test", 0)).denial(asked, Type.A)).as("no word about *").isEqualTo(Proof.NOTHING);
        assertThat(nsec3(top, around("*.example.test", 0)).denial(asked, Type.A)).as("no word about c").isEqualTo(Proof.NOTHING);
        assertThat(nsec3(around("c.example.test", 0), around("*.example.test", 0)).denial(asked, Type.A)).as("no encloser").isEqualTo(Proof.NOTHING);
        assertThat(nsec3(top, around("c.example.test", 0), at("*.example.test", "A")).denial(asked, Type.AAAA)).isEqualTo(Proof.NO_DATA);
        assertThat(nsec3(top, around("c.example.test", 0), at("*.example.test", "A")).denial(asked, Type.A)).isEqualTo(Proof.NOTHING);
    }

    @Test
    void NSEC3_below_a_delegation_denies_nothing() {
        NSEC3Record cut = at("sub.example.test", "NS");
        assertThat(nsec3(cut, around("x.sub.example.test", 0), around("*.sub.example.test", 0)).denial(name("x.sub.example.test"), Type.A)).isEqualTo(Proof.NOTHING);
        assertThat(nsec3(cut).denial(name("sub.example.test"), Type.A)).isEqualTo(Proof.NOTHING);
        assertThat(nsec3(cut).delegation(name("sub.example.test"))).isEqualTo(Delegation.UNSIGNED);
        assertThat(nsec3(at("sub.example.test", "NS DS")).delegation(name("sub.example.test"))).isEqualTo(Delegation.UNPROVED);
    }

    @Test
    void a_delegation_in_an_opt_out_span_is_unsigned_and_in_another_there_is_none() {
        NSEC3Record top = at("example.test", "SOA NS");
        assertThat(nsec3(top, around("sub.example.test", 1)).delegation(name("sub.example.test"))).isEqualTo(Delegation.UNSIGNED);
        assertThat(nsec3(top, around("sub.example.test", 0)).delegation(name("sub.example.test"))).isEqualTo(Delegation.NONE);
        assertThat(nsec3(top).delegation(name("sub.example.test"))).isEqualTo(Delegation.UNPROVED);
    }

    @Test
    void an_NSEC3_with_flags_or_hashes_that_nobody_knows_is_passed_over() {
        NSEC3Record strange = (NSEC3Record) record(label(hash("mx.example.test"), 0) + ".example.test", Type.NSEC3, "1 4 1 beef 2t7b4g4vsa5smi47k61mv5bv1a22bojr A");
        assertThat(nsec3(strange).denial(name("mx.example.test"), Type.TLSA)).isEqualTo(Proof.NOTHING);
        assertThat(nsec3(at("mx.example.test", "A")).denial(name("mx.example.test"), Type.TLSA)).isEqualTo(Proof.NO_DATA);
        assertThat(nsec3(around("mx.example.test", 0)).expansion(name("mx.example.test"), 2)).isEqualTo(Proof.NO_SUCH_NAME);
        assertThat(nsec3(around("mx.example.test", 0)).expansion(name("other.example.test"), 2)).isEqualTo(Proof.NOTHING);
    }
}
