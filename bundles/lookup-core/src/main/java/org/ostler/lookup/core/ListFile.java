// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.ostler.mail.lookup.spi.TableSource;

/**
 * The text of a file that stands in a list ({@code mydestination = /file}), by the rule for the source files of tables: a change is taken when the file has stayed the same for two seconds
 * ({@link FileWatch}) and does not look unfinished ({@link Doubt}); until then, and where it cannot be read, the old text stays. One with zero bytes in it, as a crash leaves them, is never taken.
 *
 * <p>A file that was changed a moment before it is read for the first time has no old text; until it has stayed the same for two seconds there is none at all.
 *
 * <h2>Diagnostics</h2> {@code FILE goes on as it was read before: REASON}
 *
 * <p><b>Threads</b> any; where there is a text, only one looks and the others do not wait; where there is none yet they wait for the one that reads, {@code table_lookup_timeout} at most. <b>Blocking</b> a {@code stat} a second,
 * reading the file.
 */
final class ListFile {

    private final Path file;
    private final Opener opener;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile boolean used = true;
    private volatile String text;
    private volatile FileWatch watch;
    /** Why there is no text, or why a change is not taken. */
    private volatile String trouble = "";
    // Guarded by the lock.
    private long retryAt;
    /** What an operator's reload has found; that state is taken however it looks, and no later one. Null where there is nothing to take. */
    private FileWatch.State asItIs;

    ListFile(Path file, Opener opener) {
        this.file = file;
        this.opener = opener;
    }

    String text() throws IOException {
        if (!used) {
            used = true;
        }
        if (text == null) {
            awaitLock();
            try {
                first();
            } finally {
                lock.unlock();
            }
        } else if (watch.isDue() && lock.tryLock()) {
            try {
                if (watch.hasChanged()) {
                    change();
                }
            } finally {
                lock.unlock();
            }
        }
        String now = text;
        if (now == null) {
            throw new IOException(trouble);
        }
        return now;
    }

    /** A file that hangs (a file server that is gone, a pipe) holds the one that reads it, and not everybody. */
    private void awaitLock() throws IOException {
        Opener.State state = opener.state();
        long patience = state == null ? 0 : state.lookupTimeout().toNanos();
        try {
            if (lock.tryLock(patience, TimeUnit.NANOSECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new IOException("still being read");
    }

    private void first() {
        if (text != null) {
            return;
        }
        long now = opener.clock().getAsLong();
        if (!trouble.isEmpty() && watch == null && now - retryAt < 0) {
            return;
        }
        FileWatch.State before = FileWatch.State.of(file);
        // The watch is for a file of tomorrow; for the others their time will do, or who asks seldom would wait for two more questions.
        if (before.isYoungerThan(FileWatch.STABLE) && (watch == null || !watch.hasChanged())) {
            if (watch == null) {
                await();
            }
            return;
        }
        try {
            read(before);
        } catch (IOException e) {
            trouble = reason(e);
            watch = null;
            retryAt = now + Handle.RETRY;
        }
    }

    /** As if there were no file yet, so that the one there is counts as a change. */
    private void await() {
        trouble = "changed a moment ago, perhaps somebody is writing it";
        watch = new FileWatch(List.of(file), Map.of(file, FileWatch.State.NONE), 0, opener.clock());
    }

    private void change() {
        // Before anybody looks into it: what is written from here on is not read, or it is another state.
        FileWatch.State now = FileWatch.State.of(file);
        String doubt = now.equals(asItIs) ? "" : Doubt.about(List.of(file));
        if (!doubt.isEmpty()) {
            watch.refuse();
            keep(doubt.substring(file.toString().length() + 1) + "; reload to take it as it is");
            return;
        }
        try {
            read(now);
        } catch (IOException e) {
            keep(reason(e));
        }
    }

    /** Takes the text where nobody has written to the file meanwhile. */
    private void read(FileWatch.State before) throws IOException {
        String fresh = Files.readString(file, StandardCharsets.UTF_8);
        if (!before.equals(FileWatch.State.of(file))) {
            if (text == null) {
                await();
            }
            return;
        }
        if (fresh.indexOf('\0') >= 0) {
            throw new IOException("has zero bytes in it, as a crash leaves them");
        }
        watch = new FileWatch(List.of(file), Map.of(file, before), 0, opener.clock());
        asItIs = null;
        trouble = "";
        text = fresh.equals(text) ? text : fresh;
    }

    private void keep(String why) {
        if (!why.equals(trouble)) {
            trouble = why;
            opener.warnings().accept(file + " goes on as it was read before: " + why);
        }
    }

    private static String reason(IOException e) {
        return e instanceof CharacterCodingException ? "is not UTF-8" : TableSource.reason(e);
    }

    /**
     * An operator's reload: what there is now is taken when it has stayed the same for two seconds, however it looks.
     *
     * @return whether it can be forgotten: nobody has asked since the last reload, and no old text is held for a file in trouble
     */
    boolean renew() {
        if (!lock.tryLock()) {
            // Somebody reads it, or hangs in it; reload does not.
            return false;
        }
        try {
            boolean held = text != null && (!trouble.isEmpty() || asItIs != null);
            if (text != null && !trouble.isEmpty()) {
                asItIs = FileWatch.State.of(file);
                trouble = "";
                watch.forgive();
            }
            boolean idle = !used && !held;
            used = false;
            return idle;
        } finally {
            lock.unlock();
        }
    }
}
