// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What all submissions together may hold in memory of envelopes and headers. Each alone is bounded by its limits, but a thousand clients that stop in the middle of a
 * long header would together fill the heap.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> never: who gets nothing refuses the message for now.
 */
final class MemoryBudget {

    private final long most;
    private final AtomicLong used = new AtomicLong();

    /** @param most bytes */
    MemoryBudget(long most) {
        this.most = most;
    }

    /** A sixteenth of the heap. */
    static MemoryBudget forThisProcess() {
        return new MemoryBudget(Runtime.getRuntime().maxMemory() / 16);
    }

    boolean take(long bytes) {
        if (used.addAndGet(bytes) > most) {
            used.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    void giveBack(long bytes) {
        used.addAndGet(-bytes);
    }

    /** For tests. */
    long used() {
        return used.get();
    }
}
