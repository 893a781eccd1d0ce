// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.ostler.mail.lookup.TableStatistics.Source;
import org.ostler.mail.lookup.spi.TableFactory;

/**
 * One factory while its bundle is there, and the tables that it has opened.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> {@link #leave} until no table is being opened and all are closed, or the time is over.
 */
final class Provider {

    final TableFactory factory;
    final Source source;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition quiet = lock.newCondition();
    private final Set<OpenTable> tables = new HashSet<>();
    private int opening;
    private boolean gone;

    Provider(TableFactory factory, Source source) {
        this.factory = factory;
        this.source = source;
    }

    /** Nothing is opened from now on. */
    void goes() {
        lock.lock();
        try {
            gone = true;
            quiet.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isGone() {
        lock.lock();
        try {
            return gone;
        } finally {
            lock.unlock();
        }
    }

    /** Whether it is gone, now or soon. */
    boolean awaitGone(long nanos) {
        lock.lock();
        try {
            long left = nanos;
            while (!gone && left > 0) {
                left = quiet.awaitNanos(left);
            }
            return gone;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Before a table is opened; false where the factory must not be used any more. */
    boolean beginOpen() {
        lock.lock();
        try {
            if (gone) {
                return false;
            }
            opening++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** @param table null where it could not be opened */
    void endOpen(OpenTable table) {
        lock.lock();
        try {
            opening--;
            if (table != null) {
                tables.add(table);
            }
            quiet.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void closed(OpenTable table) {
        lock.lock();
        try {
            tables.remove(table);
            quiet.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the use of the factory; false where lookups or openings were still in progress when the time was over. Their tables close when the last has returned. */
    boolean leave(long nanos) {
        lock.lock();
        try {
            long left = nanos;
            var told = new HashSet<OpenTable>();
            while (true) {
                for (OpenTable table : tables) {
                    if (told.add(table)) {
                        // Not here: a table that does not close must not hold up the bundle beyond the time.
                        Thread.ofPlatform().daemon().name("close table").start(SlowLookup.forgetting(table::retire));
                    }
                }
                if (opening == 0 && tables.isEmpty()) {
                    return true;
                }
                if (left <= 0) {
                    return false;
                }
                // Short, because an opening that ends brings a table that must be retired too.
                left -= TimeUnit.MILLISECONDS.toNanos(50) - Math.max(0, quiet.awaitNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(50))));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }
}
