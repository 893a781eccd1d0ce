// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The NSEC and NSEC3 records of one message that one zone has signed, and what they prove together.
 *
 * <p><b>Threads</b> one lookup's.
 */
final class Denials {

    private static final List<Integer> TYPES = List.of(Type.NSEC, Type.NSEC3);
    /** Three prove anything in either way; a message with aliases may carry a few more. */
    private static final int MOST_SETS = 12;

    private final Nsec nsec;
    private final Nsec3 nsec3;
    private final long ttl;
    private final String trouble;

    private Denials(Nsec nsec, Nsec3 nsec3, long ttl, String trouble) {
        this.nsec = nsec;
        this.nsec3 = nsec3;
        this.ttl = ttl;
        this.trouble = trouble;
    }

    /** The zone that has signed the absence of a name, as the message claims. */
    static Optional<Name> signer(Message message, Name name) {
        return RrSet.all(message, Section.AUTHORITY, TYPES, MOST_SETS).stream().flatMap(set -> set.signatures().stream()).map(s -> s.getSigner())
                .filter(name::subdomain).max((a, b) -> a.labels() - b.labels());
    }

    static Denials verified(Message message, Trust.Keys keys, Signatures signatures, Budget budget) {
        var nsec = new ArrayList<NSECRecord>();
        var nsec3 = new ArrayList<NSEC3Record>();
        long ttl = Long.MAX_VALUE;
        String trouble = "";
        for (RrSet set : RrSet.all(message, Section.AUTHORITY, TYPES, MOST_SETS)) {
            switch (signatures.check(set, keys, budget)) {
                case Signatures.Check.Invalid(String why) -> trouble = ": " + why;
                case Signatures.Check.Valid(var signature, long seconds) -> {
                    // Out of a wildcard, the owner would be whatever the sender liked.
                    if (signature.getLabels() == RrSet.labels(set.name())) {
                        ttl = Math.min(ttl, seconds);
                        set.records().forEach(r -> {
                            if (r instanceof NSECRecord n) {
                                nsec.add(n);
                            } else if (r instanceof NSEC3Record n) {
                                nsec3.add(n);
                            }
                        });
                    }
                }
            }
        }
        return new Denials(new Nsec(keys.zone(), nsec), Nsec3.of(keys.zone(), nsec3, budget), ttl == Long.MAX_VALUE ? 0 : ttl, trouble);
    }

    Proof denial(Name name, int type) {
        Proof proof = nsec.denial(name, type);
        return proof.isProved() ? proof : nsec3.denial(name, type);
    }

    Delegation delegation(Name name) {
        Delegation delegation = nsec.delegation(name);
        return delegation != Delegation.UNPROVED ? delegation : nsec3.delegation(name);
    }

    /** Whether records for a name may come from a wildcard with so many labels. */
    Proof expansion(Name name, int labels) {
        return nsec.allowsExpansion(name, labels) ? Proof.NO_SUCH_NAME : nsec3.expansion(name, labels);
    }

    /** Seconds. */
    long ttl() {
        return ttl;
    }

    /** Empty, or a colon and why one of the records did not count. */
    String trouble() {
        return trouble;
    }
}
