// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;

/**
 * Matching that does not fail where the caller's stack is too small: the JDK's matcher calls itself for each turn of {@code (a|b)*}, which ends after a thousand characters on a usual thread.
 *
 * <p>Such a match runs again on a thread with a larger stack, {@value #AT_A_TIME} at a time. <b>Threads</b> any. <b>Blocking</b> only then: {@value #PATIENCE} s for a place, and the time of the match.
 */
final class DeepMatch {

    /** Bytes; only those that are used cost memory, and only until the match has ended. */
    private static final long STACK = 128L << 20;
    private static final int AT_A_TIME = 2;
    private static final long PATIENCE = 2;
    private static final Semaphore PLACES = new Semaphore(AT_A_TIME);

    private DeepMatch() {}

    /** @throws Steps.TooMany also where that stack was too small, too, or no place was free; it says which */
    static boolean find(Matcher matcher, Steps text) {
        try {
            return matcher.find();
        } catch (StackOverflowError e) {
            text.renew();
            matcher.reset();
        }
        boolean placed = false;
        try {
            placed = PLACES.tryAcquire(PATIENCE, TimeUnit.SECONDS);
            if (!placed) {
                throw new Steps.TooMany("other deep matches have the room for this one");
            }
            return elsewhere(matcher);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Steps.TooMany("interrupted in a wait for room for a deep match");
        } finally {
            if (placed) {
                PLACES.release();
            }
        }
    }

    /** Is not left before the match has ended, which its count of steps sees to: key and matcher are the caller's. */
    private static boolean elsewhere(Matcher matcher) {
        var match = new FutureTask<>(matcher::find);
        Thread thread = new Thread(null, match, "deep match", STACK);
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            // The system's limit of threads or of memory.
            throw new Steps.TooMany("no thread for a deep match: " + e.getMessage());
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return match.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException limitOrBug -> throw limitOrBug;
                case StackOverflowError _ -> throw new Steps.TooMany("pattern calls itself too deep for this key");
                default -> throw new Steps.TooMany("deep match failed: " + e.getCause());
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
