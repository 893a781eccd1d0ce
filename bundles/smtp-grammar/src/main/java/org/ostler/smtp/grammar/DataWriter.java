// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.io.IOException;

/**
 * Sends message content behind DATA: dots stuffed, long lines broken, the end written.
 *
 * <p>Content comes in pieces of any size and should be canonical (see {@code org.ostler.mail.queue.Content}); what is not is made so: a bare LF goes out as CR LF and a
 * bare CR as a blank, so that no text can end the message early (SMTP smuggling). A line longer than the limit is continued in a new line that begins with a
 * blank, as with Postfix's {@code smtp_line_length_limit}.
 *
 * <p>Stretches without exception are passed on without being looked at twice.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> waits for the peer. <b>Errors</b> those of the stream.
 *
 * <h2>Standards</h2> RFC 5321 sections 4.5.2, 4.5.3.1.6
 */
public final class DataWriter implements ChunkSink {

    private static final byte[] CRLF = {'\r', '\n'};
    private static final byte[] FOLD = {'\r', '\n', ' '};
    private static final byte[] END = {'.', '\r', '\n'};

    private final WireOutput out;
    private final int longest;
    /** Bytes of the present line that are out. */
    private int column;
    /** A CR has come and is held back until the next byte is known. */
    private boolean carriageReturn;
    private boolean broken;

    /** @param longestLine bytes in a line without its end; 0 for no limit */
    public DataWriter(WireOutput out, int longestLine) {
        this.out = out;
        this.longest = longestLine <= 0 ? Integer.MAX_VALUE : longestLine;
    }

    @Override
    public void accept(byte[] bytes, int offset, int length) throws IOException {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            at = carriageReturn ? afterCarriageReturn(bytes, at) : stretch(bytes, at, end);
        }
    }

    private int afterCarriageReturn(byte[] bytes, int at) throws IOException {
        carriageReturn = false;
        if (bytes[at] == '\n') {
            out.bytes(CRLF, 0, 2);
            column = 0;
            return at + 1;
        }
        if (column >= longest) {
            out.bytes(FOLD, 0, 3);
            column = 1;
            broken = true;
        }
        out.put((byte) ' ');
        column++;
        return at;
    }

    /** Sends whole lines, and the part of a line at the end, as one stretch. @return where the first exception is */
    private int stretch(byte[] bytes, int start, int end) throws IOException {
        int at = start;
        int lineStart = start - column;
        while (at < end) {
            byte b = bytes[at];
            if (b == '.' && at == lineStart) {
                // The dot goes out twice: once now, once as the first byte of the next stretch.
                out.bytes(bytes, start, at - start);
                out.put((byte) '.');
                out.put((byte) '.');
                column = 1;
                return at + 1;
            }
            if (b == '\r') {
                if (at + 1 < end && bytes[at + 1] == '\n') {
                    at += 2;
                    lineStart = at;
                    continue;
                }
                out.bytes(bytes, start, at - start);
                column = at - lineStart;
                carriageReturn = true;
                return at + 1;
            }
            if (b == '\n') {
                out.bytes(bytes, start, at - start);
                out.bytes(CRLF, 0, 2);
                column = 0;
                return at + 1;
            }
            if (at - lineStart >= longest) {
                out.bytes(bytes, start, at - start);
                out.bytes(FOLD, 0, 3);
                column = 1;
                broken = true;
                return at;
            }
            at++;
        }
        out.bytes(bytes, start, at - start);
        column = at - lineStart;
        return at;
    }

    /** Whether a line was too long and has been broken. */
    public boolean hasBrokenLines() {
        return broken;
    }

    /** Ends the last line where it is open, and the message. Does not flush. */
    public void finish() throws IOException {
        if (carriageReturn) {
            carriageReturn = false;
            out.put((byte) ' ');
            column++;
        }
        if (column > 0) {
            out.bytes(CRLF, 0, 2);
            column = 0;
        }
        out.bytes(END, 0, END.length);
    }
}
