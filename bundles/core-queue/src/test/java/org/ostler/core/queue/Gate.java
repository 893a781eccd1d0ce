// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Holds up whoever runs it until the test opens it. */
final class Gate implements Runnable {

    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    @Override
    public void run() {
        reached.countDown();
        await(open);
    }

    void awaitReached() {
        await(reached);
    }

    void open() {
        open.countDown();
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new AssertionError("nobody came");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
