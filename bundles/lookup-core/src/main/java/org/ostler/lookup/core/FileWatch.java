// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Tells when the files that a table was read from have been changed for good.
 *
 * <p>Looks at most once a second, when it is asked. A change counts once two looks, two seconds or more apart, have shown the same state: nobody takes a file that an editor is still writing. A state
 * that was {@linkplain #refuse refused} does not count again.
 * <b>Threads</b> any; one at a time looks. <b>Blocking</b> a {@code stat} per file.
 */
final class FileWatch {

    private static final long INTERVAL = TimeUnit.SECONDS.toNanos(1);
    static final long STABLE = TimeUnit.SECONDS.toNanos(2);

    /** What tells one state of a file from another; null key and zeros where there is none. */
    record State(Object key, long size, long modified) {

        static final State NONE = new State(null, 0, 0);

        static State of(Path file) {
            try {
                BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
                return new State(a.fileKey(), a.size(), a.lastModifiedTime().to(TimeUnit.NANOSECONDS));
            } catch (IOException e) {
                // Gone for a moment while an editor renames, or for good: a state like another.
                return NONE;
            }
        }

        /** By the clock on the wall, which is all that a file tells; one that is of tomorrow may be of this moment. */
        boolean isYoungerThan(long nanos) {
            return modified > nanos(Instant.now()) - nanos;
        }

        boolean isBetween(Instant from, Instant to) {
            return modified > nanos(from) && modified <= nanos(to);
        }

        private static long nanos(Instant when) {
            return FileTime.from(when).to(TimeUnit.NANOSECONDS);
        }
    }

    /** Warnings that were given while they were read. */
    final int complaints;
    private final List<Path> files;
    private final List<State> read;
    private final LongSupplier nanoTime;
    private final AtomicLong nextLook;
    private List<State> candidate;
    private List<State> refused;
    private long candidateSince;

    /** @param before states taken before the files were read; a file not among them is looked at now */
    FileWatch(List<Path> files, Map<Path, State> before, int complaints, LongSupplier nanoTime) {
        this.complaints = complaints;
        this.files = List.copyOf(files);
        this.nanoTime = nanoTime;
        this.nextLook = new AtomicLong(nanoTime.getAsLong() + INTERVAL);
        var states = new ArrayList<State>();
        for (Path file : files) {
            State known = before.get(file);
            states.add(known == null ? State.of(file) : known);
        }
        this.read = states;
    }

    static Map<Path, State> states(List<Path> files) {
        var states = new HashMap<Path, State>();
        for (Path file : files) {
            states.put(file, State.of(file));
        }
        return states;
    }

    List<Path> files() {
        return files;
    }

    boolean isDue() {
        return !files.isEmpty() && nanoTime.getAsLong() - nextLook.get() >= 0;
    }

    /** Whether the files are still as they were when they were read. */
    boolean isUnchanged() {
        return read.equals(now());
    }

    /** Whether somebody may be writing, by the files' times. */
    boolean isYoung() {
        return now().stream().anyMatch(state -> state.isYoungerThan(STABLE));
    }

    /** Whether both have read the same, as far as the files' states tell. */
    boolean hasReadTheSameAs(FileWatch other) {
        return read.equals(other.read);
    }

    /** The state that {@link #hasChanged} or {@link #isQuiet} told of is not to be taken. */
    synchronized void refuse() {
        refused = candidate;
    }

    /** Whether the state that {@link #isQuiet} told of was refused before. */
    synchronized boolean isRefused() {
        return candidate != null && candidate.equals(refused);
    }

    /**
     * Looks, where the table that was read is gone or is not wanted any more: true where the files are as they were read, or nobody has written to them for two seconds, by their time or, for those of tomorrow, by what was seen
     * here.
     */
    synchronized boolean isQuiet() {
        long now = nanoTime.getAsLong();
        List<State> states = now();
        if (states.equals(read)) {
            candidate = null;
            return true;
        }
        if (!states.equals(candidate)) {
            candidate = states;
            candidateSince = now;
        }
        return now - candidateSince >= STABLE || states.stream().noneMatch(each -> each.isYoungerThan(STABLE));
    }

    /** Whether the state that {@link #isQuiet} told of was there already at a moment, by the files' times; one that is of tomorrow may have been. */
    synchronized boolean isFrom(Instant when) {
        Instant now = Instant.now();
        return candidate != null && !when.equals(Instant.MIN) && candidate.stream().noneMatch(each -> each.isBetween(when, now));
    }

    /** What was refused may count again. */
    synchronized void forgive() {
        refused = null;
    }

    /** Looks, where it is due and nobody else does; true where the table should be opened anew. */
    boolean hasChanged() {
        long now = nanoTime.getAsLong();
        long due = nextLook.get();
        if (now - due < 0 || !nextLook.compareAndSet(due, now + INTERVAL)) {
            return false;
        }
        return look(now);
    }

    private synchronized boolean look(long now) {
        List<State> states = now();
        if (states.equals(read)) {
            candidate = null;
            refused = null;
            return false;
        }
        if (!states.equals(candidate)) {
            candidate = states;
            candidateSince = now;
            return false;
        }
        return now - candidateSince >= STABLE && !states.equals(refused);
    }

    private List<State> now() {
        return files.stream().map(State::of).toList();
    }
}
