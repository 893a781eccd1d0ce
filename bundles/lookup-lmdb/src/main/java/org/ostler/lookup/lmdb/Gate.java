// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets readers of this process share one file lock, held for some milliseconds at a time instead of once per lookup.
 *
 * <p>A window opens with the first reader: the lock is taken and the file looked after. It closes when its time is over, by the next reader that notices or by a thread that waits for it, and the lock goes
 * back once the last reader inside has left. Then there is a short gap, so that a writer who waits is not starved.
 *
 * <pre>
 *   state     CLOSED (-1)         nobody inside, no lock
 *             n                   window open, n readers inside
 *             n | CLOSING         no further readers; the last to leave gives the lock back
 * </pre>
 * <b>Threads</b> any; on the usual way one atomic update to enter and one to leave. <b>Blocking</b> {@link #enter} up to the patience, while somebody waits to write.
 */
final class Gate {

    private static final long WINDOW = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long GAP = TimeUnit.MILLISECONDS.toNanos(1);
    /** Until somebody says otherwise. */
    static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int CLOSED = -1;
    private static final int CLOSING = 1 << 30;

    /** The file behind the gate. Called with nobody inside. */
    interface Subject {
        /** Takes the shared lock and makes the file ready to be read; false where the lock was not to be had in time. */
        boolean open(Duration patience) throws IOException;

        void unlock() throws IOException;
    }

    private final Subject subject;
    private final AtomicInteger state = new AtomicInteger(CLOSED);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition closed = lock.newCondition();
    private volatile long windowEnd;
    private volatile long closedAt = System.nanoTime() - GAP;
    private volatile long lastRefusal = System.nanoTime() - PATIENCE.toNanos();

    private volatile Duration patience = PATIENCE;

    Gate(Subject subject) {
        this.subject = subject;
    }

    void patience(Duration next) {
        patience = next;
    }

    /** False where another program held the file all the time. */
    boolean enter() throws IOException {
        while (true) {
            int now = state.get();
            if (now < 0 || (now & CLOSING) != 0) {
                return open();
            }
            if (System.nanoTime() - windowEnd >= 0) {
                beginClose();
            } else if (state.compareAndSet(now, now + 1)) {
                return true;
            }
        }
    }

    void leave() throws IOException {
        if (state.decrementAndGet() == CLOSING) {
            giveBack();
        }
    }

    /** No further readers in this window; for instance because the file must be opened anew. */
    void beginClose() throws IOException {
        int now;
        do {
            now = state.get();
            if (now < 0 || (now & CLOSING) != 0) {
                return;
            }
        } while (!state.compareAndSet(now, now | CLOSING));
        if (now == 0) {
            giveBack();
        }
    }

    /** By the one thread that has brought the state to CLOSING with nobody inside. */
    private void giveBack() throws IOException {
        lock.lock();
        try {
            subject.unlock();
        } finally {
            closedAt = System.nanoTime();
            state.set(CLOSED);
            closed.signalAll();
            lock.unlock();
        }
    }

    private boolean open() throws IOException {
        lock.lock();
        try {
            long left = patience.toNanos();
            while (state.get() != CLOSED) {
                int now = state.get();
                if ((now & CLOSING) == 0) {
                    // Another reader has opened the window meanwhile.
                    if (state.compareAndSet(now, now + 1)) {
                        return true;
                    }
                } else if (left <= 0) {
                    return false;
                } else {
                    left = closed.awaitNanos(left);
                }
            }
            return openWindow();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private boolean openWindow() throws IOException {
        long gap = closedAt + GAP - System.nanoTime();
        if (gap > 0) {
            LockSupport.parkNanos(gap);
        }
        // Those who queued behind a reader that waited in vain do not wait as long again one after the other.
        boolean refusedJustNow = System.nanoTime() - lastRefusal < TimeUnit.SECONDS.toNanos(1);
        if (!subject.open(refusedJustNow ? Duration.ZERO : patience)) {
            lastRefusal = System.nanoTime();
            return false;
        }
        long end = System.nanoTime() + WINDOW;
        windowEnd = end;
        state.set(1);
        Thread.ofVirtual().name("lmdb-lock").start(() -> closeInTime(end));
        return true;
    }

    /** For the case that no further reader comes. A window that was closed early is none of its business any more: the next one has a thread of its own. */
    private void closeInTime(long end) {
        long left = end - System.nanoTime();
        while (left > 0 && windowEnd == end) {
            LockSupport.parkNanos(left);
            left = end - System.nanoTime();
        }
        if (windowEnd != end) {
            return;
        }
        try {
            beginClose();
        } catch (IOException e) {
            // Unlocking a descriptor that is open cannot fail but for a bug; the state is CLOSED all the same and the next reader will see the error.
            org.slf4j.LoggerFactory.getLogger(Gate.class).warn("unlock", e);
        }
    }

    /** Runs {@code action} while nobody is inside and nobody can enter; false where readers did not leave in time. */
    boolean whileClosed(Runnable action) throws IOException {
        lock.lock();
        try {
            long left = PATIENCE.toNanos();
            while (state.get() != CLOSED) {
                beginClose();
                if (state.get() != CLOSED) {
                    if (left <= 0) {
                        return false;
                    }
                    left = closed.awaitNanos(left);
                }
            }
            action.run();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }
}
