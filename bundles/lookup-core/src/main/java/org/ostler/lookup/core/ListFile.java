// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.ostler.mail.lookup.spi.TableSource;

/**
 * The text of a file that stands in a list ({@code mydestination = /file}), by the rule for the source files of tables: a change is taken when the file has stayed the same for two seconds
 * ({@link FileWatch}) and does not look unfinished ({@link Doubt}); until then, and where it cannot be read, the old text stays. One with zero bytes in it, as a crash leaves them, is never taken.
 *
 * <p>A file that was changed a moment before it is read for the first time has no old text; until it has stayed the same for two seconds there is none at all.
 *
 * <h2>Diagnostics</h2> {@code FILE goes on as it was read before: REASON}
 *
 * <p><b>Threads</b> any. <b>Blocking</b> a {@code stat} a second and reading the file, on a thread of its own ({@link Lookout}), waited for {@code table_lookup_timeout} at most: where there is a text, by
 * the one who began it, where there is none yet, by all.
 */
final class ListFile {

    private static final int MOST_ATTEMPTS = 3;

    private final Path file;
    private final Opener opener;
    private final Lookout lookout = new Lookout();
    private volatile boolean used = true;
    /** An operator's reload has not been for this file yet. */
    private volatile boolean reload;
    private volatile String text;
    // Written by looks only.
    private volatile FileWatch watch;
    /** Why there is no text, or why a change is not taken. */
    private volatile String trouble = "";
    private volatile long retryAt;
    /** What an operator's reload has found; that state is taken however it looks, and no later one. Null where there is nothing to take. */
    private volatile FileWatch.State asItIs;

    ListFile(Path file, Opener opener) {
        this.file = file;
        this.opener = opener;
    }

    String text() throws IOException {
        if (!used) {
            used = true;
        }
        Lookout.Look running = lookout.underWay();
        if (text == null) {
            awaitFirst(running);
        } else if (running == null && watch.isDue()) {
            lookAgain();
        }
        String now = text;
        if (now == null) {
            String why = trouble;
            throw new IOException(why.isEmpty() ? "no thread to read it" : why);
        }
        return now;
    }

    private void awaitFirst(Lookout.Look underWay) throws IOException {
        Lookout.Look running = underWay;
        if (running == null && isTimeForFirst()) {
            running = begin();
            if (running == null) {
                running = lookout.underWay();
            }
        }
        if (running != null && !Lookout.ended(running, running.leftOf(patience()))) {
            throw new IOException("still being read");
        }
    }

    private boolean isTimeForFirst() {
        FileWatch now = watch;
        return now == null ? trouble.isEmpty() || opener.clock().getAsLong() - retryAt >= 0 : now.isDue();
    }

    /** The old text is good enough for everybody else meanwhile. */
    private void lookAgain() {
        Lookout.Look mine = begin();
        Duration patience = patience();
        if (mine != null) {
            Lookout.await(mine, patience.toNanos(), Lookout.silence(file.toString(), patience), opener.warnings());
        }
    }

    private Duration patience() {
        Opener.State state = opener.state();
        return state == null ? Duration.ZERO : state.lookupTimeout();
    }

    private Lookout.Look begin() {
        return lookout.begin(() -> {
            if (text == null) {
                first();
            } else if (watch.hasChanged()) {
                change();
            }
            // In this order: a reload that comes meanwhile is the next look's.
            if (reload) {
                reload = false;
                takeAsItIs();
            }
        }, opener.warnings());
    }

    private void first() {
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
            retryAt = opener.clock().getAsLong() + Handle.RETRY;
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
        String fresh;
        try {
            fresh = Files.readString(file, StandardCharsets.UTF_8);
        } catch (OutOfMemoryError e) {
            throw new IOException("is larger than the memory that there is", e);
        }
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
        text = fresh.equals(text) ? text : fresh;
        // Last: who finds no text is told why.
        trouble = "";
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

    /** An operator's reload: what there is now is taken when it has stayed the same for two seconds, however it looks. Does not wait, see {@link #isRenewed}. */
    void renew() {
        reload = true;
        begin();
    }

    private void takeAsItIs() {
        if (text != null && !trouble.isEmpty()) {
            asItIs = FileWatch.State.of(file);
            trouble = "";
            watch.forgive();
        }
    }

    /**
     * Waits for the end of a reload. A look that was under way when it came may have been past it; one that hangs is left to itself, and ends with it.
     *
     * @param deadline by {@link System#nanoTime}
     * @return whether the file can be forgotten: nobody has asked since the last reload, and no old text is held for a file in trouble
     */
    boolean isRenewed(long deadline) {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            Lookout.Look running = lookout.underWay();
            if (running == null && reload) {
                running = begin();
            }
            if (running == null) {
                break;
            }
            if (!Lookout.ended(running, deadline - System.nanoTime())) {
                if (text != null) {
                    opener.warnings().accept(Lookout.silence(file.toString(), patience()));
                }
                return false;
            }
        }
        boolean held = reload || text != null && (!trouble.isEmpty() || asItIs != null);
        boolean idle = !used && !held;
        used = false;
        return idle;
    }
}
