// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.dns.dnssec.Validator.Outcome;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What no answer can do: cost more than a lookup may. */
@Timeout(30)
class BoundsTest {

    private static final Name ZONE = Name.fromConstantString("example.test.");
    private static final Name HOST = Name.fromConstantString("mx.example.test.");

    private static Budget budget() {
        return new Budget(System.nanoTime() + Duration.ofSeconds(20).toNanos());
    }

    private static Record record(Name owner, int type, String data) {
        try {
            return Record.fromString(owner, type, DClass.IN, 3600, data, Name.root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<DNSKEYRecord> keysWithOneTag(int number) throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        var first = new DNSKEYRecord(ZONE, DClass.IN, 3600, DNSKEYRecord.Flags.ZONE_KEY, DNSKEYRecord.Protocol.DNSSEC, 13, generator.generateKeyPair().getPublic());
        var keys = new ArrayList<DNSKEYRecord>();
        for (int i = 0; keys.size() < number && i < 32; i++) {
            // A tag is a sum of 16-bit words: another order of words has the same.
            byte[] key = first.getKey().clone();
            for (int b = 0; b < 2; b++) {
                byte swap = key[b];
                key[b] = key[2 * i + b];
                key[2 * i + b] = swap;
            }
            keys.add(new DNSKEYRecord(ZONE, DClass.IN, 3600, DNSKEYRecord.Flags.ZONE_KEY, DNSKEYRecord.Protocol.DNSSEC, 13, key));
        }
        return keys;
    }

    /** CVE-2023-50387. */
    @Test
    void many_keys_of_one_tag_and_many_signatures_cost_a_handful_of_checks() throws Exception {
        List<DNSKEYRecord> keys = keysWithOneTag(30);
        assertThat(keys).extracting(DNSKEYRecord::getFootprint).containsOnly(keys.getFirst().getFootprint());
        var signatures = new ArrayList<RRSIGRecord>();
        // Eight, as many as are read: with two keys each that would be sixteen checks.
        for (int i = 0; i < 8; i++) {
            byte[] noise = new byte[64];
            noise[0] = (byte) (i + 1);
            signatures.add(new RRSIGRecord(HOST, DClass.IN, 3600, Type.A, 13, 3600, Instant.now().plusSeconds(3600), Instant.now().minusSeconds(3600), keys.getFirst().getFootprint(), ZONE, noise));
        }
        var set = new RrSet(HOST, Type.A, List.of(record(HOST, Type.A, "127.0.0.1")), signatures);
        var counted = budget();
        assertThat(new Signatures(Clock.systemUTC()).check(set, new Trust.Keys(ZONE, keys, Long.MAX_VALUE), counted))
                .isInstanceOfSatisfying(Signatures.Check.Invalid.class, i -> assertThat(i.why()).contains("too many signatures"));
        assertThat(counted.signature()).as("the lookup has had its share").isFalse();
    }

    @Test
    void a_message_with_a_hundred_signatures_is_read_to_the_eighth() {
        var message = new Message();
        message.addRecord(record(HOST, Type.A, "127.0.0.1"), Section.ANSWER);
        for (int i = 0; i < 100; i++) {
            message.addRecord(new RRSIGRecord(HOST, DClass.IN, 3600, Type.A, 13, 3600, Instant.now(), Instant.now(), i, ZONE, new byte[64]), Section.ANSWER);
        }
        assertThat(RrSet.find(message, Section.ANSWER, HOST, Type.A).orElseThrow().signatures()).hasSize(8);
    }

    private static NSEC3Record nsec3(String owner, int iterations, String salt, String rest) {
        return (NSEC3Record) record(Name.fromConstantString(owner + ".example.test."), Type.NSEC3, "1 0 " + iterations + " " + salt + " " + rest);
    }

    /** CVE-2023-50868, RFC 9276 section 3.2. */
    @Test
    void more_iterations_than_anybody_needs_are_insecure_and_are_not_computed() {
        Nsec3 costly = Nsec3.of(ZONE, List.of(nsec3("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", 2500, "aabb", "2t7b4g4vsa5smi47k61mv5bv1a22bojr A")), budget());
        assertThat(costly.denial(HOST, Type.TLSA)).isEqualTo(Proof.TOO_COSTLY);
        assertThat(costly.delegation(HOST)).isEqualTo(Delegation.UNSIGNED);
    }

    @Test
    void a_name_of_a_hundred_labels_is_hashed_as_often_as_the_lookup_may() throws Exception {
        Name deep = Name.fromString("a.".repeat(100) + "example.test.");
        var budget = budget();
        List<NSEC3Record> records = List.of(nsec3("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", 150, "aabb", "2t7b4g4vsa5smi47k61mv5bv1a22bojr A"));
        for (int i = 0; i < 10; i++) {
            assertThat(Nsec3.of(ZONE, records, budget).denial(deep, Type.TLSA)).isEqualTo(Proof.NOTHING);
        }
        assertThat(budget.hash()).isFalse();
    }

    /** The older chain of a zone that changed its salt, replayed beside the newer one, would hide a name from both. */
    @Test
    void NSEC3_records_of_two_chains_are_not_mixed() {
        Nsec3 mixed = Nsec3.of(ZONE, List.of(nsec3("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", 1, "aabb", "2t7b4g4vsa5smi47k61mv5bv1a22bojr A"),
                nsec3("1p9mhaveqvm6t7vbl5lop2u3t2rp3tom", 1, "ccdd", "2t7b4g4vsa5smi47k61mv5bv1a22bojr A")), budget());
        assertThat(mixed.denial(HOST, Type.TLSA)).isEqualTo(Proof.NOTHING);
    }

    @Test
    void a_key_is_neither_too_weak_nor_too_large() throws Exception {
        assertThat(Signatures.isUsable(rsa(512))).isFalse();
        assertThat(Signatures.isUsable(rsa(2048))).isTrue();
        assertThat(Signatures.isUsable(new DNSKEYRecord(ZONE, DClass.IN, 0, 256, 3, 8, new byte[9000]))).isFalse();
        assertThat(Signatures.isUsable(new DNSKEYRecord(ZONE, DClass.IN, 0, 256, 3, 8, new byte[0]))).isFalse();
        DNSKEYRecord good = rsa(2048);
        assertThat(Signatures.isUsable(new DNSKEYRecord(ZONE, DClass.IN, 0, 256 | 0x80, 3, 8, good.getKey()))).as("revoked").isFalse();
        assertThat(Signatures.isUsable(new DNSKEYRecord(ZONE, DClass.IN, 0, 0, 3, 8, good.getKey()))).as("no zone key").isFalse();
        assertThat(Signatures.isUsable(new DNSKEYRecord(ZONE, DClass.IN, 0, 256, 3, 1, good.getKey()))).as("RSA/MD5").isFalse();
    }

    private static DNSKEYRecord rsa(int bits) throws Exception {
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        return new DNSKEYRecord(ZONE, DClass.IN, 3600, DNSKEYRecord.Flags.ZONE_KEY, DNSKEYRecord.Protocol.DNSSEC, 8, generator.generateKeyPair().getPublic());
    }

    /** Every answer is another alias: the lookup ends after so many questions. */
    @Test
    void aliases_without_end_end() {
        var asked = new ArrayList<Name>();
        Upstream endless = (name, type, deadline) -> {
            asked.add(name);
            var answer = new Message();
            answer.getHeader().setFlag(Flags.QR);
            answer.addRecord(Record.newRecord(name, type, DClass.IN), Section.QUESTION);
            answer.addRecord(record(name, Type.CNAME, "a" + asked.size() + ".test."), Section.ANSWER);
            return new Upstream.Reply.Came(answer);
        };
        var validator = new Validator(TrustAnchors.root(), endless, Clock.systemUTC(), System::nanoTime, 100);
        assertThat(validator.lookup(HOST, Type.A, budget())).isInstanceOf(Outcome.Failed.class);
        assertThat(asked).hasSizeLessThan(30);
    }

    @Test
    void a_name_as_deep_as_names_go_is_asked_about_within_the_bound() throws Exception {
        int[] asked = {0};
        Upstream counting = (name, type, deadline) -> {
            asked[0]++;
            var answer = new Message();
            answer.getHeader().setRcode(Rcode.NXDOMAIN);
            return new Upstream.Reply.Came(answer);
        };
        var validator = new Validator(TrustAnchors.root(), counting, Clock.systemUTC(), System::nanoTime, 100);
        assertThat(validator.lookup(Name.fromString("a.".repeat(120)), Type.A, budget())).isInstanceOf(Outcome.Failed.class);
        assertThat(asked[0]).isLessThanOrEqualTo(60);
    }

    @Test
    void both_keys_of_the_root_are_shipped_and_files_of_either_form_are_read(@TempDir Path dir) throws IOException {
        assertThat(TrustAnchors.root().of(Name.root)).extracting(ds -> ds.getFootprint()).containsExactlyInAnyOrder(20326, 38696);
        Path file = Files.writeString(dir.resolve("root.key"), """
                ; autotrust
                .\t86400\tIN\tDNSKEY\t257 3 8 \
                AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN7SWXgnLh4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8Pz\
                gCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb9tarpVUDK/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6+cn8HFRm+2hM\
                8AnXGXws9555KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU= ;{id = 20326 (ksk)}
                island.test. IN DS 1 13 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
                """);
        TrustAnchors read = TrustAnchors.read(file);
        // The digest computed from the published key is the published digest.
        assertThat(read.of(Name.root)).singleElement().satisfies(ds -> assertThat(TrustAnchors.root().of(Name.root)).extracting(r -> r.rdataToString()).contains(ds.rdataToString()));
        assertThat(read.zones()).containsExactly(Name.root, Name.fromConstantString("island.test."));
        Files.writeString(file, "# nothing\n. IN DS nonsense\n");
        assertThatThrownBy(() -> TrustAnchors.read(file)).isInstanceOf(IOException.class).hasMessageContaining("root.key");
    }
}
