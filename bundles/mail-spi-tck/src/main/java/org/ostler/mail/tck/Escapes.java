// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The escapes of {@code R:} lines: {@code \r \n \t \0 \\}, {@code \xHH} for one byte, and {@code \(text*count)} which repeats text
 * (with escapes, but not nested repeats). Other characters stand for their UTF-8 bytes.
 */
final class Escapes {

    /** Longest result of one line: a mistyped count must not fill the heap. */
    private static final int MAX_BYTES = 64 << 20;

    private Escapes() {}

    static byte[] decode(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StringBuilder plain = new StringBuilder();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (c != '\\') {
                plain.append(c);
                continue;
            }
            flush(plain, out);
            if (i == text.length()) {
                throw new IllegalArgumentException("backslash at end of line");
            }
            i = escape(text, i, out);
        }
        flush(plain, out);
        return out.toByteArray();
    }

    /** Decodes the escape whose letter is at {@code i}; the index after it. */
    private static int escape(String text, int i, ByteArrayOutputStream out) {
        switch (text.charAt(i)) {
            case 'r' -> out.write('\r');
            case 'n' -> out.write('\n');
            case 't' -> out.write('\t');
            case '0' -> out.write(0);
            case '\\' -> out.write('\\');
            case 'x' -> {
                if (i + 3 > text.length()) {
                    throw new IllegalArgumentException("\\x needs two digits");
                }
                out.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
                return i + 3;
            }
            case '(' -> {
                int close = text.indexOf(')', i);
                int star = close < 0 ? -1 : text.lastIndexOf('*', close);
                if (star < i) {
                    throw new IllegalArgumentException("\\( needs text*count)");
                }
                repeat(decode(text.substring(i + 1, star)), Integer.parseInt(text.substring(star + 1, close)), out);
                return close + 1;
            }
            default -> throw new IllegalArgumentException("unknown escape \\" + text.charAt(i));
        }
        return i + 1;
    }

    private static void repeat(byte[] unit, int count, ByteArrayOutputStream out) {
        if ((long) unit.length * count > MAX_BYTES) {
            throw new IllegalArgumentException("repeat of more than " + MAX_BYTES + " bytes");
        }
        for (int n = 0; n < count; n++) {
            out.writeBytes(unit);
        }
    }

    private static void flush(StringBuilder plain, ByteArrayOutputStream out) {
        out.writeBytes(plain.toString().getBytes(StandardCharsets.UTF_8));
        plain.setLength(0);
    }

    /** Bytes as readable text, one printable line; long runs are shortened. For transcripts. */
    static String show(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < bytes.length; i++) {
            if (i == 400 && bytes.length > 500) {
                text.append("...[").append(bytes.length - 500).append(" bytes]...");
                i = bytes.length - 100;
            }
            int b = bytes[i] & 0xff;
            switch (b) {
                case '\r' -> text.append("\\r");
                case '\n' -> text.append("\\n");
                case '\t' -> text.append("\\t");
                case '\\' -> text.append("\\\\");
                default -> text.append(b < 32 || b > 126 ? "\\x%02x".formatted(b) : Character.toString(b));
            }
        }
        return text.toString();
    }
}
