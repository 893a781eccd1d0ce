// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.DnsAnswer.Security;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Reads an answer message: follows CNAMEs inside it, collects records and the least time to live, tells NXDOMAIN from an empty answer.
 *
 * <p>Pure functions. The result may be {@link Step.Elsewhere}: the chain of aliases leads out of this message and the rest must be asked for.
 */
final class Reading {

    /** Aliases of aliases beyond this are taken for a loop. */
    static final int MAX_CHAIN = 10;

    sealed interface Step<T> {
        record Done<T>(DnsAnswer<T> answer, Duration keep) implements Step<T> {}
        record Elsewhere<T>(Name name, long ttl) implements Step<T> {}
    }

    private Reading() {}

    /** @param ttlSoFar least TTL of the aliases that led to {@code asked}, in seconds */
    static <T> Step<T> read(Message message, Name asked, int type, long ttlSoFar, Security status, Function<Record, T> value) {
        Name at = asked;
        long ttl = ttlSoFar;
        var seen = new HashSet<Name>();
        List<Record> section = message.getSection(Section.ANSWER);
        while (seen.add(at) && seen.size() <= MAX_CHAIN) {
            var found = new ArrayList<T>();
            Name alias = null;
            for (Record r : section) {
                if (!r.getName().equals(at)) {
                    continue;
                }
                if (r.getType() == type) {
                    found.add(value.apply(r));
                    ttl = Math.min(ttl, r.getTTL());
                } else if (r instanceof CNAMERecord c && type != Type.CNAME) {
                    alias = c.getTarget();
                    ttl = Math.min(ttl, r.getTTL());
                }
            }
            if (!found.isEmpty()) {
                Duration lifetime = Duration.ofSeconds(ttl);
                return new Step.Done<>(new DnsAnswer.Records<>(found, text(at), lifetime, status), lifetime);
            }
            if (alias == null) {
                return negative(message, at, at.equals(asked), ttl, status);
            }
            at = alias;
        }
        return new Step.Done<>(new DnsAnswer.Failed<>("alias loop at " + text(at), false), Duration.ZERO);
    }

    private static <T> Step<T> negative(Message message, Name at, boolean direct, long ttl, Security status) {
        long least = -1;
        for (Record r : message.getSection(Section.AUTHORITY)) {
            if (r instanceof SOARecord soa) {
                // RFC 2308 section 5: the lesser of the SOA's own TTL and its minimum field.
                least = Math.min(ttl, Math.min(soa.getTTL(), soa.getMinimum()));
            }
        }
        // NXDOMAIN is about the last name of the chain (RFC 6604 section 3).
        if (message.getRcode() == Rcode.NXDOMAIN) {
            Duration keep = Duration.ofSeconds(Math.max(least, 0));
            return new Step.Done<>(new DnsAnswer.NoSuchName<>(keep, status), keep);
        }
        if (least < 0 && !direct) {
            return new Step.Elsewhere<>(at, ttl);
        }
        boolean referral = least < 0 && message.getSection(Section.AUTHORITY).stream().anyMatch(r -> r.getType() == Type.NS);
        if (referral) {
            return new Step.Done<>(new DnsAnswer.Failed<>("referral instead of an answer for " + text(at), false), Duration.ZERO);
        }
        Duration keep = Duration.ofSeconds(Math.max(least, 0));
        return new Step.Done<>(new DnsAnswer.NoData<>(keep, status), keep);
    }

    static String text(Name name) {
        String text = name.toString(true).toLowerCase(Locale.ROOT);
        return text.isEmpty() ? "." : text;
    }
}
