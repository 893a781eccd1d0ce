// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

import java.util.function.IntPredicate;
import org.xbill.DNS.Type;

/** What the absence of a DS proves about a name in its parent zone. */
enum Delegation {
    /** No zone begins here. */
    NONE,
    /** A zone begins here, or may begin in an opt-out span, and it is not signed. */
    UNSIGNED,
    UNPROVED;

    /** From the types of a record at that very name. One with SOA is the child's own and says nothing about the parent's DS (RFC 4035 section 5.2). */
    static Delegation of(IntPredicate hasType) {
        if (hasType.test(Type.DS) || hasType.test(Type.SOA) || hasType.test(Type.CNAME)) {
            return UNPROVED;
        }
        return hasType.test(Type.NS) ? UNSIGNED : NONE;
    }
}
