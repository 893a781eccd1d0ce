// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;

/**
 * Opens the table of a {@link Handle} once, on a platform thread of its own: reading a large file or waiting for a dead disk keeps no virtual thread's carrier.
 *
 * <p>A table whose files have changed is read with suspicion: what is {@linkplain Doubt doubtful}, gives more warnings than before, or changes again meanwhile is not taken, and the old table
 * goes on. Where the old one is gone with its bundle, nobody has wanted that: what was not taken before is not taken now either, and there is no table until it is. At reload,
 * when somebody wants it, the files are taken as they were then, lines that make no sense left out, as soon as nobody has written to them for two seconds; at the first opening too,
 * but when three seconds are over in any case: nothing goes on meanwhile.
 *
 * <p><b>Threads</b> one opening per handle at a time; any number wait for it. <b>Blocking</b> {@link #await} up to its deadline.
 */
final class Opening {

    private static final int MOST_READINGS = 3;
    private static final String MOVING = "changed a moment ago, perhaps somebody is writing it";
    private static final String RELOAD = "; reload to take it as it is";
    private static final String NONSENSE = "more lines than before make no sense" + RELOAD;
    private static final long SLICE = TimeUnit.MILLISECONDS.toNanos(20);
    /** A little more than it takes a file to become quiet. */
    private static final long LONGEST_QUIET = FileWatch.STABLE + TimeUnit.SECONDS.toNanos(1);

    private final Handle handle;
    private final long version;
    private final OpenTable changed;
    private final FileWatch before;
    private final Instant wanted;
    private final long begun = System.nanoTime();
    private final CountDownLatch done = new CountDownLatch(1);
    /** Null until there is one. */
    private volatile Provider provider;

    /**
     * @param read   null at the first opening
     * @param wanted when an operator has wanted the files as they were then, long ago where nobody has; what was written since is somebody else's
     */
    record Before(FileWatch read, Instant wanted) {}

    /** @param changed the table whose source files have changed; null where it is opened for another reason */
    Opening(Handle handle, long version, OpenTable changed, Before before) {
        this.handle = handle;
        this.version = version;
        this.changed = changed;
        this.before = before.read;
        this.wanted = before.wanted;
    }

    void start() {
        try {
            Thread.ofPlatform().daemon().name("open table").start(SlowLookup.forgetting(this::run));
        } catch (OutOfMemoryError e) {
            handle.failed(this, version, "no thread to open it");
            done.countDown();
        }
    }

