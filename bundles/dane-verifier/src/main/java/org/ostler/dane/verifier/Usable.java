// SPDX-License-Identifier: Apache-2.0
package org.ostler.dane.verifier;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.ostler.mail.dns.Tlsa;

/**
 * The records of a set that a client can and may use, and why the others are left out.
 *
 * <p>Left out: usages 0 and 1 (RFC 7672 section 3.1.3), unknown usages, selectors and matching types, digests of the wrong length, certificates and keys that cannot be read, records beyond
 * {@value #MOST}. Of several digests with one usage and selector only those by the algorithm that {@code tls_dane_digests} puts first stay (RFC 7671 section 9); what is published whole stays in any case.
 *
 * @param records in the order of the answer
 * @param notes   one line for each record left out
 */
record Usable(List<Tlsa> records, List<String> notes) {

    /** Of one host; more are a mistake or an attack. */
    static final int MOST = 100;
    static final int TRUST_ANCHOR = 2;
    static final int END_ENTITY = 3;
    static final int CERTIFICATE = 0;
    static final int KEY = 1;
    static final int WHOLE = 0;

    /** @param digests {@code sha512 sha256}, the preferred first; unknown words do nothing */
    static Usable of(List<Tlsa> all, List<String> digests) {
        var notes = new ArrayList<String>();
        var kept = new ArrayList<Tlsa>();
        for (Tlsa record : new LinkedHashSet<>(all)) {
            String flaw = kept.size() >= MOST ? "too many records" : flaw(record, digests);
            if (flaw.isEmpty()) {
                kept.add(record);
            } else {
                notes.add("unusable TLSA record " + brief(record) + ": " + flaw);
            }
        }
        return new Usable(agile(kept, digests, notes), List.copyOf(notes));
    }

    private static String flaw(Tlsa record, List<String> digests) {
        if (record.usage() != TRUST_ANCHOR && record.usage() != END_ENTITY) {
            return "usage " + record.usage();
        }
        if (record.selector() != CERTIFICATE && record.selector() != KEY) {
            return "selector " + record.selector();
        }
        if (record.matchingType() == WHOLE) {
            return whole(record);
        }
        Digest digest = Digest.of(record.matchingType());
        if (digest == null || rank(digests, record.matchingType()) < 0) {
            return "matching type " + record.matchingType();
        }
        return record.data().length == digest.length ? "" : "digest of " + record.data().length + " bytes";
    }

    /** What is published whole must be what it says: bytes that are no certificate can be part of no chain. */
    private static String whole(Tlsa record) {
        if (record.selector() == KEY) {
            return Keys.read(record.data()).isPresent() ? "" : "not a public key";
        }
        // An end-entity certificate is compared byte by byte, so that it need not be one that this JDK can read.
        if (record.usage() == END_ENTITY) {
            return record.data().length > 0 ? "" : "no certificate";
        }
        return Keys.certificate(record.data()).map(X509Certificate::getVersion).isPresent() ? "" : "not a certificate";
    }

    private static List<Tlsa> agile(List<Tlsa> records, List<String> digests, List<String> notes) {
        Map<Integer, Integer> best = new HashMap<>();
        for (Tlsa record : records) {
            if (record.matchingType() != WHOLE) {
                best.merge(group(record), rank(digests, record.matchingType()), Math::min);
            }
        }
        var strongest = new ArrayList<Tlsa>();
        for (Tlsa record : records) {
            if (record.matchingType() == WHOLE || rank(digests, record.matchingType()) == best.get(group(record))) {
                strongest.add(record);
            } else {
                notes.add("TLSA record " + brief(record) + " left aside for a stronger digest");
            }
        }
        return List.copyOf(strongest);
    }

    private static int group(Tlsa record) {
        return record.usage() << 8 | record.selector();
    }

    /** Place in the list of preferences; -1 where it is not in it. */
    private static int rank(List<String> digests, int matchingType) {
        Digest digest = Digest.of(matchingType);
        for (int i = 0; digest != null && i < digests.size(); i++) {
            if (digest == Digest.named(digests.get(i))) {
                return i;
            }
        }
        return -1;
    }

    /** {@code 3 1 1 0123456789abcdef...}: enough to find it in the zone. */
    static String brief(Tlsa record) {
        String text = record.toString();
        return text.length() > 40 ? text.substring(0, 40) + "..." : text;
    }
}
