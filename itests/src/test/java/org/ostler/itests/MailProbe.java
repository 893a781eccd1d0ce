// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/** A client beside the load that sends to one recipient, over and over, and must be told each time to come again. One virtual thread. */
final class MailProbe implements AutoCloseable {

    /** The pace: fifty a second are enough, whoever is in a swap is kept waiting by it. */
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofSeconds(70);

    private final int port;
    private final String recipient;
    private final ConcurrentLinkedQueue<String> otherAnswers = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile boolean running = true;
    private volatile boolean asked;

    MailProbe(int port, String recipient) {
        this.port = port;
        this.recipient = recipient;
        this.thread = Thread.ofVirtual().start(this::ask);
    }

    /** Those that were not 4xx; to be called when it is closed. */
    List<String> otherAnswers() {
        return asked ? List.copyOf(otherAnswers) : List.of("nothing was asked");
    }

    @Override
    public void close() throws InterruptedException {
        running = false;
        thread.join(PATIENCE);
    }

    private void ask() {
        for (int number = 1; running; number++) {
            try (var client = new OneMessage(port)) {
                String reply = client.send("sender@example.test", recipient, "probe-" + number);
                asked = true;
                if (!reply.startsWith("4")) {
                    otherAnswers.add(reply);
                }
            } catch (IOException lost) {
                otherAnswers.add(String.valueOf(lost.getMessage()));
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }
}
