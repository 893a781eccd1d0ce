// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.Trait;

/**
 * A table with a count of the lookups inside it; closes once it is retired and the count is zero.
 *
 * <p><b>Threads</b> any, without a lock on the way of a lookup. <b>Blocking</b> {@link #retire} may run the table's {@code close}.
 */
final class OpenTable {

    /** Lookups of one table that may be overdue at a time; each holds a virtual thread. */
    private static final int MAX_SLOW = 500;
    /** Added to the count of users when the table is retired. */
    private static final int RETIRED = Integer.MIN_VALUE;

    final Table table;
    final Provider provider;
    /** The registry's and configuration's state for which it was opened. */
    volatile long version;
    final boolean caseSensitive;
    final boolean patterns;
    /** Places for lookups that may block; null where they do not. */
    final Semaphore slow;
    final FileWatch watch;
    private final AtomicInteger users = new AtomicInteger();

    OpenTable(Table table, Provider provider, long version, FileWatch watch) {
        this.table = table;
        this.provider = provider;
        this.version = version;
        this.watch = watch;
        Set<Trait> traits = table.traits();
        caseSensitive = traits.contains(Trait.CASE_SENSITIVE_KEYS);
        patterns = traits.contains(Trait.KEYS_ARE_PATTERNS);
        slow = traits.contains(Trait.MAY_BLOCK) ? new Semaphore(MAX_SLOW) : null;
    }

    /** Before a lookup; false where the table is retired. */
    boolean enter() {
        int now;
        do {
            now = users.get();
            if (now < 0) {
                return false;
            }
        } while (!users.compareAndSet(now, now + 1));
        return true;
    }

    /** After a lookup. */
    void leave() {
        if (users.decrementAndGet() == RETIRED) {
            close();
        }
    }

    /** No further lookups; safe to call again. */
    void retire() {
        int now;
        do {
            now = users.get();
            if (now < 0) {
                return;
            }
        } while (!users.compareAndSet(now, now + RETIRED));
        if (now == 0) {
            close();
        }
    }

    private void close() {
        try {
            table.close();
        } finally {
            provider.closed(this);
        }
    }
}
