// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.TableStatistics;
import org.ostler.mail.lookup.spi.Table;

/**
 * One {@code type:name}, shared by all who ask for it and demand the same of it; opens its table at the first lookup and again when the factory, the configuration or a source file has changed.
 *
 * <h2>Description</h2>
 * On the usual way a lookup costs two volatile reads, and three atomic updates beyond the table's own work. When a factory has gone, lookups in progress end in the old table, new
 * ones wait here for the next factory. Opening is the work of a thread of its own ({@link Opening}), so that a table that takes for ever to open keeps nobody beyond the deadline. A table that cannot be
 * opened answers "unavailable" and is tried again after a second; where an older table is still good, that one goes on.
 *
 * <h2>Diagnostics</h2>
 * {@code warning: TYPE:NAME is unavailable. REASON} once per reason; {@code warning: TYPE:NAME lookup error for "KEY"} once a second at most; {@code unsupported dictionary type: TYPE};
 * {@code warning: TYPE:NAME goes on as it was read before: REASON} where a changed source file is not taken.
 *
 * <p><b>Threads</b> any.
 */
final class Handle {

    static final long RETRY = TimeUnit.SECONDS.toNanos(1);
    private static final int MOST_ATTEMPTS = 100;

    final String type;
    final String name;
    final Protection protection;
    final Opener opener;
    final Registry.Slot slot;
    private final LongSupplier clock;
    private final Set<Handle> open;
    final Tally tally = new Tally();
    private final ReentrantLock lock = new ReentrantLock();

    private volatile OpenTable current;
    /** Asked since the last {@link #sweep}. */
    private volatile boolean used = true;
    private final Complaints complaints;
    // Guarded by the lock.
    private Opening opening;
    private boolean closed;
    /** What was read last, and for which version; outlives the table, which goes with its bundle. Null before there was one. */
    private FileWatch read;
    private long readVersion;
    /** The last failure to open. */
    private String failure;
    private long failedVersion;
    private long retryAt;

    /** @param open takes handles whose table is open, whoever holds them */
    Handle(String type, String name, Protection protection, Opener opener, Set<Handle> open) {
        this.type = type;
        this.name = name;
        this.protection = protection;
        this.opener = opener;
        this.open = open;
        this.clock = opener.clock();
        this.complaints = new Complaints(text(), opener.warnings());
        this.slot = opener.registry().slot(type);
    }

    String text() {
        return type + ":" + name;
    }

    /** @param exact leave the table out where its keys are patterns */
    Answer find(String key, boolean exact) {
        OpenTable open = enterCurrent();
        Answer known = open == null ? null : open.recalled(key, exact);
        if (known != null) {
            return known;
        }
        // The clock costs as much as a lookup in memory: whoever does not wait is timed now and then.
        boolean timed = open == null || open.slow != null || Tally.isSampled();
        long begin = timed ? clock.getAsLong() : 0;
        if (open == null) {
            open = acquireSlowly();
        }
        Answer answer = open == null ? unavailable() : ask(open, key, exact, begin);
        if (answer instanceof Answer.Unavailable && open != null && open.version != slot.version && (!timed || isEarly(begin))) {
            // Its bundle has gone meanwhile: the next one may know.
            open = acquireSlowly();
            answer = open == null ? unavailable() : ask(open, key, exact, clock.getAsLong());
        }
        if (answer == null) {
            return Answer.NOT_FOUND;
        }
        if (timed) {
            tally.count(answer, clock.getAsLong() - begin);
        } else {
            tally.count(answer);
        }
        if (answer instanceof Answer.Unavailable(String reason)) {
            complaints.lookup(key, reason);
        }
        return open == null ? Answer.unavailable(text() + ": " + ((Answer.Unavailable) answer).reason()) : answer;
    }

    private boolean isEarly(long begin) {
        return clock.getAsLong() - begin < opener.state().lookupTimeout().toNanos() / 2;
    }

