// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Lines of standard input, a character for each byte. A newline alone ends one, and the last needs none: a CR belongs to its line, as in Postfix. One thread. */
final class InputLines {

    /** Of an array in Java. */
    private static final int LARGEST = Integer.MAX_VALUE - 8;

    private final InputStream in;
    private final Runnable beforeWaiting;
    private byte[] buffer = new byte[1 << 16];
    private int at;
    private int end;

    /** @param beforeWaiting is run where the next line has not come yet */
    InputLines(InputStream in, Runnable beforeWaiting) {
        this.in = in;
        this.beforeWaiting = beforeWaiting;
    }

    private static int larger(int size) throws IOException {
        if (size == LARGEST) {
            throw new IOException("a line on standard input is longer than " + LARGEST + " bytes");
        }
        return (int) Math.min(2L * size, LARGEST);
    }

    /** The next line, or null at the end. */
    String next() throws IOException {
        int newline = newline();
        if (newline < 0 && at == end) {
            return null;
        }
        int stop = newline < 0 ? end : newline;
        String line = new String(buffer, at, stop - at, StandardCharsets.ISO_8859_1);
        at = newline < 0 ? end : newline + 1;
        return line;
    }

    /** Where the present line ends; -1 where the input does first. */
    private int newline() throws IOException {
        int from = at;
        while (true) {
            for (int i = from; i < end; i++) {
                if (buffer[i] == '\n') {
                    return i;
                }
            }
            from = end - at;
            if (at > 0) {
                System.arraycopy(buffer, at, buffer, 0, end - at);
                end -= at;
                at = 0;
            } else if (end == buffer.length) {
                buffer = Arrays.copyOf(buffer, larger(end));
            }
            if (in.available() == 0) {
                beforeWaiting.run();
            }
            int n = in.read(buffer, end, buffer.length - end);
            if (n < 0) {
                return -1;
            }
            end += n;
        }
    }
}
