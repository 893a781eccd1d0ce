// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.util.List;
import org.ostler.mail.dns.Tlsa;

/**
 * What a peer's certificates are judged by. Immutable values; two equal proofs ask the same.
 *
 * <p>Names are host names in A-label form and lower case. One that begins with a dot matches every name below it; matching is that of RFC 6125 with a wildcard as the whole left-most label only.
 */
public sealed interface Proof {

    /** Nothing is asked: levels may and encrypt. */
    record None() implements Proof {}

    /**
     * A chain to an authority (RFC 5280), and a name.
     *
     * @param names       one of them must be in the certificate
     * @param anchorFiles PEM files with the only authorities that count; empty: those of {@code smtp_tls_CAfile}, {@code smtp_tls_CApath} and, where that is on, the system's
     * @param webPki      count the system's authorities whatever the parameters say: MTA-STS (RFC 8461 section 4.2)
     */
    record Authority(List<String> names, List<String> anchorFiles, boolean webPki) implements Proof {
        public Authority {
            names = List.copyOf(names);
            anchorFiles = List.copyOf(anchorFiles);
        }
    }

    /**
     * A digest of the certificate or of its public key.
     *
     * @param algorithm as in {@code smtp_tls_fingerprint_digest}: {@code sha256}
     * @param digests   hexadecimal with colons, in capitals; any one suffices
     */
    record Fingerprints(String algorithm, List<String> digests) implements Proof {
        public Fingerprints {
            digests = List.copyOf(digests);
        }
    }

    /**
     * TLSA records (RFC 7672).
     *
     * @param records usable ones, at least one, secure
     * @param names   reference identifiers for usage 2, the TLSA base domain first
     */
    record Dane(List<Tlsa> records, List<String> names) implements Proof {
        public Dane {
            records = List.copyOf(records);
            names = List.copyOf(names);
            if (records.isEmpty()) {
                throw new IllegalArgumentException("no TLSA records");
            }
        }
    }

    Proof NONE = new None();
}
