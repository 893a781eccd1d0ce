// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns.dnssec;

/** What verified NSEC or NSEC3 records say about a name and type. The response code of a message is not signed, so it is not asked. */
enum Proof {
    NO_DATA,
    NO_SUCH_NAME,
    /** As before, but in a span where unsigned delegations may hide (RFC 5155 section 9.2): an insecure denial. */
    NO_DATA_OPT_OUT,
    NO_SUCH_NAME_OPT_OUT,
    /** More hash rounds than anybody should compute: insecure (RFC 9276 section 3.2). */
    TOO_COSTLY,
    NOTHING;

    boolean isProved() {
        return this != NOTHING;
    }

    boolean isSecure() {
        return this == NO_DATA || this == NO_SUCH_NAME;
    }

    boolean saysNoSuchName() {
        return this == NO_SUCH_NAME || this == NO_SUCH_NAME_OPT_OUT;
    }
}
