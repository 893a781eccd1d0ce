// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.ostler.mail.model.Reply;

/**
 * Buffered output of one connection: command lines, replies, message content.
 *
 * <p>Nothing reaches the peer before the buffer is full or {@link #flush} is called: a server flushes when no input is pending, a client when it waits for
 * a reply, so that a pipelined group costs one packet (RFC 2920).
 *
 * <p><b>Threads</b> one. <b>Blocking</b> writes wait for the peer; deadlines belong to the owner of the socket. <b>Errors</b> a line that holds CR or LF is a
 * bug in the caller: {@link IllegalArgumentException}.
 */
public final class WireOutput {

    private final OutputStream out;
    private final byte[] buffer;
    private int used;

    /** @param buffer becomes the writer's own. At least 64 bytes */
    public WireOutput(OutputStream out, byte[] buffer) {
        if (buffer.length < 64) {
            throw new IllegalArgumentException("buffer of " + buffer.length + " bytes");
        }
        this.out = out;
        this.buffer = buffer;
    }

    /** One line, CR LF added; characters outside US-ASCII go as UTF-8. */
    public void line(String text) throws IOException {
        text(text);
        crlf();
    }

    /**
     * A reply: {@code 250-2.1.0 first}, {@code 250 2.1.0 last}; the enhanced status stands in every line (RFC 2034 section 4).
     */
    public void reply(Reply reply) throws IOException {
        List<String> lines = reply.lines();
        String status = reply.status().map(s -> s + " ").orElse("");
        for (int i = 0; i < lines.size(); i++) {
            code(reply.code());
            put(i + 1 < lines.size() ? (byte) '-' : (byte) ' ');
            text(status);
            text(lines.get(i));
            crlf();
        }
    }

    /** Raw bytes, which must not hold a bare CR or LF. */
    public void bytes(byte[] bytes, int offset, int length) throws IOException {
        if (length > buffer.length - used) {
            drain();
            if (length >= buffer.length) {
                out.write(bytes, offset, length);
                return;
            }
        }
        System.arraycopy(bytes, offset, buffer, used, length);
        used += length;
    }

    /** Sends everything to the peer. */
    public void flush() throws IOException {
        drain();
        out.flush();
    }

    /** Bytes that wait for {@link #flush}. */
    public int buffered() {
        return used;
    }

    void put(byte b) throws IOException {
        if (used == buffer.length) {
            drain();
        }
        buffer[used++] = b;
    }

    void crlf() throws IOException {
        put((byte) '\r');
        put((byte) '\n');
    }

    private void code(int code) throws IOException {
        put((byte) ('0' + code / 100));
        put((byte) ('0' + code / 10 % 10));
        put((byte) ('0' + code % 10));
    }

    private void text(String text) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\r' || c == '\n') {
                throw new IllegalArgumentException("line end inside a line: " + text.replace('\r', '?').replace('\n', '?'));
            }
            if (c > 0x7f) {
                byte[] rest = text.substring(i).getBytes(StandardCharsets.UTF_8);
                requireNoLineEnd(rest);
                bytes(rest, 0, rest.length);
                return;
            }
            put((byte) c);
        }
    }

    private static void requireNoLineEnd(byte[] bytes) {
        for (byte b : bytes) {
            if (b == '\r' || b == '\n') {
                throw new IllegalArgumentException("line end inside a line");
            }
        }
    }

    private void drain() throws IOException {
        if (used > 0) {
            int length = used;
            used = 0;
            out.write(buffer, 0, length);
        }
    }
}
