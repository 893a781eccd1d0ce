// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Closes a socket when the time is over. A read timeout would not do: it covers one read, and a server that sends a byte now and then would never meet it.
 *
 * <p><b>Threads</b> any; the JDK's own timer rings, no thread of ours waits. <b>Blocking</b> no.
 */
final class Alarm implements AutoCloseable {

    private final CompletableFuture<Void> timer = new CompletableFuture<>();
    private volatile boolean rang;

    private Alarm() {}

    static Alarm after(Duration time, Socket socket) {
        var alarm = new Alarm();
        alarm.timer.thenRun(() -> alarm.ring(socket));
        alarm.timer.completeOnTimeout(null, Math.max(1, time.toNanos()), TimeUnit.NANOSECONDS);
        return alarm;
    }

    private void ring(Socket socket) {
        rang = true;
        try {
            socket.close();
        } catch (IOException e) {
            // Whoever waits on it finds out by itself; nobody is here to be told.
            rang = true;
        }
    }

    boolean rang() {
        return rang;
    }

    /** Whoever was in time. */
    @Override
    public void close() {
        timer.cancel(false);
    }
}
