// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;

/**
 * A lookup with a deadline, on a virtual thread of its own, for tables that may block.
 *
 * <p>When time is up the thread is interrupted and the caller goes on; the table counts as in use until that thread has really come back, so that it is not closed under it. Bounded: where too
 * many are overdue already, further ones are refused at once. <b>Threads</b> any.
 */
final class SlowLookup {

    private SlowLookup() {}

    static Answer ask(OpenTable open, String key, Duration timeout, BiFunction<Table, String, Answer> ask) {
        if (!open.slow.tryAcquire()) {
            return Answer.unavailable("too many lookups are waiting");
        }
        if (!open.enter()) {
            open.slow.release();
            return Answer.unavailable("being replaced");
        }
        var task = new FutureTask<>(() -> ask.apply(open.table, key));
        Thread thread = Thread.ofVirtual().name("lookup").unstarted(() -> {
            try {
                task.run();
            } finally {
                open.slow.release();
                open.leave();
            }
        });
        thread.start();
        try {
            return task.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            thread.interrupt();
            return Answer.unavailable("no answer in " + timeout.toSeconds() + " s");
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
            return Answer.unavailable("interrupted");
        } catch (ExecutionException e) {
            return Answer.unavailable("bug in table: " + e.getCause());
        }
    }
}
