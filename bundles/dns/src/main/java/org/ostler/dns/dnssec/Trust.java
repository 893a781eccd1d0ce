// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

import java.util.List;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/** What is known of the zone that a name lies in. Lifetimes are on the monotonic clock of {@link Zones}. */
sealed interface Trust {

    long until();

    /** @param keys those that may sign: zone keys, not revoked, of a known algorithm and a reasonable size */
    record Keys(Name zone, List<DNSKEYRecord> keys, long until) implements Trust {}

    /** Proved to be unsigned, or signed in ways that nobody here can check. */
    record Insecure(String why, long until) implements Trust {}

    /** @param bogus false where somebody could not be asked */
    record Broken(String why, boolean bogus, long until) implements Trust {}
}
