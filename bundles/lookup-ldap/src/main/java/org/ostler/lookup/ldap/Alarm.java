// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Closes a socket when the time is over. A read timeout would not do: it covers one read, and a server that sends a byte now and then would never meet it.
 *
 * <p>One alarm serves a connection for good, {@linkplain #set set} for each question. The timer behind it is not: it looks after the whole time whether a question is still open, and goes on while there
 * are any. A timer started and stopped for each question, ours and the library's, took two fifths of our processor time (docs/performance.md).
 *
 * <p><b>Threads</b> one at a time sets and closes; the JDK's own timer rings, no thread of ours waits. <b>Blocking</b> no.
 */
final class Alarm implements AutoCloseable {

    private static final long OFF = 0;

    private final Socket socket;
    private final long time;
    /** When it rings, by {@link System#nanoTime}, always odd; {@link #OFF} while nothing is asked. */
    private final AtomicLong end = new AtomicLong(OFF);
    private final AtomicBoolean ticking = new AtomicBoolean();
    private volatile boolean rang;

    /** @param time from each setting on */
    Alarm(Duration time, Socket socket) {
        this.socket = socket;
        this.time = Math.max(1, time.toNanos());
    }

    /** One that is set already. */
    static Alarm after(Duration time, Socket socket) {
        return new Alarm(time, socket).set();
    }

    Alarm set() {
        end.set(System.nanoTime() + time | 1);
        tick(time);
        return this;
    }

    private void tick(long nanos) {
        if (ticking.compareAndSet(false, true)) {
            var timer = new CompletableFuture<Void>();
            timer.thenRun(this::look);
            timer.completeOnTimeout(null, nanos, TimeUnit.NANOSECONDS);
        }
    }

    /** The order matters: whoever sets it after this finds that it does not tick. */
    private void look() {
        ticking.set(false);
        long now = end.get();
        long left = now - System.nanoTime();
        if (now != OFF && left > 0) {
            tick(left);
        } else if (now != OFF && end.compareAndSet(now, OFF)) {
            ring();
        }
    }

    private void ring() {
        rang = true;
        try {
            socket.close();
        } catch (IOException e) {
            // Whoever waits on it finds out by itself; nobody is here to be told.
            rang = true;
        }
    }

    /** Whether the socket is closed; after {@link #close} also whether it is going to be. */
    boolean rang() {
        return rang;
    }

    /** Whoever was in time. One that is off already is about to ring, or did: {@link #rang} says so from here on. */
    @Override
    public void close() {
        if (end.getAndSet(OFF) == OFF) {
            rang = true;
        }
    }
}
