// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.Closeable;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends waits. Java has no write timeouts, and a read timeout covers one read only; so each connection has one deadline here, moved from stage to stage, and is closed when it passes. That ends a peer that never reads
 * as well as one that sends a byte every ten seconds.
 *
 * <p>One platform thread looks at all deadlines ten times a second while there is a connection, and ends when there is none for a while: moving a deadline is one volatile write.
 *
 * <p><b>Threads</b> any.
 */
final class Deadlines {

    private static final long PERIOD = 100_000_000;
    private static final int IDLE_ROUNDS = 50;

    /** The deadline of one connection. */
    static final class Deadline {
        private final Closeable victim;
        private volatile long end;
        private volatile boolean set;
        private volatile boolean passed;

        private Deadline(Closeable victim) {
            this.victim = victim;
        }

        /** From now on; what was set before no longer counts. */
        void in(long nanos) {
            at(System.nanoTime() + nanos);
        }

        /** @param nanoTime on the scale of {@link System#nanoTime} */
        void at(long nanoTime) {
            end = nanoTime;
            set = true;
        }

        /** Nobody waits. */
        void none() {
            set = false;
        }

        /** The connection was closed from here. */
        boolean hasPassed() {
            return passed;
        }

        private void look(long now) {
            if (set && end - now <= 0) {
                passed = true;
                set = false;
                try {
                    victim.close();
                } catch (IOException | RuntimeException | Error _) {
                    // closing is all that can be done; who waits gets an error of its own, and the others need this thread
                }
            }
        }
    }

    private final Set<Deadline> all = ConcurrentHashMap.newKeySet();
    private boolean running;

    /** @param victim closed when the deadline passes; its close must not block */
    Deadline watch(Closeable victim) {
        var deadline = new Deadline(victim);
        all.add(deadline);
        try {
            startWatching();
        } catch (RuntimeException | Error e) {
            all.remove(deadline);
            throw e;
        }
        return deadline;
    }

    /** Where no thread is to be had there is no connection either, and the next one tries again: one without a deadline could wait for ever. */
    private synchronized void startWatching() {
        if (!running) {
            Thread.ofPlatform().daemon().name("smtp-client-deadlines").start(this::run);
            running = true;
        }
    }

    void forget(Deadline deadline) {
        deadline.none();
        all.remove(deadline);
    }

    private void run() {
        int idle = 0;
        while (true) {
            LockSupport.parkNanos(PERIOD);
            long now = System.nanoTime();
            for (Deadline deadline : all) {
                deadline.look(now);
            }
            idle = all.isEmpty() ? idle + 1 : 0;
            if (idle > IDLE_ROUNDS) {
                synchronized (this) {
                    if (all.isEmpty()) {
                        running = false;
                        return;
                    }
                }
            }
        }
    }
}
