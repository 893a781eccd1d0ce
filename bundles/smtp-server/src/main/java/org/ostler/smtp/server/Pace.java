// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import org.ostler.mail.listen.Connection;
import org.ostler.smtp.grammar.WireOutput;

/**
 * The time that a client has: every read and write of a session goes through here.
 *
 * <h2>Description</h2>
 * A request, from the moment in which we wait for it, has {@code smtpd_timeout} in all, however it trickles in. Behind DATA and BDAT every byte adds its share
 * ({@code smtpd_min_data_rate}), up to {@code smtpd_timeout}. A reply has {@code smtpd_timeout} to leave. Time that we spend ourselves (tables, disk) does not count. What is
 * waiting to be sent is sent before a read can block, and only then: that makes pipelining cheap (RFC 2920 section 3.2).
 *
 * <p>The deadline itself is the listener's ({@link Connection#deadline}); it costs one volatile write. When it passes, reads end, and writes five seconds later.
 *
 * <p><b>Threads</b> the session's. <b>Errors</b> {@link SocketTimeoutException} when the time is over.
 */
final class Pace {

    private final Connection connection;
    private final long timeout;
    private final double contentNanosPerByte;
    private long left;
    private long writeTime;
    private boolean content;

    /** @param timeout nanoseconds */
    Pace(Connection connection, long timeout, double contentNanosPerByte) {
        this.connection = connection;
        this.timeout = timeout;
        this.contentNanosPerByte = contentNanosPerByte;
        this.left = timeout;
        this.writeTime = timeout;
    }

    /** A new request begins. */
    void request() {
        left = timeout;
        content = false;
    }

    /** Message content begins. */
    void content() {
        left = timeout;
        content = true;
    }

    /** The last words: nobody waits long for a client to take them. */
    void hurry(long nanos) {
        writeTime = Math.min(timeout, nanos);
    }

    /** For what is no read or write of ours: the handshake. 0 switches the deadline off. */
    void limit(long nanos) {
        connection.deadline(nanos);
    }

    InputStream input(InputStream in, WireOutput out) {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                if (out.buffered() > 0) {
                    out.flush();
                }
                return timed(in, bytes, offset, length);
            }

            @Override
            public int available() throws IOException {
                return in.available();
            }
        };
    }

    private int timed(InputStream in, byte[] bytes, int offset, int length) throws IOException {
        if (left <= 0) {
            throw new SocketTimeoutException("timeout exceeded");
        }
        long start = System.nanoTime();
        connection.deadline(left);
        int count;
        try {
            count = in.read(bytes, offset, length);
        } catch (IOException e) {
            throw connection.isOverdue() ? timeout(e) : e;
        }
        boolean overdue = count < 0 && connection.isOverdue();
        connection.deadline(0);
        if (overdue) {
            throw new SocketTimeoutException("timeout exceeded");
        }
        left -= System.nanoTime() - start;
        if (content && count > 0) {
            left = Math.min(timeout, left + (long) (count * contentNanosPerByte));
        }
        return count;
    }

    OutputStream output(OutputStream out) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                connection.deadline(writeTime);
                try {
                    out.write(bytes, offset, length);
                } catch (IOException e) {
                    throw connection.isOverdue() ? timeout(e) : e;
                }
                connection.deadline(0);
            }

            @Override
            public void flush() throws IOException {
                out.flush();
            }
        };
    }

    private static SocketTimeoutException timeout(IOException cause) {
        var e = new SocketTimeoutException("timeout exceeded");
        e.initCause(cause);
        return e;
    }
}
