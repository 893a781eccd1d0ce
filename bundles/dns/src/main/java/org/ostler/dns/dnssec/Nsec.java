// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

import java.util.List;
import java.util.Optional;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Type;

/**
 * What the NSEC records of one zone prove (RFC 4035 section 5.4, RFC 6840 section 4). The records are verified and not expanded from a wildcard.
 *
 * <p>Pure functions.
 */
record Nsec(Name zone, List<NSECRecord> records) {

    static final Name ASTERISK = Name.fromConstantString("*");

    /** What is proved about a name and a type other than DS. */
    Proof denial(Name name, int type) {
        Optional<NSECRecord> exact = at(name);
        if (exact.isPresent()) {
            return lacks(exact.get(), type) ? Proof.NO_DATA : Proof.NOTHING;
        }
        Optional<NSECRecord> around = covering(name);
        if (around.isEmpty()) {
            return Proof.NOTHING;
        }
        if (isBelow(around.get().getNext(), name)) {
            return Proof.NO_DATA; // an empty non-terminal: something below it exists
        }
        Name wildcard = wildcard(closestEncloser(name, around.get()));
        if (wildcard == null) {
            return Proof.NOTHING;
        }
        Optional<NSECRecord> source = at(wildcard);
        if (source.isPresent()) {
            return lacks(source.get(), type) ? Proof.NO_DATA : Proof.NOTHING;
        }
        return covering(wildcard).isPresent() ? Proof.NO_SUCH_NAME : Proof.NOTHING;
    }

    /** Whether a name of the parent's has a DS: what its NSEC says about a delegation there. */
    Delegation delegation(Name name) {
        Optional<NSECRecord> exact = at(name);
        if (exact.isPresent()) {
            return Delegation.of(exact.get()::hasType);
        }
        // No such name, or nothing at it: whatever lies below lies in this zone.
        return covering(name).isPresent() ? Delegation.NONE : Delegation.UNPROVED;
    }

    /** Whether records for {@code name} may come from the wildcard that a signature with {@code labels} labels speaks of: nothing nearer exists. */
    boolean allowsExpansion(Name name, int labels) {
        return covering(name).filter(n -> RrSet.labels(closestEncloser(name, n)) == labels && !isBelow(n.getNext(), name)).isPresent();
    }

    private Optional<NSECRecord> at(Name name) {
        return records.stream().filter(n -> n.getName().equals(name)).findFirst();
    }

    private Optional<NSECRecord> covering(Name name) {
        return records.stream().filter(n -> covers(n, name)).findFirst();
    }

    private boolean covers(NSECRecord nsec, Name name) {
        Name owner = nsec.getName();
        Name next = nsec.getNext();
        if (!name.subdomain(zone) || !next.subdomain(zone) || owner.compareTo(name) >= 0) {
            return false;
        }
        if (name.subdomain(owner) && (nsec.hasType(Type.DNAME) || isDelegation(nsec))) {
            return false; // the zone has no say below those
        }
        // Only the last record of a zone points back, and then to its top.
        return owner.compareTo(next) < 0 ? name.compareTo(next) < 0 : next.equals(zone);
    }

    private static boolean lacks(NSECRecord nsec, int type) {
        return !nsec.hasType(type) && !nsec.hasType(Type.CNAME) && !isDelegation(nsec);
    }

    private static boolean isDelegation(NSECRecord nsec) {
        return nsec.hasType(Type.NS) && !nsec.hasType(Type.SOA);
    }

    private static Name closestEncloser(Name name, NSECRecord nsec) {
        Name a = common(name, nsec.getName());
        Name b = common(name, nsec.getNext());
        return a.labels() > b.labels() ? a : b;
    }

    private static Name common(Name a, Name b) {
        Name at = a;
        while (!b.subdomain(at)) {
            at = new Name(at, 1);
        }
        return at;
    }

    static boolean isBelow(Name name, Name above) {
        return name.subdomain(above) && !name.equals(above);
    }

    /** Null where the name is too long to have one, and then it has none. */
    static Name wildcard(Name encloser) {
        try {
            return Name.concatenate(ASTERISK, encloser);
        } catch (NameTooLongException _) {
            return null;
        }
    }
}
