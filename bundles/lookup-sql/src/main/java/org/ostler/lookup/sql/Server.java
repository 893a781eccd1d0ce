// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.ostler.mail.lookup.sql.SqlDriver;
import org.ostler.mail.lookup.sql.SqlServer;

/**
 * The connections of one table to one host: {@code connection_limit} of them at most, those not in use closed after {@code idle_interval}.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> {@link #take} while all are in use, or while one is opened.
 */
final class Server {

    enum State { UNTRIED, ACTIVE, FAILED }

    final Host host;
    private final TableSetup setup;
    private final Semaphore places;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Session> idle = new ArrayDeque<>();
    private volatile State state = State.UNTRIED;
    private volatile long retryAt;
    private Future<?> sweep;
    private boolean closed;

    Server(Host host, TableSetup setup) {
        this.host = host;
        this.setup = setup;
        this.places = new Semaphore(setup.connections, true);
    }

    boolean isActive() {
        return state == State.ACTIVE;
    }

    /** Whether it may be tried: not failed, or long enough ago. One that has become active since {@link #isActive} was asked counts. */
    boolean mayBeTried() {
        return state != State.FAILED || System.nanoTime() - retryAt >= 0;
    }

    /** To be left alone for {@code retry_interval}. */
    void down() {
        retryAt = System.nanoTime() + setup.retry.toNanos();
        state = State.FAILED;
        drop(session -> true);
    }

    /** No connection can be had before the deadline; nobody's fault. */
    static final class Busy extends Exception {
        private static final long serialVersionUID = 1L;

        Busy(int connections) {
            super("all " + connections + " connections are in use");
        }
    }

    /** @param onlyNew connections from before may be broken */
    Session take(SqlDriver driver, boolean onlyNew, long deadline) throws SQLException, Busy, InterruptedException {
        if (!places.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            throw new Busy(setup.connections);
        }
        boolean taken = false;
        try {
            Object identity = identity();
            Session session = onlyNew ? null : fromIdle(driver, identity);
            if (session == null) {
                session = new Session(Connecting.to(driver.source(host.server())), driver, setup.dialect, identity);
            }
            state = State.ACTIVE;
            taken = true;
            return session;
        } finally {
            if (!taken) {
                places.release();
            }
        }
    }

    private Session fromIdle(SqlDriver driver, Object identity) {
        while (true) {
            Session session;
            lock.lock();
            try {
                session = idle.pollFirst();
            } finally {
                lock.unlock();
            }
            if (session == null || session.driver == driver && session.identity.equals(identity)) {
                return session;
            }
            session.close();
        }
    }

    /** A file that was replaced is another one under the same name; a host stays itself. */
    private Object identity() {
        if (!(host.server().address() instanceof SqlServer.File(String path))) {
            return host;
        }
        try {
            Object key = Files.readAttributes(Path.of(path), BasicFileAttributes.class).fileKey();
            return key == null ? host : key;
        } catch (IOException e) {
            // Opening it says what is wrong.
            return new Object();
        }
    }

    void give(Session session) {
        boolean kept = false;
        if (!session.spoiled) {
            session.fresh = false;
            session.idleSince = System.nanoTime();
            lock.lock();
            try {
                kept = !closed && state != State.FAILED;
                if (kept) {
                    idle.addFirst(session);
                    scheduleSweep();
                }
            } finally {
                lock.unlock();
            }
        }
        places.release();
        if (session.spoiled) {
            session.abort();
        } else if (!kept) {
            session.close();
        }
    }

    private void scheduleSweep() {
        if (sweep == null) {
            sweep = ForkJoinPool.commonPool().schedule(() -> {
                Thread.ofVirtual().name("sql idle").start(this::sweep);
            }, setup.idle.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void sweep() {
        drop(session -> System.nanoTime() - session.idleSince >= setup.idle.toNanos());
        lock.lock();
        try {
            sweep = null;
            if (!idle.isEmpty() && !closed) {
                scheduleSweep();
            } else if (idle.isEmpty() && state == State.ACTIVE && places.availablePermits() == setup.connections) {
                state = State.UNTRIED;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes those idle connections that are meant. */
    void drop(Predicate<Session> which) {
        List<Session> dropped = new ArrayList<>();
        lock.lock();
        try {
            idle.removeIf(session -> which.test(session) && dropped.add(session));
        } finally {
            lock.unlock();
        }
        dropped.forEach(Session::close);
    }

    int idleConnections() {
        lock.lock();
        try {
            return idle.size();
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            if (sweep != null) {
                sweep.cancel(false);
            }
        } finally {
            lock.unlock();
        }
        drop(session -> true);
    }
}
