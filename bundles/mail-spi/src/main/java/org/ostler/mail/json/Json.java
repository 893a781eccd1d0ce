// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.json;

import java.util.List;
import java.util.Map;

/**
 * Writes I-JSON (RFC 7493) on one line: maps, lists, texts, whole numbers and truths. Half a surrogate pair, which no JSON in UTF-8 can hold, becomes U+FFFD; a number that a double does not hold exactly, and so not every
 * reader, becomes the nearest that it does.
 *
 * <p><b>Threads</b> any. <b>Nulls</b> none.
 */
public final class Json {

    private static final long MOST = (1L << 53) - 1;

    private Json() {}

    /**
     * @param value a {@link Map} with texts as keys, a {@link List}, a {@link String}, an {@link Integer}, a {@link Long} or a {@link Boolean}
     * @throws IllegalArgumentException something else is in it; a bug in the caller
     */
    public static String of(Object value) {
        var out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(Object value, StringBuilder out) {
        switch (value) {
            case Map<?, ?> map -> {
                String before = "{";
                for (Map.Entry<?, ?> member : map.entrySet()) {
                    out.append(before);
                    text((String) member.getKey(), out);
                    out.append(": ");
                    write(member.getValue(), out);
                    before = ", ";
                }
                out.append(map.isEmpty() ? "{}" : "}");
            }
            case List<?> list -> {
                String before = "[";
                for (Object element : list) {
                    out.append(before);
                    write(element, out);
                    before = ", ";
                }
                out.append(list.isEmpty() ? "[]" : "]");
            }
            case Integer number -> out.append(number.intValue());
            case Long number -> out.append(Math.clamp(number, -MOST, MOST));
            case Boolean truth -> out.append(truth.booleanValue());
            case String text -> text(text, out);
            default -> throw new IllegalArgumentException("no JSON for " + value.getClass());
        }
    }

    private static void text(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length();) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            switch (c) {
                case '"', '\\' -> out.append('\\').append((char) c);
                case '\n' -> out.append("\\n");
                default -> {
                    if (c < 0x20 || c == 0x7f) {
                        out.append(String.format("\\u%04x", c));
                    } else {
                        out.appendCodePoint(c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xfffd : c);
                    }
                }
            }
        }
        out.append('"');
    }
}
