// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The text of a file that stands in a list ({@code mydestination = /file}), by the rule for the source files of tables: a change is taken when the file has stayed the same for two seconds
 * ({@link FileWatch}) and does not look unfinished ({@link Doubt}); until then, and where it cannot be read, the old text stays.
 *
 * <p>A file that was changed a moment before it is read for the first time has no old text; until it has stayed the same for two seconds there is none at all.
 *
 * <h2>Diagnostics</h2> {@code FILE goes on as it was read before: REASON}
 *
 * <p><b>Threads</b> any; where there is a text, only one looks and the others do not wait. <b>Blocking</b> a {@code stat} a second, reading the file.
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
    private boolean asItIs;

    ListFile(Path file, Opener opener) {
        this.file = file;
        this.opener = opener;
    }

    String text() throws IOException {
        if (!used) {
            used = true;
        }
        if (text == null) {
            lock.lock();
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
        String doubt = asItIs ? "" : Doubt.about(List.of(file));
        if (!doubt.isEmpty()) {
            watch.refuse();
            keep(doubt.substring(file.toString().length() + 1) + "; reload to take it as it is");
            return;
        }
        try {
            read(FileWatch.State.of(file));
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
        watch = new FileWatch(List.of(file), Map.of(file, before), 0, opener.clock());
        asItIs = false;
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
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }

    /** An operator's reload: what has stayed the same for two seconds is taken, however it looks. Whether nobody has asked since the last one. */
    boolean renew() {
        lock.lock();
        try {
            if (text != null && !trouble.isEmpty()) {
                asItIs = true;
                trouble = "";
                watch.forgive();
            }
            boolean idle = !used;
            used = false;
            return idle;
        } finally {
            lock.unlock();
        }
    }
}
