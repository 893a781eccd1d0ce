// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.builtin;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.ostler.mail.lookup.Answer;

/**
 * Questions that wait in native code, where no interrupt reaches them: on a few platform threads of their own, so that they hold up nothing else.
 *
 * <p>Not by {@link org.ostler.mail.lookup.spi.Trait#HOLDS_THREADS}: that would send every lookup through these threads, also those that the password file answers, and refuse what does not fit at once.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> up to the time given. <b>Errors</b> {@link Answer.Unavailable}. A question that is overdue keeps its thread until the C library comes back; where all are kept so, further ones wait,
 * and where too many wait they are refused at once.
 */
final class Questions implements AutoCloseable {

    static final int THREADS = 50;
    private static final int WAITING = 1000;
    private static final int IDLE_SECONDS = 10;

    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING),
            Thread.ofPlatform().daemon().name("name service ", 1).factory());

    Questions() {
        threads.allowCoreThreadTimeOut(true);
    }

    Answer ask(Duration limit, Callable<Answer> question) {
        Future<Answer> answer = null;
        try {
            answer = threads.submit(question);
            return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            return Answer.unavailable("too many lookups are waiting");
        } catch (TimeoutException e) {
            answer.cancel(false);
            return Answer.unavailable("no answer in " + limit.toSeconds() + " s");
        } catch (InterruptedException e) {
            answer.cancel(false);
            Thread.currentThread().interrupt();
            return Answer.unavailable("interrupted");
        } catch (ExecutionException e) {
            return Answer.unavailable("bug in table: " + e.getCause());
        }
    }

    /** Questions under way end by themselves. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