    /** Null where the table is to be left out. */
    private Answer ask(OpenTable open, String key, boolean exact, long begin) {
        try {
            if (exact && open.patterns) {
                return null;
            }
            String asked = open.asked(key);
            if (open.slow == null) {
                // The parts are asked through handles of their own, on this thread.
                return open.parts ? Budget.spend(opener, open.provider, () -> ask(open.table, asked)) : ask(open.table, asked);
            }
            return askSlowly(open, asked, begin);
        } finally {
            open.leave();
        }
    }

    private Answer askSlowly(OpenTable open, String key, long begin) {
        Duration limit = opener.state().lookupTimeout();
        long left = limit.toNanos() - (clock.getAsLong() - begin);
        // Who has waited for a replacement has the whole time for the question itself.
        long patience = left > limit.toNanos() / 2 ? left : limit.toNanos();
        Budget whole = Budget.current();
        return open.remember(key, open.slow.ask(key, Duration.ofNanos(whole == null ? patience : Math.min(patience, whole.left())), limit, this::ask));
    }

    private Answer ask(Table table, String key) {
        try {
            return table.find(key);
        } catch (RuntimeException | Error e) {
            // A bundle that is being replaced can fail in many ways.
            return Answer.unavailable(Opening.bug(type, e));
        }
    }

    /** Null where another must be waited for. */
    private OpenTable enterCurrent() {
        if (!used) {
            used = true;
        }
        OpenTable open = current;
        if (open != null && open.version == slot.version && open.enter()) {
            boolean good = false;
            try {
                if (open.watch.isDue()) {
                    look(open);
                }
                good = true;
                return open;
            } finally {
                if (!good) {
                    open.leave();
                }
            }
        }
        return null;
    }

    /** Whether its files have changed. The old one serves until the new one has been read, and everybody else meanwhile. */
    private void look(OpenTable open) {
        Lookout.Look mine = open.lookout.begin(() -> {
            // One that hung may be back after a long time, when another table serves.
            if (open.watch.hasChanged() && open == current) {
                begin(open);
            }
        }, opener.warnings());
        if (mine != null) {
            Duration limit = opener.state().lookupTimeout();
            Budget whole = Budget.current();
            Lookout.await(mine, whole == null ? limit.toNanos() : Math.min(limit.toNanos(), whole.left()), Lookout.silence(text(), limit), opener.warnings());
        }
    }

    /** A table that is entered, or null: the failure says why. */
    private OpenTable acquireSlowly() {
        Budget whole = Budget.current();
        long begin = System.nanoTime();
        try {
            return acquireSlowly(begin, whole);
        } finally {
            if (whole != null) {
                whole.waited(System.nanoTime() - begin);
            }
        }
    }

