// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lookup.TableStatistics.Source;
import org.ostler.mail.lookup.spi.TableFactory;

/**
 * The factories that are there, by table type.
 *
 * <p>Each type has a version that grows whenever a factory comes or goes and whenever the configuration is read anew: a handle that finds it changed opens its table again.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> {@link Slot#awaitToOpen} for a factory, counted from the moment at which the last one went, so that a type that exists nowhere costs one wait and not one per
 * lookup; {@link #unbind} for lookups in progress, {@link Leased#DRAIN} at most.
 */
final class Registry {

    /** How long lookups wait for the very first configuration. */
    static final Duration FIRST_CONFIGURATION = Duration.ofSeconds(10);

    final class Slot {
        final String type;
        private final TreeMap<Comparable<Object>, Provider> providers = new TreeMap<>(Comparator.naturalOrder());
        private long missingSince = System.nanoTime();
        volatile long version = 1;
        /** The version that the last new configuration, an operator's reload, has made, and when that was, by the clock on the wall. */
        volatile long renewed;
        volatile Instant renewedAt = Instant.MIN;

        Slot(String type) {
            this.type = type;
        }

        /** The factory with the highest rank, begun to be used for opening; or null where none came in time. */
        Provider awaitToOpen(Duration patience) {
            Provider provider = await(patience);
            // One that has begun to leave is no longer in the map, so the next turn gives another or waits.
            while (provider != null && !provider.beginOpen()) {
                provider = await(patience);
            }
            return provider;
        }

        /** Also where the order has changed since, as it does when somebody changes a service's ranking. Under the lock. */
        private Provider take(Comparable<Object> rank) {
            Provider found = providers.remove(rank);
            for (var each = providers.entrySet().iterator(); found == null && each.hasNext();) {
                var entry = each.next();
                if (entry.getKey().equals(rank)) {
                    found = entry.getValue();
                    each.remove();
                }
            }
            return found;
        }

        /** Whether nobody provides the type at this moment. */
        boolean isMissing() {
            lock.lock();
            try {
                return providers.isEmpty();
            } finally {
                lock.unlock();
            }
        }

        private Provider await(Duration patience) {
            lock.lock();
            try {
                while (providers.isEmpty()) {
                    long left = missingSince + patience.toNanos() - System.nanoTime();
                    if (left <= 0) {
                        return null;
                    }
                    changed.await(left, TimeUnit.NANOSECONDS);
                }
                return providers.lastEntry().getValue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            } finally {
                lock.unlock();
            }
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ConcurrentHashMap<String, Slot> slots = new ConcurrentHashMap<>();

    Slot slot(String type) {
        Slot known = slots.get(type);
        return known != null ? known : slots.computeIfAbsent(type, Slot::new);
    }

    @SuppressWarnings("unchecked")
    void bind(TableFactory factory, Source source, List<String> types, Comparable<?> rank) {
        lock.lock();
        try {
            for (String type : types) {
                Slot slot = slot(type);
                slot.providers.put((Comparable<Object>) rank, new Provider(factory, source));
                slot.version++;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns when no lookup is inside the factory's tables and these are closed; false where that took too long. */
    boolean unbind(List<String> types, Comparable<?> rank) {
        boolean quiet = true;
        long end = System.nanoTime() + Leased.DRAIN.toNanos();
        for (String type : types) {
            Provider provider = remove(slot(type), rank);
            if (provider != null) {
                quiet &= provider.leave(end - System.nanoTime());
            }
        }
        return quiet;
    }

    @SuppressWarnings("unchecked")
    private Provider remove(Slot slot, Comparable<?> rank) {
        lock.lock();
        try {
            Provider provider = slot.take((Comparable<Object>) rank);
            if (slot.providers.isEmpty()) {
                slot.missingSince = System.nanoTime();
            }
            slot.version++;
            if (provider != null) {
                provider.goes();
            }
            return provider;
        } finally {
            lock.unlock();
        }
    }

    /** All tables are to be opened again at their next use. */
    void renewAll() {
        lock.lock();
        try {
            Instant now = Instant.now();
            for (Slot slot : slots.values()) {
                // In this order: who sees the version knows what it is for, and since when.
                slot.renewedAt = now;
                slot.renewed = slot.version + 1;
                slot.version++;
            }
        } finally {
            lock.unlock();
        }
    }
}
