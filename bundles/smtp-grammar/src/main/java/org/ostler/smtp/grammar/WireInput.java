// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Buffered input of one connection: lines for commands and replies, whole stretches for message content.
 *
 * <p>Reads the stream in pieces as large as the buffer, never byte by byte. Knows what has arrived but was not used yet, which decides when a server
 * flushes its replies (RFC 2920 section 3.2) and what it throws away after STARTTLS (RFC 3207 section 4.2).
 *
 * <p><b>Threads</b> one. <b>Blocking</b> reads wait for the peer; deadlines belong to the owner of the socket. <b>Errors</b> {@link EOFException} when the peer has
 * closed, even in the middle of a line.
 */
public final class WireInput {

    /**
     * One line without its end.
     *
     * @param text    decoded as UTF-8, or byte by byte where {@code badUtf8}; the first part only where {@code tooLong}
     * @param bareLf  the line ended in LF without CR
     * @param tooLong more bytes than allowed; the rest was read and dropped
     * @param badUtf8 the bytes were no valid UTF-8
     */
    public record Line(String text, boolean bareLf, boolean tooLong, boolean badUtf8) {}

    private final InputStream in;
    // The content readers of this package work on the buffer itself: between position and limit are the bytes that nobody has used.
    final byte[] buffer;
    int position;
    int limit;

    /** @param buffer becomes the reader's own; its length bounds what is read ahead. At least 64 bytes */
    public WireInput(InputStream in, byte[] buffer) {
        if (buffer.length < 64) {
            throw new IllegalArgumentException("buffer of " + buffer.length + " bytes");
        }
        this.in = in;
        this.buffer = buffer;
    }

    /** Bytes that have been read from the stream and not used. */
    public int buffered() {
        return limit - position;
    }

    /** Whether the peer has sent more than was used, as far as can be known without waiting. */
    public boolean isPending() throws IOException {
        return position < limit || in.available() > 0;
    }

    /** Forgets what was read ahead. @return how many bytes that were */
    public int discard() {
        int dropped = limit - position;
        position = limit;
        return dropped;
    }

    /** Up to {@code most} of the bytes read ahead, for a log line; they stay unread. */
    public byte[] peek(int most) {
        return java.util.Arrays.copyOfRange(buffer, position, position + Math.min(most, limit - position));
    }

    /**
     * Reads to the next LF. CRs before it are not part of the text.
     *
     * @param most bytes that a line may have, its end not counted
     */
    public Line readLine(int most) throws IOException {
        int bound = Math.min(most, buffer.length - 2);
        int scanned = 0;
        while (true) {
            int at = position + scanned;
            while (at < limit && buffer[at] != '\n') {
                at++;
            }
            scanned = at - position;
            if (at < limit) {
                Line line = line(at, bound);
                position = at + 1;
                return line;
            }
            if (scanned > bound + 1) {
                return tooLong(bound);
            }
            fill();
        }
    }

    private Line line(int lineFeed, int bound) {
        int end = lineFeed;
        while (end > position && buffer[end - 1] == '\r') {
            end--;
        }
        int length = end - position;
        return decode(Math.min(length, bound), end == lineFeed, length > bound);
    }

    private Line tooLong(int bound) throws IOException {
        Line line = decode(bound, false, true);
        position = limit;
        while (true) {
            fill();
            while (position < limit) {
                if (buffer[position++] == '\n') {
                    return line;
                }
            }
        }
    }

    private Line decode(int length, boolean bareLf, boolean tooLong) {
        boolean ascii = true;
        for (int i = position, end = position + length; i < end && ascii; i++) {
            ascii = buffer[i] >= 0;
        }
        if (ascii) {
            return new Line(new String(buffer, position, length, StandardCharsets.ISO_8859_1), bareLf, tooLong, false);
        }
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(buffer, position, length)).toString();
            return new Line(text, bareLf, tooLong, false);
        } catch (CharacterCodingException e) {
            // A line that was cut may have been cut inside a character: the caller looks at tooLong first.
            return new Line(new String(buffer, position, length, StandardCharsets.ISO_8859_1), bareLf, tooLong, true);
        }
    }

    /** Waits for at least one more byte behind {@link #limit}; unused bytes move to the front when there is no room behind them. */
    void fill() throws IOException {
        if (position == limit) {
            position = 0;
            limit = 0;
        } else if (limit == buffer.length) {
            if (position == 0) {
                throw new IllegalStateException("buffer is full");
            }
            System.arraycopy(buffer, position, buffer, 0, limit - position);
            limit -= position;
            position = 0;
        }
        int count = in.read(buffer, limit, buffer.length - limit);
        if (count < 0) {
            throw new EOFException("connection closed by peer");
        }
        limit += count;
    }
}
