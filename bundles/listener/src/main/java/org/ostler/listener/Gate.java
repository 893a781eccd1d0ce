// SPDX-License-Identifier: Apache-2.0
package org.ostler.listener;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/** Counts those inside and lets one more in when there is room; the limit may change at any time. One thread enters, any leaves; nobody enters, or waits to, once it is closed. */
final class Gate implements AutoCloseable {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int inside;
    private boolean closed;

    /**
     * @param full called once per call that has to wait
     * @return false: the gate is closed
     */
    boolean enter(IntSupplier limit, Runnable full) {
        lock.lock();
        try {
            if (!closed && inside >= limit.getAsInt()) {
                full.run();
                while (!closed && inside >= limit.getAsInt()) {
                    changed.awaitUninterruptibly();
                }
            }
            if (!closed) {
                inside++;
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    void leave() {
        lock.lock();
        try {
            inside--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
