// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/** A disk that flushes when it is let, and trips a bug when it is told to. */
final class SlowDisk extends Disk {
    volatile CountDownLatch gate;
    final AtomicReference<CountDownLatch> entered = new AtomicReference<>();
    volatile int flushesUntilBug = -1;

    @Override
    public void force(FileChannel channel) throws IOException {
        CountDownLatch wait = gate;
        boolean writer = Thread.currentThread().getName().equals("queue-log-writer");
        if (wait != null && writer) {
            entered.get().countDown();
            try {
                wait.await();
            } catch (InterruptedException e) {
                throw new IOException("the store's thread was interrupted", e);
            }
        }
        if (writer && flushesUntilBug >= 0 && flushesUntilBug-- == 0) {
            throw new IllegalStateException("a bug");
        }
        super.force(channel);
    }

    /** Holds the writer in its next flush. */
    void shut() {
        entered.set(new CountDownLatch(1));
        gate = new CountDownLatch(1);
    }

    void open() {
        CountDownLatch wait = gate;
        gate = null;
        wait.countDown();
    }
}
