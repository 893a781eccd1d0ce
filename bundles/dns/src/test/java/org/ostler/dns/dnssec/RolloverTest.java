// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Section;

/** A root that shows its next key: the operator hears of it before it counts, and nothing else changes. */
@Timeout(30)
class RolloverTest {

    private static final int SIGNS_KEYS = DNSKEYRecord.Flags.ZONE_KEY | DNSKEYRecord.Flags.SEP_KEY;

    @TempDir Path dir;
    private final List<String> remarks = new ArrayList<>();
    private KeyPair pair;
    private DNSKEYRecord anchored;

    @BeforeEach
    void anchor() throws Exception {
        pair = pair();
        anchored = key(SIGNS_KEYS, pair);
    }

    private static KeyPair pair() throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static DNSKEYRecord key(int flags, KeyPair keys) throws Exception {
        return new DNSKEYRecord(Name.root, DClass.IN, 3600, flags, DNSKEYRecord.Protocol.DNSSEC, DNSSEC.Algorithm.ECDSAP256SHA256, keys.getPublic());
    }

    /** The root with these keys beside the one that signs them. */
    private Zones root(DNSKEYRecord... others) throws Exception {
        var set = new RRset();
        set.addRR(anchored);
        Arrays.stream(others).forEach(set::addRR);
        var answer = new Message();
        set.rrs().forEach(r -> answer.addRecord(r, Section.ANSWER));
        answer.addRecord(DNSSEC.sign(set, anchored, pair.getPrivate(), Instant.now().minusSeconds(60), Instant.now().plusSeconds(3600)), Section.ANSWER);
        Path file = Files.writeString(dir.resolve("root.key"), new DSRecord(Name.root, DClass.IN, 3600, DNSSEC.Digest.SHA256, anchored) + "\n");
        return new Zones(TrustAnchors.read(file), new Signatures(Clock.systemUTC()), new Upstream() {
            @Override
            public Reply ask(Name name, int type, Budget budget) {
                return new Reply.Came(answer);
            }

            @Override
            public void remark(String text) {
                remarks.add(text);
            }
        }, System::nanoTime, 100);
    }

    private static Trust ask(Zones zones) {
        return zones.of(Name.root, new Budget(System.nanoTime() + Duration.ofSeconds(20).toNanos()));
    }

    @Test
    void a_key_that_no_anchor_names_is_remarked_on() throws Exception {
        DNSKEYRecord next = key(SIGNS_KEYS, pair());
        assertThat(ask(root(next))).isInstanceOf(Trust.Keys.class);
        assertThat(remarks).singleElement().asString().startsWith("zone . has a key " + next.getFootprint() + " that no trust anchor names");
    }

    @Test
    void keys_that_sign_other_records_only_and_those_that_are_withdrawn_are_not() throws Exception {
        assertThat(ask(root(key(DNSKEYRecord.Flags.ZONE_KEY, pair()), key(SIGNS_KEYS | DNSKEYRecord.Flags.REVOKE, pair())))).isInstanceOf(Trust.Keys.class);
        assertThat(remarks).isEmpty();
    }
}
