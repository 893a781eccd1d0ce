// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A few platform threads for reading and for spool files. A caller waits for them; its interrupt or deadline ends the wait, never the file operation.
 *
 * <p><b>Threads</b> any caller. <b>Errors</b> {@link IOException}.
 */
final class IoThreads implements AutoCloseable {

    private static final int COUNT = 4;
    private static final long DEADLINE_SECONDS = 120;

    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(COUNT, COUNT, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Thread.ofPlatform().name("queue-log-io-", 1).daemon(true).factory());

    /** All at once: where there is no memory for one the store does not open, instead of failing in the middle of something later. */
    void start() {
        threads.prestartAllCoreThreads();
    }

    <T> T call(Callable<T> work) throws IOException {
        var task = new FutureTask<>(work);
        try {
            threads.execute(task);
            return task.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IOException("bug in the queue store", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the disk", e);
        } catch (TimeoutException e) {
            throw new IOException("timeout while waiting for the disk", e);
        } catch (RejectedExecutionException | CancellationException e) {
            throw new IOException("queue store is closed", e);
        }
    }

    void later(Runnable work) {
        try {
            threads.execute(work);
        } catch (RejectedExecutionException e) {
            // Closing: what is left undone (deleting a spool file) is done by the next start.
            return;
        }
    }

    /** Waits for what was begun. */
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(30, TimeUnit.SECONDS)) {
                org.slf4j.LoggerFactory.getLogger(IoThreads.class).warn("file operations of the queue store still run");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
