// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lease;

import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A dynamic reference to a service that may be replaced at any moment.
 *
 * <h2>Description</h2>
 * Declarative Services calls {@link #bind} and {@link #unbind} (policy dynamic, greedy, cardinality multiple, so that two providers can
 * overlap); the one with the highest rank is used. A call runs inside {@link #call} or between {@link #acquire} and
 * {@link Lease#close}. {@code unbind} waits until the leases of the service that leaves are back, at most {@link #DRAIN}. With nobody bound
 * a caller waits at most the given time, then gets {@link UnavailableException}.
 *
 * <p><b>Threads</b> any, virtual ones included. <b>Blocking</b> as said. Do not hold a lease while waiting for something that may take
 * longer than the drain limit, and never unbind from a thread that holds a lease.
 *
 * @param <T> the contract
 */
public final class Leased<T> {

    /** How long {@code unbind} waits for calls in progress. */
    public static final Duration DRAIN = Duration.ofSeconds(5);
    /** How long callers wait for a replacement unless they say otherwise. */
    public static final Duration PATIENCE = Duration.ofSeconds(10);

    /** A service in use. Close it exactly once, in a {@code finally} or try-with-resources. */
    public final class Lease implements AutoCloseable {
        private final Holder<T> holder;
        private boolean open = true;

        private Lease(Holder<T> holder) {
            this.holder = holder;
        }

        public T service() {
            return holder.service;
        }

        @Override
        public void close() {
            if (open) {
                open = false;
                release(holder);
            }
        }
    }

    /** A call that may fail in its own way. */
    @FunctionalInterface
    public interface Call<T, R, E extends Exception> {
        R on(T service) throws E;
    }

    private static final class Holder<T> {
        final T service;
        int leases;

        Holder(T service) {
            this.service = service;
        }
    }

    private final String name;
    private final Duration patience;
    private final long made = System.nanoTime();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final TreeMap<Comparable<Object>, Holder<T>> bound = new TreeMap<>(Comparator.naturalOrder());
    private boolean known;

    /** @param name what is missing, in the words of an operator: {@code "queue store"} */
    public Leased(String name) {
        this(name, PATIENCE);
    }

    public Leased(String name, Duration patience) {
        this.name = name;
        this.patience = patience;
    }

    /** A reference that is bound once and for all: tests and plain wiring. */
    public static <T> Leased<T> to(T service) {
        var leased = new Leased<T>(service.getClass().getSimpleName());
        leased.bind(service, 0);
        return leased;
    }

    /**
     * A service has come.
     *
     * @param rank orders providers, highest wins; in OSGi the {@code ServiceReference} itself
     */
    @SuppressWarnings("unchecked")
    public void bind(T service, Comparable<?> rank) {
        lock.lock();
        try {
            bound.put((Comparable<Object>) rank, new Holder<>(service));
            known = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** A service leaves; returns when its calls have ended or {@link #DRAIN} has passed. */
    public void unbind(T service, Comparable<?> rank) {
        lock.lock();
        try {
            Holder<T> holder = remove(service, rank);
            long left = DRAIN.toNanos();
            while (holder != null && holder.leases > 0 && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /** Also where the order has changed since, as it does when somebody changes a service's ranking: one that stayed behind would be called for ever. */
    @SuppressWarnings("unchecked")
    private Holder<T> remove(T service, Comparable<?> rank) {
        Holder<T> found = bound.remove((Comparable<Object>) rank);
        if (found != null) {
            return found;
        }
        for (var each = bound.entrySet().iterator(); each.hasNext();) {
            Map.Entry<Comparable<Object>, Holder<T>> entry = each.next();
            if (entry.getKey().equals(rank) && entry.getValue().service == service) {
                each.remove();
                return entry.getValue();
            }
        }
        return null;
    }

    /** Takes the best service now, waiting for one if need be. */
    public Lease acquire() throws UnavailableException {
        return acquire(patience);
    }

    public Lease acquire(Duration wait) throws UnavailableException {
        lock.lock();
        try {
            long left = wait.toNanos();
            while (bound.isEmpty()) {
                if (left <= 0) {
                    throw new UnavailableException(name + " is not available");
                }
                left = changed.awaitNanos(left);
            }
            Holder<T> holder = bound.lastEntry().getValue();
            holder.leases++;
            return new Lease(holder);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnavailableException("interrupted while waiting for " + name);
        } finally {
            lock.unlock();
        }
    }

    /** Runs one call under a lease. */
    public <R, E extends Exception> R call(Call<T, R, E> call) throws E, UnavailableException {
        try (Lease lease = acquire()) {
            return call.on(lease.service());
        }
    }

    /**
     * Whether anybody ever provided the service: one who did and is gone is likely to be replaced, and worth waiting for; where nobody ever came there is nothing to wait for. Parts start in any
     * order: the answer "nobody" is not given before this reference has stood for some time.
     *
     * <p><b>Blocking</b> until somebody comes, or that time is over.
     *
     * @param start counted from when this reference was made, {@link #PATIENCE} where nothing speaks for another
     */
    public boolean awaitKnown(Duration start) {
        lock.lock();
        try {
            for (long left = start.toNanos() - (System.nanoTime() - made); !known && left > 0;) {
                left = changed.awaitNanos(left);
            }
            return known;
        } catch (InterruptedException e) {
            // Whoever goes on to ask for the service is told.
            Thread.currentThread().interrupt();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether somebody provides the service at this moment. */
    public boolean isBound() {
        lock.lock();
        try {
            return !bound.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private void release(Holder<T> holder) {
        lock.lock();
        try {
            if (--holder.leases == 0) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }
}
