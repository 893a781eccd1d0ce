// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.ostler.smtp.grammar.ChunkSink;

/**
 * Mends the beginning of a message as Postfix does: an mbox {@code From } line becomes a header, {@code X-Mailbox-Line:}, and a first line that begins with a blank gets the
 * empty line in front that it lacks. Everything behind passes untouched.
 *
 * <p>Only the first line can be that. One with more than {@value #LONGEST_QUOTE} {@code >} is not taken for one.
 */
final class FirstLine implements ChunkSink {

    private static final int LONGEST_QUOTE = 100;
    private static final byte[] HEADER = "X-Mailbox-Line: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FROM = "From ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CRLF = {'\r', '\n'};

    private enum Stage { LINE_START, IN_FROM_LINE, BODY }

    private final ChunkSink sink;
    private Stage stage = Stage.LINE_START;
    /** What has come of a line that may become a From line; seldom used. */
    private final ByteArrayOutputStream undecided = new ByteArrayOutputStream(0);

    FirstLine(ChunkSink sink) {
        this.sink = sink;
    }

    @Override
    public void accept(byte[] bytes, int offset, int length) throws IOException {
        if (stage == Stage.BODY) {
            sink.accept(bytes, offset, length);
            return;
        }
        int end = offset + length;
        int at = offset;
        while (at < end) {
            at = switch (stage) {
                case LINE_START -> lineStart(bytes, at, end);
                case IN_FROM_LINE -> fromLine(bytes, at, end);
                case BODY -> {
                    sink.accept(bytes, at, end - at);
                    yield end;
                }
            };
        }
    }

    /** Behind the last piece. */
    void finish() throws IOException {
        if (undecided.size() > 0) {
            pass();
        }
    }

    private int lineStart(byte[] bytes, int from, int end) throws IOException {
        if (undecided.size() == 0 && bytes[from] != '>' && bytes[from] != 'F') {
            if (bytes[from] == ' ' || bytes[from] == '\t') {
                sink.accept(CRLF, 0, 2);
            }
            stage = Stage.BODY;
            return from;
        }
        int at = from;
        while (at < end && stage == Stage.LINE_START) {
            undecided.write(bytes[at++]);
            decide();
        }
        return at;
    }

    private void decide() throws IOException {
        byte[] line = undecided.toByteArray();
        int quote = 0;
        while (quote < line.length && line[quote] == '>') {
            quote++;
        }
        int letters = line.length - quote;
        for (int i = 0; i < letters; i++) {
            if (line[quote + i] != FROM[i]) {
                pass();
                return;
            }
        }
        if (quote > LONGEST_QUOTE) {
            pass();
        } else if (letters == FROM.length) {
            sink.accept(HEADER, 0, HEADER.length);
            pass();
            stage = Stage.IN_FROM_LINE;
        }
    }

    private void pass() throws IOException {
        byte[] line = undecided.toByteArray();
        undecided.reset();
        stage = Stage.BODY;
        sink.accept(line, 0, line.length);
    }

    private int fromLine(byte[] bytes, int from, int end) throws IOException {
        int at = from;
        while (at < end && bytes[at] != '\n') {
            at++;
        }
        if (at < end) {
            at++;
            stage = Stage.BODY;
        }
        sink.accept(bytes, from, at - from);
        return at;
    }
}
