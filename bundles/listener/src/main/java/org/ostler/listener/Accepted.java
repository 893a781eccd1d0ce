// SPDX-License-Identifier: Apache-2.0
package org.ostler.listener;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;
import org.ostler.mail.listen.Connection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One open connection.
 *
 * <p>Used by the session's thread, but for {@link #drain} (whoever replaces the handler) and {@link #closeIfOver} (the timer).
 */
final class Accepted implements Connection {

    private static final Logger LOG = LoggerFactory.getLogger(Accepted.class);
    /** "No deadline": further away than anybody waits, and safe to compare. */
    private static final long NEVER = Long.MAX_VALUE / 2;
    /** Time to say goodbye. */
    private static final long GRACE = TimeUnit.SECONDS.toNanos(5);

    private final Socket socket;
    private final ServiceRow row;
    private final Settings settings;
    private final int clientConnections;
    private final Deadlines deadlines;

    // Moments relative to `born`, so that they can be compared although nanoTime may be negative.
    private final long born;
    private volatile long deadline = NEVER;
    private volatile long drainDeadline = NEVER;
    private volatile boolean boundary;
    /** The input was ended because a deadline passed; a write that succeeds afterwards does not undo that. */
    private volatile boolean overdue;

    Accepted(Socket socket, ServiceRow row, Settings settings, int clientConnections, Deadlines deadlines) {
        this.socket = socket;
        this.row = row;
        this.settings = settings;
        this.clientConnections = clientConnections;
        this.deadlines = deadlines;
        this.born = deadlines.now();
    }

    @Override
    public Socket socket() {
        return socket;
    }

    @Override
    public ServiceRow row() {
        return row;
    }

    @Override
    public Settings settings() {
        return settings;
    }

    @Override
    public int clientConnections() {
        return clientConnections;
    }

    @Override
    public boolean isDraining() {
        return drainDeadline != NEVER;
    }

    @Override
    public void deadline(long nanos) {
        deadline = nanos == 0 ? NEVER : deadlines.now() - born + nanos;
    }

    @Override
    public void atBoundary(boolean waiting) {
        boundary = waiting;
        if (waiting && isDraining()) {
            endInput();
        }
    }

    /** The handler is to go: a session between two transactions is woken now, another one has {@code nanos} left. */
    void drain(long nanos) {
        if (!isDraining()) {
            drainDeadline = deadlines.now() - born + nanos;
        }
        if (boundary) {
            endInput();
        }
    }

    @Override
    public boolean isOverdue() {
        return overdue || deadlines.now() - born >= deadline;
    }

    /** Ends the input of a session whose time is over; closes it some seconds later, or when the time of draining is over. */
    void closeIfOver(long now) {
        long age = now - born;
        long due = deadline;
        if (age >= drainDeadline || age - GRACE >= due) {
            close();
        } else if (age >= due) {
            overdue = true;
            endInput();
        }
    }

    void close() {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("close", e);
        }
    }

    private void endInput() {
        try {
            if (!socket.isClosed() && !socket.isInputShutdown()) {
                socket.shutdownInput();
            }
        } catch (IOException e) {
            // The peer or the session was faster.
            LOG.debug("shutdownInput", e);
        }
    }
}
