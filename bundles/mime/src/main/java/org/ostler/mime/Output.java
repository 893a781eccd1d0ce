// SPDX-License-Identifier: Apache-2.0
package org.ostler.mime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A buffer before the sink. */
final class Output {

    private final byte[] buffer = new byte[16 * 1024];
    private final Sink sink;
    private int used;

    Output(Sink sink) {
        this.sink = sink;
    }

    void put(byte b) throws IOException {
        if (used == buffer.length) {
            flush();
        }
        buffer[used++] = b;
    }

    void put(byte[] bytes, int from, int to) throws IOException {
        int at = from;
        while (at < to) {
            if (used == buffer.length) {
                flush();
            }
            int n = Math.min(to - at, buffer.length - used);
            System.arraycopy(bytes, at, buffer, used, n);
            used += n;
            at += n;
        }
    }

    void text(String ascii) throws IOException {
        byte[] bytes = ascii.getBytes(StandardCharsets.US_ASCII);
        put(bytes, 0, bytes.length);
    }

    void crlf() throws IOException {
        put((byte) '\r');
        put((byte) '\n');
    }

    void flush() throws IOException {
        if (used > 0) {
            sink.write(buffer, 0, used);
            used = 0;
        }
    }
}
