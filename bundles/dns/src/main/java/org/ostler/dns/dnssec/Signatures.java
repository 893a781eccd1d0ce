// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

import java.security.interfaces.RSAPublicKey;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DNSSEC.DNSSECException;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;

/**
 * Checks the signatures of one set of records (RFC 4035 section 5.3).
 *
 * <p><b>Security</b> keys and signatures are untrusted until checked: sizes, numbers and failures are bounded before any arithmetic. <b>Threads</b> any; no state.
 */
final class Signatures {

    /** Algorithms checked here: RSA with SHA-1, SHA-256, SHA-512, ECDSA P-256 and P-384, Ed25519, Ed448 (RFC 8624 section 3.1 without what must not be used). */
    static final Set<Integer> ALGORITHMS = Set.of(5, 7, 8, 10, 13, 14, 15, 16);
    /** SHA-1, SHA-256, SHA-384 (RFC 8624 section 3.3). */
    static final Set<Integer> DIGESTS = Set.of(1, 2, 4);

    private static final int LEAST_RSA_BITS = 1024;
    private static final int MOST_RSA_BITS = 4096;
    private static final int MOST_EXPONENT_BITS = 64;
    private static final int MOST_KEY_BYTES = 1100;
    /** Keys with one tag and algorithm: two during a roll that met bad luck; more is an attack. */
    private static final int KEYS_PER_SIGNATURE = 2;
    private static final int REVOKED = 0x80;

    sealed interface Check {
        /** @param ttl seconds: the least of the records' own, the signed one and the signature's remaining life (RFC 4035 section 5.3.3) */
        record Valid(RRSIGRecord signature, long ttl) implements Check {}

        record Invalid(String why) implements Check {}
    }

    private final Clock clock;

    Signatures(Clock clock) {
        this.clock = clock;
    }

    Check check(RrSet set, Trust.Keys trusted, Budget budget) {
        String why = set.signatures().isEmpty() ? "no signature on " + set.show() : "no signature on " + set.show() + " by a key of " + trusted.zone();
        for (RRSIGRecord signature : set.signatures()) {
            if (!signature.getSigner().equals(trusted.zone())) {
                continue;
            }
            String outside = outsideItsTime(signature, set);
            if (outside != null) {
                why = outside;
                continue;
            }
            List<DNSKEYRecord> keys = trusted.keys().stream().filter(k -> k.getAlgorithm() == signature.getAlgorithm() && k.getFootprint() == signature.getFootprint())
                    .limit(KEYS_PER_SIGNATURE).toList();
            for (DNSKEYRecord key : keys) {
                if (!budget.signature()) {
                    return new Check.Invalid("too many signatures to check for " + set.show());
                }
                if (holds(set, signature, key)) {
                    return new Check.Valid(signature, ttl(set, signature));
                }
                budget.failedSignature();
                why = "the signature on " + set.show() + " by " + trusted.zone() + " key " + key.getFootprint() + " does not match";
            }
        }
        return new Check.Invalid(why);
    }

    private boolean holds(RrSet set, RRSIGRecord signature, DNSKEYRecord key) {
        try {
            DNSSEC.verify(new RRset(set.records()), signature, key, clock.instant());
            return true;
        } catch (DNSSECException | RuntimeException _) {
            // Untrusted bytes: whatever the library stumbles over is no signature.
            return false;
        }
    }

    private String outsideItsTime(RRSIGRecord signature, RrSet set) {
        Instant now = clock.instant();
        if (now.isAfter(signature.getExpire())) {
            return "the signature on " + set.show() + " by " + signature.getSigner() + " expired on " + signature.getExpire() + " (the clock here says " + now + ")";
        }
        if (now.isBefore(signature.getTimeSigned())) {
            return "the signature on " + set.show() + " by " + signature.getSigner() + " begins on " + signature.getTimeSigned() + " (the clock here says " + now + ")";
        }
        return null;
    }

    private long ttl(RrSet set, RRSIGRecord signature) {
        long life = signature.getExpire().getEpochSecond() - clock.instant().getEpochSecond();
        return Math.max(0, Math.min(Math.min(set.ttl(), signature.getOrigTTL()), life));
    }

    /** Whether a key may sign a zone, and whether its size is one that is safe and cheap. */
    static boolean isUsable(DNSKEYRecord key) {
        boolean zoneKey = (key.getFlags() & DNSKEYRecord.Flags.ZONE_KEY) != 0 && (key.getFlags() & REVOKED) == 0 && key.getProtocol() == DNSKEYRecord.Protocol.DNSSEC;
        return zoneKey && ALGORITHMS.contains(key.getAlgorithm()) && isReasonable(key);
    }

    private static boolean isReasonable(DNSKEYRecord key) {
        if (key.getKey().length > MOST_KEY_BYTES) {
            return false;
        }
        try {
            if (key.getPublicKey() instanceof RSAPublicKey rsa) {
                int bits = rsa.getModulus().bitLength();
                return bits >= LEAST_RSA_BITS && bits <= MOST_RSA_BITS && rsa.getPublicExponent().bitLength() <= MOST_EXPONENT_BITS;
            }
            return true;
        } catch (DNSSECException | RuntimeException _) {
            return false;
        }
    }
}
