// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.ostler.mail.model.QueueId;

/**
 * Messages that are on their way through cleanup again without being active: until that has ended they are nobody's to deliver, nor to change.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> {@link #awaitEmpty} only.
 */
final class InHand {

    private final Set<QueueId> ids = new HashSet<>();

    synchronized void add(QueueId id) {
        ids.add(id);
    }

    synchronized boolean contains(QueueId id) {
        return ids.contains(id);
    }

    synchronized void remove(QueueId id) {
        ids.remove(id);
        notifyAll();
    }

    /** Until there is none. */
    synchronized void awaitEmpty(Duration most) throws InterruptedException {
        long end = System.nanoTime() + most.toNanos();
        for (long left = most.toMillis(); !ids.isEmpty() && left > 0; left = (end - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
    }
}
