// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.io.IOException;

/**
 * Reads the chunks of one message behind BDAT commands and hands the text on in canonical form.
 *
 * <p>Line ends as in {@link DataReader}; dots mean nothing. A CR at the end of a chunk waits for the next one. The last line gets its CR LF where the peer left it
 * out. One instance per message.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> waits for the peer. <b>Errors</b> {@link java.io.EOFException} where the peer leaves; an exception of the sink passes through.
 *
 * <h2>Standards</h2> RFC 3030 section 2
 */
public final class ChunkReader {

    private static final byte[] CRLF = {'\r', '\n'};
    private static final byte[] BLANK = {' '};

    private final WireInput in;
    /** The last byte was a CR; what it is depends on the next. */
    private boolean carriageReturn;
    private boolean inLine;
    private boolean bareLf;

    public ChunkReader(WireInput in) {
        this.in = in;
    }

    /** Whether any line ended in a bare LF. */
    public boolean sawBareLf() {
        return bareLf;
    }

    /** Takes one chunk of {@code count} bytes. */
    public void read(long count, ChunkSink sink) throws IOException {
        long left = count;
        while (left > 0) {
            if (in.position == in.limit) {
                in.fill();
            }
            int length = (int) Math.min(left, in.limit - in.position);
            piece(in.position, in.position + length, sink);
            in.position += length;
            left -= length;
        }
    }

    /** Behind the last chunk: completes the last line. */
    public void finish(ChunkSink sink) throws IOException {
        if (carriageReturn) {
            blank(sink);
        }
        if (inLine) {
            endLine(sink);
        }
    }

    /** Reads a chunk away without looking at it. */
    public static void skip(WireInput in, long count) throws IOException {
        long left = count;
        while (left > 0) {
            if (in.position == in.limit) {
                in.fill();
            }
            int length = (int) Math.min(left, in.limit - in.position);
            in.position += length;
            left -= length;
        }
    }

    private void piece(int from, int to, ChunkSink sink) throws IOException {
        byte[] buffer = in.buffer;
        int start = from;
        int at = from;
        if (carriageReturn) {
            carriageReturn = false;
            if (buffer[at] == '\n') {
                endLine(sink);
                start = ++at;
            } else {
                blank(sink);
            }
        }
        while (at < to) {
            byte b = buffer[at];
            if (b == '\n') {
                bareLf = true;
                emit(sink, start, at);
                endLine(sink);
                start = ++at;
            } else if (b != '\r') {
                inLine = true;
                at++;
            } else if (at + 1 == to) {
                emit(sink, start, at);
                carriageReturn = true;
                return;
            } else if (buffer[at + 1] == '\n') {
                inLine = false;
                at += 2;
            } else {
                inLine = true;
                buffer[at++] = ' ';
            }
        }
        emit(sink, start, to);
    }

    private void endLine(ChunkSink sink) throws IOException {
        inLine = false;
        sink.accept(CRLF, 0, 2);
    }

    private void blank(ChunkSink sink) throws IOException {
        inLine = true;
        sink.accept(BLANK, 0, 1);
    }

    private void emit(ChunkSink sink, int start, int end) throws IOException {
        if (end > start) {
            sink.accept(in.buffer, start, end - start);
        }
    }
}
