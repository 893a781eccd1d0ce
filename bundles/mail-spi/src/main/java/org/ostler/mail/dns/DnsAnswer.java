// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.dns;

import java.time.Duration;
import java.util.List;

/** What the DNS says. @param <T> kind of record */
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
     * Nobody answered, or the answer cannot be used: try again later.
     *
     * @param reason for the log, in an operator's words
     * @param bogus  validation failed
     */
    record Failed<T>(String reason, boolean bogus) implements DnsAnswer<T> {}

    /** DNSSEC status; UNCHECKED where nobody asked for it. */
    enum Security { SECURE, INSECURE, UNCHECKED }
}
