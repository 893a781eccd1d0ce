// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The connections of one table to its server.
 *
 * <h2>Description</h2>
 * At most {@link #MOST} at a time; who finds none free waits within the deadline of the lookup. One that is idle is used again, the one used last first, and closed after {@link #IDLE}. A server
 * that hung up on an idle connection is asked once more on a new one. Where no connection comes about, lookups fail at once for a while that doubles with each failure, so that a dead server costs
 * nobody a wait.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> within the time given. No thread while nothing is asked.
 */
final class Pool implements AutoCloseable {

    static final int MOST = 20;
    private static final long IDLE = TimeUnit.SECONDS.toNanos(10);
    private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(10);

    /** A request and its reply. */
    @FunctionalInterface
    interface Exchange<T> {
        T with(Connection connection) throws IOException;
    }

    private final Endpoint endpoint;
    private final Semaphore places = new Semaphore(MOST, true);
    // Guarded by this.
    private final Deque<Connection> idle = new ArrayDeque<>();
    private boolean sweeping;
    private boolean closed;
    private long pause;
    private long pausedUntil;
    private String pausedFor;

    Pool(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    <T> T ask(Duration timeout, Exchange<T> exchange) throws Trouble {
        long end = System.nanoTime() + timeout.toNanos();
        try {
            if (!places.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new Trouble(Trouble.Kind.TIMEOUT, "all " + MOST + " connections are busy");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Trouble(Trouble.Kind.TIMEOUT, "interrupted");
        }
        try {
            Connection kept = kept();
            if (kept != null) {
                try {
                    return on(kept, end, exchange);
                } catch (Trouble e) {
                    // Hung up while idle; whoever has begun to answer has understood the request.
                    if (e.kind != Trouble.Kind.DISCONNECT || kept.answered()) {
                        throw e;
                    }
                }
            }
            return on(connect(end), end, exchange);
        } finally {
            places.release();
        }
    }

    private <T> T on(Connection connection, long end, Exchange<T> exchange) throws Trouble {
        boolean good = false;
        try (var watch = new Watch(connection.channel(), end)) {
            T answer = watch.guard(() -> exchange.with(connection));
            good = true;
            return answer;
        } finally {
            if (good) {
                keep(connection);
            } else {
                connection.close();
            }
        }
    }

    private Connection connect(long end) throws Trouble {
        refuseWhilePaused();
        try {
            Connection connection = endpoint.connect(end);
            recovered();
            return connection;
        } catch (Trouble e) {
            pause(e.getMessage());
            throw e;
        }
    }

    private synchronized void refuseWhilePaused() throws Trouble {
        if (pausedFor != null && System.nanoTime() - pausedUntil < 0) {
            throw new Trouble(Trouble.Kind.CONNECT, pausedFor);
        }
    }

    private synchronized void recovered() {
        pause = 0;
        pausedFor = null;
    }

    private synchronized void pause(String reason) {
        pause = Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, pause * 2));
        pausedUntil = System.nanoTime() + pause;
        pausedFor = reason;
    }

    private synchronized Connection kept() {
        return idle.pollFirst();
    }

    private synchronized void keep(Connection connection) {
        if (closed) {
            connection.close();
            return;
        }
        connection.idleSince = System.nanoTime();
        idle.addFirst(connection);
        if (!sweeping) {
            sweepIn(IDLE);
        }
    }

    private void sweepIn(long nanos) {
        sweeping = true;
        CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS).execute(this::sweep);
    }

    private synchronized void sweep() {
        sweeping = false;
        long now = System.nanoTime();
        while (!idle.isEmpty() && now - idle.peekLast().idleSince >= IDLE) {
            idle.removeLast().close();
        }
        if (!idle.isEmpty()) {
            sweepIn(IDLE - (now - idle.peekLast().idleSince));
        }
    }

    synchronized int idleConnections() {
        return idle.size();
    }

    /** Connections in use are closed when their lookup ends. */
    @Override
    public synchronized void close() {
        closed = true;
        idle.forEach(Connection::close);
        idle.clear();
    }
}