    /**
     * @param deadline by {@link System#nanoTime}
     * @param outer    whose table of tables is waiting here, or null. When it leaves, it waits for us before it makes room for the next; to wait for that in turn would be a knot. Whoever asked the
     *                 whole asks again
     * @return false where there is no more waiting
     */
    boolean await(long deadline, Provider outer) {
        try {
            while (true) {
                long left = deadline - System.nanoTime();
                if (done.await(outer == null ? left : Math.min(left, SLICE), TimeUnit.NANOSECONDS)) {
                    return true;
                }
                if (left <= 0 || outer == null || outer.isGone()) {
                    return false;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    boolean isOverdue(Duration limit) {
        return System.nanoTime() - begun > limit.toNanos();
    }

    /** Whether it hangs in a bundle that has been replaced meanwhile. */
    boolean isForsaken(Duration limit) {
        Provider asked = provider;
        return asked != null && asked.isGone() && isOverdue(limit);
    }

    private void run() {
        try {
            open();
        } catch (RuntimeException | Error e) {
            handle.failed(this, version, bug(handle.type, e));
        } finally {
            done.countDown();
        }
    }

    static String bug(String type, Throwable e) {
        return e instanceof OutOfMemoryError ? "out of memory" : "bug in table type " + type + ": " + e;
    }

    private void open() {
        Opener.State state = handle.opener.state();
        if (state == null) {
            handle.failed(this, version, "no configuration");
            return;
        }
        String doubt = doubt();
        if (!doubt.isEmpty()) {
            keep(doubt);
            return;
        }
        Provider found = handle.slot.awaitToOpen(state.patience());
        if (found == null) {
            handle.failed(this, version, "unsupported dictionary type: " + handle.type);
            return;
        }
        provider = found;
        OpenTable fresh = null;
        String why = "";
        try {
            fresh = read(state, found);
        } catch (TableOpenException e) {
            why = e.getMessage();
        } finally {
            found.endOpen(fresh);
        }
        if (fresh == null) {
            handle.failed(this, version, why);
        } else {
            take(fresh);
        }
    }

    /** Empty where there is none. */
    private String doubt() {
        if (before == null) {
            return "";
        }
        if (!before.isQuiet()) {
            return MOVING;
        }
        if (before.isFrom(wanted) || changed == null && before.isUnchanged()) {
            return "";
        }
        String doubt = Doubt.about(before.files());
        if (!doubt.isEmpty()) {
            before.refuse();
            return doubt + RELOAD;
        }
        // Not read once a second, with all its warnings, only to say so again.
        return changed == null && before.isRefused() ? NONSENSE : "";
    }

    private void keep(String why) {
        if (changed == null) {
            handle.failed(this, version, why);
        } else {
            handle.kept(this, why);
        }
    }

    private void take(OpenTable fresh) {
        // Again: somebody may have begun to write while the factory was waited for. In this order: what has been looked at is what was read, or it is moving.
        String why = doubt();
        if (why.isEmpty() && before != null && !fresh.watch.isUnchanged()) {
            why = MOVING;
        } else if (why.isEmpty() && before != null && !before.isFrom(wanted) && !fresh.watch.hasReadTheSameAs(before) && fresh.watch.complaints > before.complaints) {
            before.refuse();
            why = NONSENSE;
        }
        if (why.isEmpty()) {
            handle.opened(this, fresh);
        } else {
            fresh.retire();
            // With an old table that is no news: the next look comes in a moment.
            keep(changed != null && why.equals(MOVING) ? "" : why);
        }
    }

    /** Again where somebody wrote to the files while they were read, or until they were quiet. */
    private OpenTable read(Opener.State state, Provider from) throws TableOpenException {
        long end = System.nanoTime() + LONGEST_QUIET;
        for (int reading = 1;; reading++) {
            OpenTable fresh = readOnce(state, from);
            if (before == null && handle.opener.waitsForWriters()) {
                awaitQuiet(fresh.watch, from, end);
            }
            if (before != null || reading == MOST_READINGS || fresh.watch.isUnchanged()) {
                return fresh;
            }
            fresh.retire();
        }
    }

    /** Whoever asks waits here with us, no longer than for a table that is slow to open. */
    private static void awaitQuiet(FileWatch watch, Provider from, long end) {
        for (long left = end - System.nanoTime(); left > 0 && watch.isYoung() && !from.awaitGone(Math.min(left, SLICE));) {
            left = end - System.nanoTime();
        }
    }

    private OpenTable readOnce(Opener.State state, Provider from) throws TableOpenException {
        var warnings = new Counted(handle.opener.warnings(), new AtomicInteger());
        var parts = new Parts(handle.opener.tables(), handle.protection, new AtomicBoolean());
        var spec = new TableSpec(handle.type, handle.name, state.settings(), state.configDirectory(), parts, warnings, handle.protection);
        Map<Path, FileWatch.State> states = FileWatch.states(likelySources(spec));
        Table table = from.factory.open(spec);
        try {
            var watch = new FileWatch(table.sources(), states, warnings.complaints.get(), handle.opener.clock());
            Consumer<String> later = line -> handle.opener.warnings().accept(handle.text() + ": " + line);
            return new OpenTable(table, from, watch, new OpenTable.Origin(version, parts.used.get(), later, handle::forget));
        } catch (RuntimeException | Error e) {
            table.close();
            throw e;
        }
    }

    /** Counts the warnings about what stands in the table. */
    private record Counted(Consumer<String> log, AtomicInteger complaints) implements TableSpec.Messages {
        @Override
        public void accept(String line) {
            complaints.incrementAndGet();
            log.accept(line);
        }

        @Override
        public void remark(String line) {
            log.accept(line);
        }

        @Override
        public void info(String line) {
            if (log instanceof TableSpec.Messages messages) {
                messages.info(line);
            } else {
                log.accept(line);
            }
        }
    }

    /** Notices a table that is made of others, and demands of them what is demanded of it unless it says what. */
    private record Parts(Tables tables, Protection protection, AtomicBoolean used) implements Tables {
        @Override
        public TableList open(String maps, String title) {
            return open(maps, title, protection);
        }

        @Override
        public TableList open(String maps, String title, Protection other) {
            used.set(true);
            return new Part(tables.open(maps, title, other));
        }

        @Override
        public List<String> check(String maps, String title) {
            return tables.check(maps, title, protection);
        }

        @Override
        public String text(Path file) throws IOException {
            return tables.text(file);
        }
    }

    /** Is not asked any more when the time of the whole is over. */
    private record Part(TableList list) implements TableList {
        @Override
        public Answer find(String key) {
            return inTime(() -> list.find(key));
        }

        @Override
        public Answer findExact(String key) {
            return inTime(() -> list.findExact(key));
        }

        private static Answer inTime(Supplier<Answer> ask) {
            Budget whole = Budget.current();
            return whole != null && whole.left() <= 0 ? whole.over() : ask.get();
        }

        @Override
        public boolean isEmpty() {
            return list.isEmpty();
        }

        @Override
        public String text() {
            return list.text();
        }
    }

    /** States are taken before the files are read, so that no change in between is missed. */
    private List<Path> likelySources(TableSpec spec) {
        if (before != null) {
            return before.files();
        }
        OpenTable now = handle.current();
        if (now != null) {
            return now.watch.files();
        }
        return handle.name.startsWith("/") ? List.of(spec.file()) : List.of();
    }
}
