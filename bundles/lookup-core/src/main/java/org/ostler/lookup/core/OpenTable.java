// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.Recall;
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
    private final boolean caseSensitive;
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
    /** Stands for this table, and no other that is opened later in its place, in a {@link Recall}. */
    private final Object identity = new Object();
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

    /** The key as the table wants it. */
    String asked(String key) {
        return caseSensitive ? key : CaseFold.fold(key);
    }

    /**
     * The answer that the table has given within the same {@link Recall}. Null where there is none, and always of a table that answers from here, or is made of others: those may change without its knowledge.
     * Except for null, it is the end of the lookup, and the table is left.
     *
     * @param exact leave the table out where its keys are patterns
     */
    Answer recalled(String key, boolean exact) {
        Recall recall = recall();
        if (recall == null || exact && patterns) {
            return null;
        }
        boolean goesOn = false;
        try {
            Answer answer = recall.find(identity, asked(key));
            goesOn = answer == null;
            return answer;
        } finally {
            if (!goesOn) {
                leave();
            }
        }
    }

    /** @param key as {@link #asked} gives it */
    Answer remember(String key, Answer answer) {
        Recall recall = recall();
        if (recall != null) {
            recall.keep(identity, key, answer);
        }
        return answer;
    }

    private Recall recall() {
        return slow == null || parts ? null : Recall.current();
    }

    OptionalLong size() {
        try {
            return table.size();
        } catch (RuntimeException | Error e) {
            // Statistics are no reason to complain about a table; its lookups will.
            return OptionalLong.empty();
        }
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
