// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The connections of one table to its server.
 *
 * <h2>Description</h2>
 * At most {@link #MOST} at a time; who finds none free waits within the deadline of the lookup. One that is idle is used again, the one used last first, and closed after {@link #IDLE}. A server
 * that hung up on an idle connection is asked once more on a new one. Where no connection comes about, lookups fail at once for a while that doubles with each failure, so that a dead server costs
 * nobody a wait. Where several {@link Tries} are made it is the last that counts as failure.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> within the time given. No thread while nothing is asked.
 */
final class Pool implements AutoCloseable {

    static final int MOST = 20;
    private static final long IDLE = TimeUnit.SECONDS.toNanos(10);
    static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);
    static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(10);

    /** A request and its reply. */
    @FunctionalInterface
    interface Exchange<T> {
        T with(Connection connection) throws IOException;
    }

    /** @param pause between them; a next one that would begin too late is not waited for */
    record Tries(int most, Duration pause) {}

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
        return once(System.nanoTime() + timeout.toNanos(), exchange, true);
    }

    /**
     * Again after a failure other than a reply that makes no sense. While lookups fail at once, once.
     *
     * @param failed takes each of them
     */
    <T> T ask(Tries tries, Duration timeout, Exchange<T> exchange, Consumer<Trouble> failed) throws Trouble {
        long end = System.nanoTime() + timeout.toNanos();
        int most = isPaused() ? 1 : tries.most;
        for (int n = 1;; n++) {
            try {
                return once(end, exchange, most == 1);
            } catch (Trouble e) {
                failed.accept(e);
                boolean pointless = e.kind == Trouble.Kind.FORMAT || Thread.currentThread().isInterrupted();
                if (pointless || n >= most || end - System.nanoTime() <= tries.pause.toNanos()) {
                    if (most > 1 && isDead(e)) {
                        pause(e.getMessage(), tries.pause.toNanos());
                    }
                    throw e;
                }
                sleep(tries.pause, e);
            }
        }
    }

    private static void sleep(Duration time, Trouble last) throws Trouble {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw last;
        }
    }

    /** @param only its failure is one of the lookup */
    private <T> T once(long end, Exchange<T> exchange, boolean only) throws Trouble {
        try {
            if (!places.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
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
            return onNew(end, exchange, only);
        } finally {
            places.release();
        }
    }

    private <T> T on(Connection connection, long end, Exchange<T> exchange) throws Trouble {
        boolean good = false;
        try (var watch = new Watch(connection.channel(), end)) {
            T answer = watch.guard(() -> exchange.with(connection));
            good = true;
            recovered();
            return answer;
        } finally {
            if (good) {
                keep(connection);
            } else {
                connection.close();
            }
        }
    }

    /** A server that takes connections and hangs up is as dead as one that takes none. One that is slow is not: others may be answered meanwhile. */
    private <T> T onNew(long end, Exchange<T> exchange, boolean only) throws Trouble {
        if (only) {
            refuseWhilePaused();
        }
        try {
            return on(endpoint.connect(end), end, exchange);
        } catch (Trouble e) {
            if (only && isDead(e)) {
                pause(e.getMessage(), FIRST_PAUSE);
            }
            throw e;
        }
    }

    private static boolean isDead(Trouble e) {
        return e.kind == Trouble.Kind.CONNECT || e.kind == Trouble.Kind.DISCONNECT;
    }

    private synchronized void refuseWhilePaused() throws Trouble {
        if (isPaused()) {
            throw new Trouble(Trouble.Kind.CONNECT, pausedFor);
        }
    }

    private boolean isPaused() {
        return isPaused(System.nanoTime());
    }

    synchronized boolean isPaused(long now) {
        return pausedFor != null && now - pausedUntil < 0;
    }

    private synchronized void recovered() {
        pause = 0;
        pausedFor = null;
    }

    /**
     * For whoever can do without: a server that did not answer in time is taken for dead, until it answers. Connections that are idle would hang as well.
     *
     * @param first as long as it has cost to find out
     */
    synchronized void leaveAlone(Duration first) {
        pause("timeout a moment ago", first.toNanos());
        closeIdle();
    }

    private void closeIdle() {
        idle.forEach(Connection::close);
        idle.clear();
    }

    private void pause(String reason, long first) {
        pause(reason, first, System.nanoTime());
    }

    /** Lookups that were under way when the pause began are of the same failure: twenty of them would make the first pause the longest. */
    synchronized void pause(String reason, long first, long now) {
        if (isPaused(now)) {
            return;
        }
        pause = Math.min(LONGEST_PAUSE, Math.max(first, pause * 2));
        pausedUntil = now + pause;
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

    /** Connections in use are closed when their lookup ends. */
    @Override
    public synchronized void close() {
        closed = true;
        closeIdle();
    }
}