    private OpenTable acquireSlowly(long begin, Budget whole) {
        Opener.State state = opener.state();
        // Less than no time is left where there was no configuration.
        long alone = state == null ? begin : begin + state.opening().toNanos() + (slot.isMissing() ? state.patience().toNanos() : 0);
        long deadline = whole == null ? alone : whole.deadline(alone);
        // A factory may go again while its table is being opened; not for ever.
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            Opening awaited;
            lock.lock();
            try {
                OpenTable now = current;
                if (now != null && now.version == slot.version && now.enter()) {
                    return now;
                }
                boolean justFailed = failure != null && failedVersion == slot.version && System.nanoTime() - retryAt < 0;
                if (closed) {
                    return null;
                }
                if (state == null) {
                    failure = "no configuration";
                    return old();
                }
                Duration longest = state.opening().plus(state.patience());
                if (opening != null && opening.isForsaken(longest)) {
                    // It may hang for good; a bundle that has been repaired is not to wait for that.
                    opening = null;
                }
                if (justFailed || opening != null && opening.isOverdue(longest)) {
                    return old();
                }
                // The old table is not entered meanwhile: its factory may be waiting for it to be left, and we for the next factory.
                awaited = opening == null ? begin((OpenTable) null) : opening;
            } finally {
                lock.unlock();
            }
            if (!awaited.await(deadline, whole == null ? null : whole.provider())) {
                return old();
            }
        }
        return old();
    }

    private OpenTable old() {
        OpenTable now = current;
        return now != null && now.enter() ? now : null;
    }

    /** @param changed the table whose source files have changed; null where it is opened for another reason */
    private Opening begin(OpenTable changed) {
        lock.lock();
        try {
            Opening running = opening;
            if (running == null) {
                // Nobody but an operator can say that the files are what he wants; a bundle that is replaced does not.
                Instant wanted = changed == null && slot.renewed > readVersion ? slot.renewedAt : Instant.MIN;
                running = new Opening(this, slot.version, changed, new Opening.Before(read, wanted));
                opening = running;
                running.start();
            }
            return running;
        } finally {
            lock.unlock();
        }
    }

    OpenTable current() {
        return current;
    }

    /** The end of an opening. One that nobody waits for any more comes too late. */
    void opened(Opening by, OpenTable fresh) {
        OpenTable old = fresh;
        lock.lock();
        try {
            if (opening == by) {
                old = take(fresh);
            }
        } finally {
            lock.unlock();
        }
        if (old != null) {
            old.retire();
        }
    }

    /** @return what is not needed */
    private OpenTable take(OpenTable fresh) {
        opening = null;
        OpenTable old = closed ? fresh : current;
        // Its factory may have gone as soon as it was open.
        current = closed || fresh.isOver() ? null : fresh;
        failure = null;
        complaints.none();
        read = fresh.watch;
        readVersion = fresh.version;
        open.add(this);
        return old;
    }

    /** A table that has closed is not kept until somebody asks again: with it would stay, perhaps for good, the whole of a bundle that was replaced. */
    void forget(OpenTable table) {
        lock.lock();
        try {
            if (current == table) {
                current = null;
            }
        } finally {
            lock.unlock();
        }
    }

    /** The end of an opening: there is no new table. Where the old one is still good it goes on. */
    void failed(Opening by, long version, String why) {
        lock.lock();
        try {
            if (opening != by) {
                return;
            }
            opening = null;
            failure = why;
            failedVersion = version;
            retryAt = System.nanoTime() + RETRY;
        } finally {
            lock.unlock();
        }
        OpenTable old = old();
        if (old != null) {
            old.leave();
            complaints.goesOn(why);
        } else {
            complaints.unavailable(why);
        }
    }

    /** The end of an opening: the changed files are not taken. An empty reason: not yet. */
    void kept(Opening by, String why) {
        lock.lock();
        try {
            if (opening != by) {
                return;
            }
            opening = null;
        } finally {
            lock.unlock();
        }
        if (!why.isEmpty()) {
            complaints.goesOn(why);
        }
    }

    private Answer unavailable() {
        lock.lock();
        try {
            return Answer.unavailable(failure != null ? failure : opening != null ? "not opened in time" : "being replaced");
        } finally {
            lock.unlock();
        }
    }

    TableStatistics statistics() {
        OpenTable open = current;
        boolean entered = open != null && open.enter();
        try {
            TableStatistics.Source source = entered ? open.provider.source : new TableStatistics.Source("", "");
            return new TableStatistics(text(), source, new TableStatistics.Condition(entered, entered ? open.size() : OptionalLong.empty(), complaints.trouble()), tally.counts(), tally.latency());
        } finally {
            if (entered) {
                open.leave();
            }
        }
    }

    /** Closes the table where nobody has asked since the last sweep; it opens again when somebody does. Whether it was idle. */
    boolean sweep() {
        if (used) {
            used = false;
            return false;
        }
        close(false);
        return true;
    }

    /** @param forGood a table that is being opened now is closed at once */
    void close(boolean forGood) {
        OpenTable now;
        lock.lock();
        try {
            closed |= forGood;
            now = current;
            current = null;
            // Nobody goes on with it: the next opening is a first one.
            read = null;
            open.remove(this);
        } finally {
            lock.unlock();
        }
        if (now != null) {
            now.retire();
        }
    }
}
