// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Looks at files, one at a time, each on a platform thread of its own: a file server that is gone holds that thread, for good perhaps, and nobody else.
 *
 * <p><b>Threads</b> any; what one look has written the next one sees. <b>Blocking</b> {@link #ended} up to its patience. <b>Errors</b> a look that breaks is told of by itself: nobody may be waiting for it any more, and
 * whoever does has his table's answer.
 */
final class Lookout {

    /** @param begun by {@link System#nanoTime} */
    record Look(FutureTask<Void> task, long begun) {

        long leftOf(Duration patience) {
            return patience.toNanos() - (System.nanoTime() - begun);
        }
    }

    private final AtomicReference<Look> underWay = new AtomicReference<>();

    /** Null where nobody looks. */
    Look underWay() {
        return underWay.get();
    }

    /**
     * @param warnings takes a finished line, where the work breaks
     * @return null where somebody looks already, or where there is no thread for it
     */
    Look begin(Runnable work, Consumer<String> warnings) {
        if (underWay.get() != null) {
            return null;
        }
        var look = new Look(SlowLookup.forgetting(() -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                warnings.accept("bug in a look at files: " + e);
            } finally {
                underWay.set(null);
            }
        }), System.nanoTime());
        if (!underWay.compareAndSet(null, look)) {
            return null;
        }
        try {
            Thread.ofPlatform().daemon().name("look at files").start(look.task);
            return look;
        } catch (OutOfMemoryError e) {
            underWay.set(null);
            return null;
        }
    }

    /** What an operator is told where a look is not over in time. */
    static String silence(String what, Duration patience) {
        return what + " goes on as it was read before: the file system has not answered in " + patience.toSeconds() + " s";
    }

    /** For who began it: waits, and tells an operator where it is not over in time. An interrupt says nothing of the file system. */
    static void await(Look mine, long nanos, String silence, Consumer<String> warnings) {
        if (!ended(mine, nanos) && !Thread.currentThread().isInterrupted()) {
            warnings.accept(silence);
        }
    }

    /** Whether it is over. Not where time is up, or the caller is interrupted. */
    static boolean ended(Look look, long nanos) {
        try {
            look.task.get(nanos, TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a warning of a look at files was not taken", e.getCause());
        }
    }
}
