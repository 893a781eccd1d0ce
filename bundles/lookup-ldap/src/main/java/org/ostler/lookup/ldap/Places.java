// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Places for so many at a time; who finds none free waits in line, no longer than everybody does.
 *
 * <p>A fair semaphore with one timer for the whole line in place of one for each who waits: to start and stop a timer costs as much as the half of a lookup. All wait equally long at most, so that the
 * first in line is always the first whose time is over.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> {@link #take}, up to the patience. <b>Errors</b> none.
 */
final class Places {

    private enum Fate { WAITS, HAS_PLACE, TOO_LATE }

    private static final class Waiter {
        final Thread thread = Thread.currentThread();
        final long end;
        volatile Fate fate = Fate.WAITS;

        Waiter(long end) {
            this.end = end;
        }

        void is(Fate fate) {
            this.fate = fate;
            LockSupport.unpark(thread);
        }
    }

    private final long patience;
    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by the lock.
    private final ArrayDeque<Waiter> line = new ArrayDeque<>();
    private int free;
    private boolean ticking;

    Places(int count, Duration patience) {
        this.free = count;
        this.patience = Math.max(1, patience.toNanos());
    }

    /** @return false where no place became free in time */
    boolean take() throws InterruptedException {
        Waiter waiter;
        lock.lock();
        try {
            if (free > 0) {
                free--;
                return true;
            }
            waiter = new Waiter(System.nanoTime() + patience);
            line.addLast(waiter);
            tick(patience);
        } finally {
            lock.unlock();
        }
        while (waiter.fate == Fate.WAITS) {
            LockSupport.park(this);
            if (Thread.interrupted()) {
                leave(waiter);
                throw new InterruptedException();
            }
        }
        return waiter.fate == Fate.HAS_PLACE;
    }

    /** Who was given a place in the same moment passes it on. */
    private void leave(Waiter waiter) {
        lock.lock();
        try {
            if (!line.remove(waiter) && waiter.fate == Fate.HAS_PLACE) {
                giveBack();
            }
        } finally {
            lock.unlock();
        }
    }

    void giveBack() {
        lock.lock();
        try {
            Waiter next = line.pollFirst();
            if (next == null) {
                free++;
            } else {
                next.is(Fate.HAS_PLACE);
            }
        } finally {
            lock.unlock();
        }
    }

    /** With the lock held. */
    private void tick(long nanos) {
        if (!ticking) {
            ticking = true;
            var timer = new CompletableFuture<Void>();
            timer.thenRun(this::look);
            timer.completeOnTimeout(null, nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void look() {
        lock.lock();
        try {
            ticking = false;
            long now = System.nanoTime();
            while (!line.isEmpty() && line.peekFirst().end - now <= 0) {
                line.pollFirst().is(Fate.TOO_LATE);
            }
            if (!line.isEmpty()) {
                tick(line.peekFirst().end - now);
            }
        } finally {
            lock.unlock();
        }
    }
}
