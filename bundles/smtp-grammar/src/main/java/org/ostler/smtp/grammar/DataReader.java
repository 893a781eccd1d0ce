// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.io.IOException;

/**
 * Reads the text behind DATA up to its end and hands it on in canonical form.
 *
 * <h2>Description</h2>
 * Dots are unstuffed, a line ends in CR LF, and any other CR becomes a blank (Postfix's {@code cleanup_replace_stray_cr_lf}); CRs in front of a CR LF
 * disappear, as Postfix reads them. A bare LF ends a line; whether it can also stand in the end of the message is the matter of {@link BareNewline}. Every other byte
 * passes, NUL included. Lines have no limit here: what is too long for the next host is broken by the client that sends it.
 *
 * <pre>
 *   at the start of a line     ALLOW          otherwise
 *   CR LF . CR LF              end            end
 *   LF . CR LF                 end            an empty line
 *   CR LF . LF,  LF . LF       end            an empty line
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
            if (in.buffer[in.position] == '.') {
                if (dotEndsMessage(afterCrLf)) {
                    return;
                }
                in.position++;
            }
            afterCrLf = lines(sink);
        }
    }

    /** At a dot that starts a line: true where the message ends here; its end has then been used up. */
    private boolean dotEndsMessage(boolean afterCrLf) throws IOException {
        while (in.limit - in.position < 2) {
            in.fill();
        }
        byte next = in.buffer[in.position + 1];
        if (next == '\n') {
            // The dot line itself ends in a bare LF.
            if (policy == BareNewline.ALLOW) {
                bareLf = true;
                in.position += 2;
                return true;
            }
            return false;
        }
        if (next != '\r') {
            return false;
        }
        while (in.limit - in.position < 3) {
            in.fill();
        }
        if (in.buffer[in.position + 2] == '\n' && (afterCrLf || policy == BareNewline.ALLOW)) {
            in.position += 3;
            return true;
        }
        return false;
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
                    // What follows the CR has not arrived: the CR stays unread.
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
     * A run of CRs at {@code at}. Behind it comes LF: nothing is changed, the CRs in front of the last are to be dropped. Something else: they become blanks.
     *
     * @return index behind the run, or {@code at} while the run may go on
     */
    private int strayCarriageReturns(int at) {
        byte[] buffer = in.buffer;
        int end = at;
        while (end < in.limit && buffer[end] == '\r' && end - at < LONGEST_CR_RUN) {
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
