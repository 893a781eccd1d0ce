// SPDX-License-Identifier: Apache-2.0
package org.ostler.mailbox;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import org.ostler.mail.queue.Content;

/** Copies content into a file: CR LF becomes LF, {@code From } at the start of a line is quoted where the format needs it. Used by one thread. */
final class MessageFile {

    private static final int SIZE = 64 * 1024;
    private static final byte[] FROM = "From ".getBytes(StandardCharsets.US_ASCII);

    private final FileChannel file;
    private final boolean quoteFrom;
    private final byte[] out = new byte[SIZE];
    private int used;
    private boolean lineStart = true;
    private boolean pendingCr;
    /** How much of "From " has been seen at the start of the line and not written yet. */
    private int matched;

    MessageFile(FileChannel file, boolean quoteFrom) {
        this.file = file;
        this.quoteFrom = quoteFrom;
    }

    /** Header lines that delivery adds, LF ended; never quoted. */
    void raw(String text) throws IOException {
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            put(b);
        }
    }

    /** The content, with a final line end added where it lacks one. */
    void content(Content content) throws IOException {
        byte[] in = new byte[SIZE];
        try (InputStream stream = content.open()) {
            for (int n = stream.read(in); n >= 0; n = stream.read(in)) {
                for (int i = 0; i < n; i++) {
                    next(in[i]);
                }
            }
        }
        releaseMatch();
        if (pendingCr) {
            put((byte) '\r');
        }
        if (!lineStart) {
            put((byte) '\n');
        }
    }

    private void next(byte b) throws IOException {
        if (b == '\r') {
            pendingCr = true;
            return;
        }
        if (pendingCr) {
            pendingCr = false;
            if (b != '\n') {
                plain((byte) '\r');
            }
        }
        plain(b);
    }

    private void plain(byte b) throws IOException {
        if (quoteFrom && (lineStart || matched > 0)) {
            if (b == FROM[matched]) {
                lineStart = false;
                if (++matched == FROM.length) {
                    put((byte) '>');
                    releaseMatch();
                }
                return;
            }
            releaseMatch();
        }
        put(b);
        lineStart = b == '\n';
    }

    private void releaseMatch() throws IOException {
        for (int i = 0; i < matched; i++) {
            put(FROM[i]);
        }
        matched = 0;
    }

    private void put(byte b) throws IOException {
        if (used == out.length) {
            flush();
        }
        out[used++] = b;
    }

    void flush() throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(out, 0, used);
        while (buffer.hasRemaining()) {
            file.write(buffer);
        }
        used = 0;
    }
}
