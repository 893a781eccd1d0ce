// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.io.IOException;

/**
 * Reads the text behind DATA up to its end and hands it on in canonical form.
 *
 * <h2>Description</h2>
 * Dots are unstuffed, a line ends in CR LF, and any other CR becomes a blank (Postfix's {@code cleanup_replace_stray_cr_lf}); with ALLOW any number of CRs belongs to a line end, as in older Postfix. A bare LF ends a line; whether it can also stand in the end of the message is the matter of {@link BareNewline}. Every other byte
 * passes, NUL included. Lines have no limit here: what is too long for the next host is broken by the client that sends it.
 *
 * <pre>
 *   at the start of a line     ALLOW          otherwise
 *   CR LF . CR LF              end            end
 *   LF . CR LF                 end            the line goes
 *   CR LF . LF,  LF . LF       end            the line goes
 *   . and anything else        the dot goes   the dot goes
 * </pre>
 * Content that has no exception in it is passed on in stretches as long as the buffer holds, without being copied.
 *
 * <h2>Security</h2>
 * The end of a message must be what every relay on the way took for the end: SMTP smuggling is a difference of opinion about it. So only the exact five
 * bytes of the standard end it, unless the client is trusted.
 *
 * <h2>Standards</h2> RFC 5321 sections 2.3.8, 4.1.1.4, 4.5.2
 *
 * <p><b>Threads</b> one. <b>Blocking</b> waits for the peer. <b>Errors</b> {@link java.io.EOFException} where the peer leaves; an exception of the sink passes through.
 */
public final class DataReader {

    private static final byte[] CRLF = {'\r', '\n'};

    /** A run of CRs longer than this is not waited out to see whether LF follows. */
    private static final int LONGEST_CR_RUN = 32;

    private final WireInput in;
    private final BareNewline policy;
    private boolean bareLf;

    public DataReader(WireInput in, BareNewline policy) {
        this.in = in;
        this.policy = policy;
    }

    /** Whether any line ended in a bare LF. */
    public boolean sawBareLf() {
        return bareLf;
    }

    /** Reads up to and including the end of the message. */
    public void read(ChunkSink sink) throws IOException {
        boolean afterCrLf = true;
        while (true) {
            if (in.position == in.limit) {
                in.fill();
            }
            if (in.buffer[in.position] != '.') {
                afterCrLf = lines(sink);
                continue;
            }
            int lineEnd = lineEndBehindDot();
            if (lineEnd == 0) {
                in.position++;
                afterCrLf = lines(sink);
                continue;
            }
            in.position += 1 + lineEnd;
            bareLf |= lineEnd == 1;
            if (policy == BareNewline.ALLOW || afterCrLf && lineEnd == 2) {
                return;
            }
            afterCrLf = lineEnd == 2;
        }
    }

    /** At a dot that starts a line: how many bytes the line end has that follows at once, 0 where something else follows. */
    private int lineEndBehindDot() throws IOException {
        for (int length = 1;; length++) {
            while (in.limit - in.position <= length) {
                in.fill();
            }
            byte b = in.buffer[in.position + length];
            if (b == '\n') {
                return length;
            }
            boolean more = b == '\r' && (length == 1 || policy == BareNewline.ALLOW && length < LONGEST_CR_RUN);
            if (!more) {
                return 0;
            }
        }
    }

    /**
     * Passes lines on until one begins with a dot, or the buffer is used up behind a line. Starts anywhere in a line.
     *
     * @return whether the last line ended in CR LF
     */
    private boolean lines(ChunkSink sink) throws IOException {
        byte[] buffer = in.buffer;
        int start = in.position;
        int at = start;
        while (true) {
            int limit = in.limit;
            byte b = 0;
            while (at < limit && (b = buffer[at]) != '\n' && b != '\r') {
                at++;
            }
            if (at == limit) {
                emit(sink, start, at);
                in.fill();
                start = at = in.position;
                continue;
            }
            if (b == '\r') {
                if (at + 1 < limit && buffer[at + 1] == '\n') {
                    at += 2;
                    if (at == limit || buffer[at] == '.') {
                        emit(sink, start, at);
                        return true;
                    }
                    continue;
                }
                int end = strayCarriageReturns(at);
                if (end == at) {
                    // What follows the CR has not arrived: it stays unread.
                    emit(sink, start, at);
                    in.fill();
                    start = at = in.position;
                } else if (buffer[end] == '\n') {
                    emit(sink, start, at);
                    start = at = end - 1;
                } else {
                    at = end;
                }
                continue;
            }
            bareLf = true;
            emit(sink, start, at);
            sink.accept(CRLF, 0, 2);
            in.position = ++at;
            start = at;
            if (at == limit || buffer[at] == '.') {
                return false;
            }
        }
    }

    /**
     * CRs at {@code at} that are no line end. They become blanks, but for ALLOW, where LF behind them swallows them.
     *
     * @return index behind them, or {@code at} where that is not known yet
     */
    private int strayCarriageReturns(int at) {
        byte[] buffer = in.buffer;
        int most = policy == BareNewline.ALLOW ? LONGEST_CR_RUN : 1;
        int end = at;
        while (end < in.limit && buffer[end] == '\r' && end - at < most) {
            end++;
        }
        if (end == in.limit) {
            return at;
        }
        if (buffer[end] != '\n') {
            for (int i = at; i < end; i++) {
                buffer[i] = ' ';
            }
        }
        return end;
    }

    private void emit(ChunkSink sink, int start, int end) throws IOException {
        in.position = end;
        if (end > start) {
            sink.accept(in.buffer, start, end - start);
        }
    }
}
