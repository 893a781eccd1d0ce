// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;

/**
 * One {@code type:name}, shared by all who ask for it; opens its table at the first lookup and again when the factory, the configuration or a source file has changed.
 *
 * <h2>Description</h2>
 * On the usual way a lookup costs two volatile reads and two atomic updates beyond the table's own work. When a factory has gone, lookups in progress end in the old table, new ones wait here for the
 * next factory. A table that cannot be opened answers "unavailable" and is tried again after a second; where an older table is still good, that one goes on.
 *
 * <h2>Diagnostics</h2>
 * {@code warning: TYPE:NAME is unavailable. REASON} once per reason; {@code warning: TYPE:NAME lookup error for "KEY"} once a second at most; {@code unsupported dictionary type: TYPE}.
 *
 * <p><b>Threads</b> any.
 */
final class Handle {

    private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

    private final String type;
    private final String name;
    private final Opener opener;
    private final Registry.Slot slot;
    private final ReentrantLock lock = new ReentrantLock();

    private volatile OpenTable current;
    /** Asked since the last {@link #sweep}. */
    private volatile boolean used = true;
    private volatile long nextErrorLog = System.nanoTime();
    // Guarded by the lock: the last failure to open.
    private String failure;
    private String logged;
    private long failedVersion;
    private long retryAt;

    Handle(String type, String name, Opener opener) {
        this.type = type;
        this.name = name;
        this.opener = opener;
        this.slot = opener.registry().slot(type);
    }

    /** @param exact leave the table out where its keys are patterns */
    Answer find(String key, boolean exact) {
        OpenTable open = acquire();
        if (open == null) {
            return unavailable(key);
        }
        try {
            if (exact && open.patterns) {
                return Answer.NOT_FOUND;
            }
            String asked = open.caseSensitive ? key : CaseFold.fold(key);
            Answer answer = open.slow == null ? ask(open.table, asked) : SlowLookup.ask(open, asked, opener.state().lookupTimeout(), this::ask);
            if (answer instanceof Answer.Unavailable(String reason)) {
                logError(key, reason);
            }
            return answer;
        } finally {
            open.leave();
        }
    }

    private Answer ask(Table table, String key) {
        try {
            return table.find(key);
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            // A bundle that is being replaced can fail in many ways.
            return Answer.unavailable("bug in table type " + type + ": " + e);
        }
    }

    private OpenTable acquire() {
        if (!used) {
            used = true;
        }
        OpenTable now = current;
        if (now != null && now.version == slot.version && now.enter()) {
            if (now.watch.isDue() && now.watch.hasChanged()) {
                // The old one serves until the new one has been read.
                Thread.ofVirtual().name("table " + type + ":" + name).start(this::reread);
            }
            return now;
        }
        return acquireSlowly();
    }

    /** A table that is entered, or null: the failure says why. */
    private OpenTable acquireSlowly() {
        // A factory may go again while its table is being opened; not for ever.
        for (int attempt = 0; attempt < 100; attempt++) {
            lock.lock();
            try {
                OpenTable now = current;
                if (now != null && now.version == slot.version && now.enter()) {
                    return now;
                }
                long version = slot.version;
                boolean justFailed = failure != null && failedVersion == version && System.nanoTime() - retryAt < 0;
                // The old table is not entered meanwhile: its factory may be waiting for it to be left, and we for the next factory.
                OpenTable fresh = justFailed ? null : open(version);
                if (fresh == null) {
                    return now != null && now.enter() ? now : null;
                }
                install(fresh);
                if (fresh.enter()) {
                    return fresh;
                }
            } finally {
                lock.unlock();
            }
        }
        return null;
    }

    private void install(OpenTable fresh) {
        OpenTable old = current;
        current = fresh;
        failure = null;
        logged = null;
        if (old != null) {
            old.retire();
        }
    }

    private void reread() {
        lock.lock();
        try {
            OpenTable fresh = open(slot.version);
            if (fresh != null) {
                install(fresh);
            }
        } finally {
            lock.unlock();
        }
    }

    private OpenTable open(long version) {
        Opener.State state = opener.state();
        if (state == null) {
            return failed(version, "no configuration");
        }
        Provider provider = slot.awaitToOpen(state.patience());
        if (provider == null) {
            return failed(version, "unsupported dictionary type: " + type);
        }
        OpenTable fresh = null;
        try {
            var spec = new TableSpec(type, name, state.settings(), state.configDirectory(), opener.tables(), opener.warnings());
            Map<Path, FileWatch.State> before = FileWatch.states(likelySources(spec));
            Table table = provider.factory.open(spec);
            fresh = new OpenTable(table, provider, version, new FileWatch(table.sources(), before, System::nanoTime));
            return fresh;
        } catch (TableOpenException e) {
            return failed(version, e.getMessage());
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            return failed(version, "bug in table type " + type + ": " + e);
        } finally {
            provider.endOpen(fresh);
        }
    }

    /** States are taken before the files are read, so that no change in between is missed. */
    private List<Path> likelySources(TableSpec spec) {
        OpenTable now = current;
        if (now != null) {
            return now.watch.files();
        }
        return name.startsWith("/") ? List.of(spec.file()) : List.of();
    }

    private OpenTable failed(long version, String why) {
        failure = why;
        failedVersion = version;
        retryAt = System.nanoTime() + RETRY;
        if (!why.equals(logged)) {
            logged = why;
            opener.warnings().accept(why.startsWith("unsupported dictionary type") ? why : type + ":" + name + " is unavailable. " + why);
        }
        return null;
    }

    private Answer unavailable(String key) {
        String why;
        lock.lock();
        try {
            why = failure == null ? "being replaced" : failure;
        } finally {
            lock.unlock();
        }
        logError(key, why);
        return Answer.unavailable(type + ":" + name + ": " + why);
    }

    private void logError(String key, String reason) {
        long now = System.nanoTime();
        if (now - nextErrorLog >= 0) {
            nextErrorLog = now + RETRY;
            opener.warnings().accept(type + ":" + name + " lookup error for \"" + (key.length() > 100 ? key.substring(0, 100) : key) + "\"" + detail(reason));
        }
    }

    private static String detail(String reason) {
        return reason.isEmpty() ? "" : ": " + reason;
    }

    /** Closes the table where nobody has asked since the last sweep; it opens again when somebody does. Whether it was idle. */
    boolean sweep() {
        if (used) {
            used = false;
            return false;
        }
        close();
        return true;
    }

    void close() {
        lock.lock();
        try {
            OpenTable now = current;
            current = null;
            if (now != null) {
                now.retire();
            }
        } finally {
            lock.unlock();
        }
    }
}
