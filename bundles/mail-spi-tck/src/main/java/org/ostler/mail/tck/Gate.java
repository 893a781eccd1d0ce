// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Holds up whoever runs it, as a slow neighbour does, until the test opens it. Who is interrupted there, or waits for a minute, gets an {@link AssertionError}. */
public final class Gate implements Runnable {

    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    @Override
    public void run() {
        reached.countDown();
        await(open);
    }

    /** Until somebody is held up. */
    public void awaitReached() {
        await(reached);
    }

    public void open() {
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
