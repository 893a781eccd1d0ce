// SPDX-License-Identifier: Apache-2.0
package org.ostler.listener;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/** Counts those inside and lets one more in when there is room; the limit may change at any time. One thread enters, any leaves. */
final class Gate {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int inside;

    /** @param full called once per call that has to wait */
    void enter(IntSupplier limit, Runnable full) {
        lock.lock();
        try {
            if (inside >= limit.getAsInt()) {
                full.run();
                while (inside >= limit.getAsInt()) {
                    changed.awaitUninterruptibly();
                }
            }
            inside++;
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
}
