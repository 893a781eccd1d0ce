// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Keys on standard input, a line each, as they are; empty ones, and those that are no UTF-8, are passed over. One thread. */
final class KeyLines {

    private final InputStream in;
    private final String map;
    private final Consumer<String> warnings;
    private final Runnable beforeWaiting;
    private byte[] buffer = new byte[1 << 16];
    private int at;
    private int end;

    /** @param beforeWaiting is run where the next key has not come yet */
    KeyLines(InputStream in, String map, Consumer<String> warnings, Runnable beforeWaiting) {
        this.in = in;
        this.map = map;
        this.warnings = warnings;
        this.beforeWaiting = beforeWaiting;
    }

    List<String> all() throws IOException {
        var all = new ArrayList<String>();
        for (String key = next(); key != null; key = next()) {
            all.add(key);
        }
        return all;
    }

    /** The next key, or null at the end. */
    String next() throws IOException {
        while (true) {
            int newline = newline();
            if (newline < 0 && at == end) {
                return null;
            }
            int stop = newline < 0 ? end : newline;
            String key = stop == at ? "" : decoded(stop);
            at = newline < 0 ? end : newline + 1;
            if (!key.isEmpty()) {
                return key;
            }
        }
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
                buffer = Arrays.copyOf(buffer, 2 * end);
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

    private String decoded(int stop) {
        for (int i = at; i < stop; i++) {
            if (buffer[i] < 0) {
                return checked(stop);
            }
        }
        return new String(buffer, at, stop - at, StandardCharsets.ISO_8859_1);
    }

    private String checked(int stop) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(buffer, at, stop - at)).toString();
        } catch (CharacterCodingException e) {
            String shown = new String(buffer, at, stop - at, StandardCharsets.US_ASCII).replaceAll("[^ -~]", "?");
            warnings.accept(map + ": non-UTF-8 key \"" + shown + "\": malformed UTF-8 or invalid codepoint");
            return "";
        }
    }
}
