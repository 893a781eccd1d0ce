// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.Trait;

/**
 * A table with a count of the lookups inside it; closes once it is retired and the count is zero.
 *
 * <p><b>Threads</b> any, without a lock on the way of a lookup. <b>Blocking</b> {@link #retire} may run the table's {@code close}. <b>Errors</b> none: what goes wrong while a table closes is a warning.
 */
final class OpenTable {

    /** Added to the count of users when the table is retired. */
    private static final int RETIRED = Integer.MIN_VALUE;

    final Table table;
    final Provider provider;
    /** The registry's and configuration's state for which it was opened. */
    final long version;
    final boolean caseSensitive;
    final boolean patterns;
    /** Whether it asks other tables. */
    final boolean parts;
    /** Where lookups that may block run; null where they do not. */
    final SlowLookup slow;
    final FileWatch watch;
    final Lookout lookout = new Lookout();
    private final Consumer<String> warnings;
    private final Consumer<OpenTable> forget;
    private final AtomicInteger users = new AtomicInteger();
    private volatile boolean over;

    /**
     * What is known from its opening.
     *
     * @param version  the registry's and configuration's state for which it was opened
     * @param parts    whether it asks other tables
     * @param warnings takes a finished line
     * @param forget   is told when it has closed
     */
    record Origin(long version, boolean parts, Consumer<String> warnings, Consumer<OpenTable> forget) {}

    OpenTable(Table table, Provider provider, FileWatch watch, Origin origin) {
        this.table = table;
        this.provider = provider;
        this.version = origin.version;
        this.parts = origin.parts;
        this.warnings = origin.warnings;
        this.forget = origin.forget;
        this.watch = watch;
        Set<Trait> traits = table.traits();
        caseSensitive = traits.contains(Trait.CASE_SENSITIVE_KEYS);
        patterns = traits.contains(Trait.KEYS_ARE_PATTERNS);
        slow = traits.contains(Trait.MAY_BLOCK) ? new SlowLookup(this, traits.contains(Trait.HOLDS_THREADS)) : null;
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

    /** It closes, or has closed. */
    boolean isOver() {
        return over;
    }

    private void close() {
        over = true;
        try {
            if (slow != null) {
                slow.close();
            }
            table.close();
        } catch (RuntimeException | Error e) {
            // Whoever happened to ask last must not suffer for it.
            warnings.accept("close: " + e);
        } finally {
            forget.accept(this);
            provider.closed(this);
        }
    }
}
