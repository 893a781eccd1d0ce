// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * All records of one name and type in one section, with the signatures that may speak for them.
 *
 * @param records    at least one
 * @param signatures only by the zone of the name or one above (RFC 4035 section 5.3.1): a signature by anybody else says nothing, in particular not that the name is where that signer is
 */
record RrSet(Name name, int type, List<Record> records, List<RRSIGRecord> signatures) {

    private static final int MOST_SIGNATURES = 8;

    static Optional<RrSet> find(Message message, int section, Name name, int type) {
        var records = new LinkedHashSet<Record>();
        var signatures = new ArrayList<RRSIGRecord>();
        for (Record r : message.getSection(section)) {
            if (!r.getName().equals(name) || r.getDClass() != DClass.IN) {
                continue;
            }
            if (r.getType() == type) {
                records.add(r);
            } else if (r instanceof RRSIGRecord s && s.getTypeCovered() == type && speaksFor(s, name) && signatures.size() < MOST_SIGNATURES) {
                signatures.add(s);
            }
        }
        return records.isEmpty() ? Optional.empty() : Optional.of(new RrSet(name, type, List.copyOf(records), signatures));
    }

    /** Sets of the given types, whatever their names, at most {@code limit}. */
    static List<RrSet> all(Message message, int section, List<Integer> types, int limit) {
        var sets = new ArrayList<RrSet>();
        record Id(Name name, int type) {}
        var seen = new LinkedHashSet<Id>();
        for (Record r : message.getSection(section)) {
            if (types.contains(r.getType()) && seen.size() < limit && seen.add(new Id(r.getName(), r.getType()))) {
                find(message, section, r.getName(), r.getType()).ifPresent(sets::add);
            }
        }
        return sets;
    }

    private static boolean speaksFor(RRSIGRecord signature, Name name) {
        return name.subdomain(signature.getSigner()) && signature.getLabels() <= labels(name) && signature.getDClass() == DClass.IN;
    }

    /** Labels as an RRSIG counts them: neither the root nor a leading asterisk (RFC 4034 section 3.1.3). */
    static int labels(Name name) {
        return name.labels() - 1 - (name.isWild() ? 1 : 0);
    }

    long ttl() {
        return records.stream().mapToLong(Record::getTTL).min().orElse(0);
    }

    String show() {
        return name + " " + Type.string(type);
    }
}
