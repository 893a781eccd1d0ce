// SPDX-License-Identifier: Apache-2.0
package org.ostler.listener;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.ostler.mail.listen.spi.ConnectionHandler;

/**
 * Who serves a program's connections now, and who still serves old ones.
 *
 * <p>Not {@code Leased}: a session lives longer than any call may hold a lease. The best handler of a program takes new connections. One that is replaced or
 * leaves has its sessions drained: those between two transactions end at once, the others at their next boundary, all after {@value #DRAIN_SECONDS} s.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> {@link #enter} waits for a handler, {@link #unbind} for the old sessions, both bounded.
 */
final class Handlers {

    static final int DRAIN_SECONDS = 30;
    /** How long {@link #unbind} waits: as long as a leased reference does. */
    private static final long UNBIND_WAIT = TimeUnit.SECONDS.toNanos(5);

    /** One handler and its sessions. */
    final class Serving {
        private final ConnectionHandler handler;
        private final Set<Accepted> sessions = ConcurrentHashMap.newKeySet();
        private boolean replaced;

        private Serving(ConnectionHandler handler) {
            this.handler = handler;
        }

        ConnectionHandler handler() {
            return handler;
        }

        void leave(Accepted session) {
            lock.lock();
            try {
                sessions.remove(session);
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, TreeMap<Comparable<Object>, Serving>> programs = new HashMap<>();
    private final Runnable onChange;
    private boolean stopped;

    /** @param onChange called without locks when a program got its first handler or lost its last */
    Handlers(Runnable onChange) {
        this.onChange = onChange;
    }

    @SuppressWarnings("unchecked")
    void bind(String program, ConnectionHandler handler, Comparable<?> rank) {
        lock.lock();
        try {
            var all = programs.computeIfAbsent(program, p -> new TreeMap<>(Comparator.naturalOrder()));
            all.put((Comparable<Object>) rank, new Serving(handler));
            settle(all);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        onChange.run();
    }

    /** The handler leaves; returns when its sessions have ended, or after the bounded wait. */
    void unbind(String program, Comparable<?> rank) {
        lock.lock();
        try {
            var all = programs.get(program);
            @SuppressWarnings("unchecked")
            Serving old = all == null ? null : all.remove((Comparable<Object>) rank);
            if (old == null) {
                return;
            }
            drain(old);
            settle(all);
            if (all.isEmpty()) {
                programs.remove(program);
            }
            long left = UNBIND_WAIT;
            while (!old.sessions.isEmpty() && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        onChange.run();
    }

    boolean serves(String program) {
        lock.lock();
        try {
            return programs.containsKey(program);
        } finally {
            lock.unlock();
        }
    }

    /** Puts a session under the best handler; empty when none came in time, or everybody is sent away. The caller calls {@link Serving#leave} in the end. */
    Optional<Serving> enter(String program, Accepted session, long patience) throws InterruptedException {
        lock.lock();
        try {
            long left = patience;
            while (!stopped && !programs.containsKey(program)) {
                if (left <= 0) {
                    return Optional.empty();
                }
                left = changed.awaitNanos(left);
            }
            if (stopped) {
                return Optional.empty();
            }
            Serving best = programs.get(program).lastEntry().getValue();
            best.sessions.add(session);
            return Optional.of(best);
        } finally {
            lock.unlock();
        }
    }

    /** Everybody out, and nobody in: the listener itself stops. Waits at most {@code wait} for the sessions. */
    void drainAll(long wait) {
        lock.lock();
        try {
            stopped = true;
            changed.signalAll();
            programs.values().forEach(all -> all.values().forEach(Handlers::drain));
            long left = wait;
            while (left > 0 && programs.values().stream().anyMatch(all -> all.values().stream().anyMatch(s -> !s.sessions.isEmpty()))) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            programs.values().forEach(all -> all.values().forEach(s -> s.sessions.forEach(Accepted::close)));
            lock.unlock();
        }
    }

    /** All but the best drain; one that becomes the best again starts afresh. */
    private void settle(TreeMap<Comparable<Object>, Serving> all) {
        if (all.isEmpty()) {
            return;
        }
        var best = all.lastEntry();
        if (best.getValue().replaced) {
            all.put(best.getKey(), new Serving(best.getValue().handler));
        }
        all.headMap(best.getKey()).values().forEach(Handlers::drain);
    }

    private static void drain(Serving old) {
        old.replaced = true;
        old.sessions.forEach(session -> session.drain(TimeUnit.SECONDS.toNanos(DRAIN_SECONDS)));
    }
}
