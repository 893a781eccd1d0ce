// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;

/**
 * Lookups with a deadline, for one table that may block: each on a virtual thread of its own, or on one of a few platform threads where the table holds threads.
 *
 * <p>When time is up the thread is interrupted and the caller goes on; the table counts as in use until that thread has really come back, so that it is not closed under it. Bounded: where too
 * many are under way already, further ones are refused at once, and no other table is affected. <b>Threads</b> any.
 */
final class SlowLookup {

    /** Lookups of one table that may be under way at a time, overdue ones included; each holds a virtual thread. */
    static final int MOST = 500;
    /** The same where each holds a platform thread. */
    static final int MOST_HOLDING = 50;
    private static final long IDLE_SECONDS = 10;

    private final OpenTable table;
    private final Semaphore places;
    private final Executor threads;

    SlowLookup(OpenTable table, boolean holdsThreads) {
        this.table = table;
        this.places = new Semaphore(holdsThreads ? MOST_HOLDING : MOST);
        this.threads = holdsThreads ? pool() : task -> Thread.ofVirtual().name("lookup").start(task);
    }

    private static ThreadPoolExecutor pool() {
        return new ThreadPoolExecutor(0, MOST_HOLDING * 2, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), Thread.ofPlatform().daemon().name("lookup").factory());
    }

    /** @param limit what an operator is told in place of {@code patience} */
    Answer ask(String key, Duration patience, Duration limit, BiFunction<Table, String, Answer> ask) {
        // First what takes memory: nobody would leave again.
        var begun = new AtomicBoolean();
        var task = new FutureTask<>(() -> ask.apply(table.table, key));
        if (!places.tryAcquire()) {
            return Answer.unavailable("too many lookups are waiting");
        }
        if (!table.enter()) {
            places.release();
            return Answer.unavailable("being replaced");
        }
        try {
            threads.execute(forgetting(() -> run(task, begun)));
            return task.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            giveUp(task, begun);
            return late(limit);
        } catch (InterruptedException e) {
            giveUp(task, begun);
            Thread.currentThread().interrupt();
            return Answer.unavailable("interrupted");
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            giveUp(task, begun);
            return Answer.unavailable("no thread for a lookup");
        } catch (ExecutionException e) {
            return Answer.unavailable("bug in table: " + e.getCause());
        }
    }

    /** The answer is there before the table is left: whoever leaves it last closes it, and that may take its time. */
    private void run(FutureTask<Answer> task, AtomicBoolean begun) {
        if (begun.compareAndSet(false, true)) {
            try {
                task.run();
            } finally {
                end();
            }
        }
    }

    /** A thread that has not begun never will. */
    private void giveUp(FutureTask<Answer> task, AtomicBoolean begun) {
        task.cancel(true);
        if (begun.compareAndSet(false, true)) {
            end();
        }
    }

    private void end() {
        places.release();
        table.leave();
    }

    /**
     * Work for a thread, of the JDK's own class and forgotten when it is done: a thread that has ended may be kept, as Felix does with one that was not quite the first to load a class from a bundle. With it would be kept the
     * table, whatever bundle that came from, and every replaced build of ours.
     */
    static FutureTask<Void> forgetting(Runnable work) {
        return new FutureTask<>(work, null);
    }

    static Answer late(Duration limit) {
        return Answer.unavailable("no answer in " + limit.toSeconds() + " s");
    }

    /** With no lookup inside. */
    void close() {
        if (threads instanceof ThreadPoolExecutor pool) {
            pool.shutdown();
        }
    }
}
