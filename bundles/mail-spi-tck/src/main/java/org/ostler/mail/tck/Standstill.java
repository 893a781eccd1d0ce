// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * No virtual thread runs until this is closed, for half a minute at most: each of their carriers is kept busy. So a test shows what happens where somebody's thread comes late.
 *
 * <p><b>Threads</b> a platform thread, as JUnit's are.
 */
public final class Standstill implements AutoCloseable {

    private static final long LONGEST = TimeUnit.SECONDS.toNanos(30);

    private final long end = System.nanoTime() + LONGEST;
    private volatile boolean over;

    public Standstill() throws InterruptedException {
        int carriers = Integer.getInteger("jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
        var busy = new CountDownLatch(carriers);
        for (int i = 0; i < carriers; i++) {
            Thread.ofVirtual().start(() -> {
                busy.countDown();
                while (!over && System.nanoTime() - end < 0) {
                    Thread.onSpinWait();
                }
            });
        }
        if (!busy.await(LONGEST, TimeUnit.NANOSECONDS)) {
            throw new AssertionError("a carrier is held by another");
        }
    }

    /** The last that happens before the virtual threads go on: they do when it has ended, or waits, perhaps for one of them. @return when it has ended, what it did */
    public <T> T lastly(Callable<T> work) throws Exception {
        var task = new FutureTask<>(work);
        Thread worker = Thread.ofPlatform().daemon().start(task);
        while (!task.isDone() && worker.getState() != Thread.State.WAITING && worker.getState() != Thread.State.TIMED_WAITING && System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
        close();
        return task.get(60, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        over = true;
    }
}
