// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.util.function.Consumer;

/**
 * Calls once a second. A disk that hangs holds the writer; who waits for it has no timer of his own and is woken from here to see that his time is over.
 *
 * <p>A timed wait of a virtual thread would cost two wake-ups of the JDK's timer thread for each message.
 *
 * <p><b>Threads</b> a platform thread of its own, which touches no file.
 */
final class Reminder implements AutoCloseable {

    private static final long PERIOD_MILLIS = 1_000;

    private final Runnable remind;
    private final Thread thread = Thread.ofPlatform().name("queue-log-reminder").daemon(true).unstarted(this::run);

    Reminder(Runnable remind) {
        this.remind = remind;
    }

    void start(Consumer<Thread> starter) {
        starter.accept(thread);
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(PERIOD_MILLIS);
                remind.run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
