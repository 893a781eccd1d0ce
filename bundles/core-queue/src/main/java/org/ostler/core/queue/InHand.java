// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.ostler.mail.model.QueueId;

/**
 * Messages that are on their way through cleanup again, or wait for a report of success, without being active: until that has ended they are nobody's to deliver, nor to change.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> {@link #awaitEmpty} only.
 */
final class InHand {

    /** Reports that wait; each holds its message in memory. */
    static final int MOST_PARKED = 1000;

    private final Set<QueueId> ids = new HashSet<>();
    private final Set<QueueId> parked = new HashSet<>();

    synchronized void add(QueueId id) {
        ids.add(id);
    }

    synchronized boolean contains(QueueId id) {
        return ids.contains(id) || parked.contains(id);
    }

    synchronized void remove(QueueId id) {
        ids.remove(id);
        notifyAll();
    }

    /** Waits for its report, where there is room for one more. A stop does not wait with it. @return whether it waits */
    synchronized boolean park(QueueId id) {
        return parked.contains(id) || parked.size() < MOST_PARKED && parked.add(id);
    }

    synchronized boolean isParked(QueueId id) {
        return parked.contains(id);
    }

    synchronized void unpark(QueueId id) {
        parked.remove(id);
    }

    /** Until none is on its way through cleanup. */
    synchronized void awaitEmpty(Duration most) throws InterruptedException {
        long end = System.nanoTime() + most.toNanos();
        for (long left = most.toMillis(); !ids.isEmpty() && left > 0; left = (end - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
    }
}
