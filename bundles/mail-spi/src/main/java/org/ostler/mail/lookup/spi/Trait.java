// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

/** What callers must know of a table. */
public enum Trait {
    /** Keys reach the table as they are, not folded to lower case. */
    CASE_SENSITIVE_KEYS,
    /** The table matches patterns against whole keys (regexp, pcre, cidr, static ...): callers do not try partial keys. */
    KEYS_ARE_PATTERNS,
    /**
     * A lookup may wait for a network or another program: it runs on a thread of its own and is given up, interrupted, at the deadline. Who asks the same within a short time may be given the same answer again
     * ({@link org.ostler.mail.lookup.Recall}), for 30 seconds at most.
     */
    MAY_BLOCK,
    /**
     * With {@link #MAY_BLOCK}: the waiting may happen inside native code, which keeps the carrier of a virtual thread. Such lookups run on a few platform threads of their own, so that they hold up
     * nobody else.
     */
    HOLDS_THREADS
}
