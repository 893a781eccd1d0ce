// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * One connection to a server: bytes out, lines, netstrings and counted bytes in.
 *
 * <p><b>Threads</b> one at a time. <b>Blocking</b> until the {@link Watch} of its user closes the channel. <b>Errors</b> {@link Trouble}; the connection is then good for nothing.
 */
final class Connection implements AutoCloseable {

    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocate(8192).flip();
    /** Whether a byte of the reply to the present request has come. */
    private boolean answered;
    /** When it was put back last, by {@link System#nanoTime}. */
    long idleSince;

    Connection(SocketChannel channel) {
        this.channel = channel;
    }

    SocketChannel channel() {
        return channel;
    }

    boolean answered() {
        return answered;
    }

    /** Sends a whole request. Bytes that came without having been asked for would be taken for its reply: they are trouble. */
    void send(byte[] request) throws IOException {
        if (in.hasRemaining()) {
            throw new Trouble(Trouble.Kind.FORMAT, "unexpected data from the server");
        }
        answered = false;
        ByteBuffer out = ByteBuffer.wrap(request);
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    /** A line without its LF. @param most bytes */
    byte[] line(int most) throws IOException {
        var line = new ByteArrayOutputStream(80);
        for (int c = next(); c != '\n'; c = next()) {
            if (line.size() >= most) {
                throw new Trouble(Trouble.Kind.TOO_LONG, "text longer than " + most);
            }
            line.write(c);
        }
        return line.toByteArray();
    }

    /** The text of {@code length:text,}. */
    byte[] netstring(int most) throws IOException {
        int length = 0;
        int digits = 0;
        for (int c = next(); c != ':' || digits == 0; c = next()) {
            if (c < '0' || c > '9') {
                throw new Trouble(Trouble.Kind.FORMAT, "input format error");
            }
            length = length * 10 + c - '0';
            if (length > most || ++digits > 9) {
                throw new Trouble(Trouble.Kind.TOO_LONG, "input exceeds size limit");
            }
        }
        byte[] text = bytes(length);
        if (next() != ',') {
            throw new Trouble(Trouble.Kind.FORMAT, "input format error");
        }
        return text;
    }

    byte[] bytes(int count) throws IOException {
        byte[] bytes = new byte[count];
        for (int at = 0; at < count;) {
            fill();
            int n = Math.min(count - at, in.remaining());
            in.get(bytes, at, n);
            at += n;
        }
        return bytes;
    }

    private int next() throws IOException {
        fill();
        return in.get() & 0xff;
    }

    private void fill() throws IOException {
        if (in.hasRemaining()) {
            return;
        }
        in.clear();
        int n = channel.read(in);
        in.flip();
        if (n < 0) {
            throw new Trouble(Trouble.Kind.DISCONNECT, "unexpected disconnect");
        }
        answered = true;
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }

    /** To close what is of no use any more cannot matter to anybody. */
    static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            org.slf4j.LoggerFactory.getLogger(Connection.class).debug("close", e);
        }
    }
}
