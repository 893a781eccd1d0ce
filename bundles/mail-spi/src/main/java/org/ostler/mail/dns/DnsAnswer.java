// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.dns;

import java.time.Duration;
import java.util.List;

/**
 * What the DNS says. Every answer is secure (proved by DNSSEC), insecure (proved to be unsigned, or unsigned below such a delegation), bogus or failed, and says how long it holds.
 *
 * @param <T> kind of record
 */
public sealed interface DnsAnswer<T> {

    /**
     * @param records at least one
     * @param name    owner after CNAMEs, lower case, no final dot
     * @param ttl     least TTL of the chain
     * @param status  whether every step was proved
     */
    record Records<T>(List<T> records, String name, Duration ttl, Security status) implements DnsAnswer<T> {
        public Records {
            records = List.copyOf(records);
            if (records.isEmpty()) {
                throw new IllegalArgumentException("no records");
            }
        }
    }

    /** The name exists, without records of this type. */
    record NoData<T>(Duration ttl, Security status) implements DnsAnswer<T> {}

    /** The name does not exist. */
    record NoSuchName<T>(Duration ttl, Security status) implements DnsAnswer<T> {}

    /**
     * Nobody answered, or the answer cannot be used: try again later. Never "no such record", whatever the cause: a timeout, SERVFAIL, REFUSED, nonsense, or signatures that do not hold.
     *
     * @param reason for the log, in an operator's words
     * @param bogus  validation failed: the zone is broken, or somebody lies
     * @param ttl    how long asking again would give the same answer from memory
     */
    record Failed<T>(String reason, boolean bogus, Duration ttl) implements DnsAnswer<T> {
        public Failed(String reason, boolean bogus) {
            this(reason, bogus, Duration.ZERO);
        }
    }

    /** Whether every step to this answer was proved. An answer that is not secure is as usable as DNS without DNSSEC. */
    default boolean isSecure() {
        return switch (this) {
            case Records<T> r -> r.status() == Security.SECURE;
            case NoData<T> n -> n.status() == Security.SECURE;
            case NoSuchName<T> n -> n.status() == Security.SECURE;
            case Failed<T> _ -> false;
        };
    }

    /**
     * DNSSEC status.
     *
     * <p>SECURE: proved, from a trust anchor to the record or to its absence. INSECURE: proved that the zone is unsigned or signed in ways that nobody here can check. UNCHECKED: nobody asked, or
     * nobody could check ({@link Dns#dnssecTrouble} says why); for decisions the same as INSECURE.
     */
    enum Security { SECURE, INSECURE, UNCHECKED }
}
