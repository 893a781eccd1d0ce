// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.ostler.mail.lookup.Answer;

/**
 * The time that a table made of others has for all of its parts together: that of one lookup for their answers, and that of one replacement for waiting until they are there.
 *
 * <p>Without it each of ten parts could use up the whole time, and whoever asked would wait ten times as long as {@code table_lookup_timeout} says. A part that may not be interrupted and keeps to the
 * deadline itself (LMDB, behind a lock) may go beyond by its own time, once.
 *
 * <p><b>Threads</b> the one that asks the whole; its parts are asked on the same thread. <b>Blocking</b> no.
 */
final class Budget {

    private static final ThreadLocal<Budget> CURRENT = new ThreadLocal<>();

    private final LongSupplier clock;
    private final long begin;
    private final Duration limit;
    private final long patience;
    private Provider provider;
    private long waited;

    private Budget(Opener opener) {
        Opener.State state = opener.state();
        this.clock = opener.clock();
        this.begin = clock.getAsLong();
        this.limit = state.lookupTimeout();
        this.patience = state.opening().plus(state.patience()).toNanos();
    }

    /** What is asked on this thread is part of it; null where it is a table by itself. */
    static Budget current() {
        return CURRENT.get();
    }

    /**
     * Asks a table whose parts are asked meanwhile, on this thread. A whole that is itself part of another shares its time.
     *
     * @param provider of the whole
     */
    static Answer spend(Opener opener, Provider provider, Supplier<Answer> ask) {
        Budget outer = CURRENT.get();
        Budget budget = outer == null ? new Budget(opener) : outer;
        Provider before = budget.provider;
        budget.provider = provider;
        CURRENT.set(budget);
        try {
            return ask.get();
        } finally {
            budget.provider = before;
            if (outer == null) {
                CURRENT.remove();
            }
        }
    }

    /** Of the innermost whole. */
    Provider provider() {
        return provider;
    }

    /** Nanoseconds for answers; none where it is not positive. */
    long left() {
        return limit.toNanos() - (clock.getAsLong() - begin - waited);
    }

    Answer over() {
        return SlowLookup.late(limit);
    }

    /** When a part must be there, by {@link System#nanoTime}. @param own when it would have to be if it stood alone */
    long deadline(long own) {
        long latest = System.nanoTime() + Math.max(0, patience - waited);
        return own - latest < 0 ? own : latest;
    }

    /** Time that passed until a part was there: it does not count as time for its answer. */
    void waited(long nanos) {
        waited += nanos;
    }
}
