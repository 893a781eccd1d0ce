// SPDX-License-Identifier: Apache-2.0
package org.ostler.listener;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * The timer of all sessions: one thread looks over the open connections several times a second and ends those whose time is over.
 *
 * <p>A deadline moves with every command, so setting it must cost next to nothing: it is one volatile write. The price is paid here, by reading one number per
 * open connection and tick: ten thousand sessions are some ten microseconds.
 *
 * <p><b>Threads</b> any; the closing is done by the timer's own. <b>Blocking</b> no.
 */
final class Deadlines implements AutoCloseable {

    private static final long TICK = 200_000_000;

    private final Set<Accepted> watched = ConcurrentHashMap.newKeySet();
    private final LongSupplier clock;
    private final Thread thread;
    private volatile boolean closed;

    /** @param clock monotonic nanoseconds */
    Deadlines(LongSupplier clock) {
        this.clock = clock;
        this.thread = Thread.ofPlatform().daemon().name("listener-deadlines").start(this::run);
    }

    long now() {
        return clock.getAsLong();
    }

    void watch(Accepted connection) {
        watched.add(connection);
    }

    void forget(Accepted connection) {
        watched.remove(connection);
    }

    /** One look at all connections. */
    void tick() {
        long now = clock.getAsLong();
        for (Accepted connection : watched) {
            connection.closeIfOver(now);
        }
    }

    private void run() {
        while (!closed) {
            LockSupport.parkNanos(TICK);
            try {
                tick();
            } catch (RuntimeException | Error e) {
                // Without this thread no session would ever be ended.
                org.slf4j.LoggerFactory.getLogger(Deadlines.class).error("deadlines", e);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
