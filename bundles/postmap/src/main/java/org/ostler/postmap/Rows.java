// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.postmap.Postmap.Program;

/**
 * What a command prints: lines as Postfix's, or with {@code -j} one JSON object a line.
 *
 * <pre>
 *   -q, -s      {"root": "bob"}, as in Postfix 3.11; nothing for a key that is not found
 *   -d          {"table": "lmdb:x", "key": "root", "deleted": true}
 *   build, -i   {"table": "lmdb:x", "entries": 3, "duplicates": 1, "warnings": ["x, line 2: ..."]}
 * </pre>
 * The last two are ours: Postfix refuses {@code -j} there.
 *
 * <p>What is printed is gathered until {@link #flush}, or there is much of it: a write for each of a million answers takes longer than to find them. One thread.
 */
final class Rows {

    private static final int MUCH = 1 << 15;

    private final PrintStream out;
    private final boolean json;
    private final String between;
    private final StringBuilder gathered = new StringBuilder();

    Rows(Request request, PrintStream out) {
        this.out = out;
        this.json = request.json();
        this.between = request.program() == Program.POSTALIAS ? ":\t" : "\t";
    }

    private void print(String text) {
        gathered.append(text);
        flushMuch();
    }

    private void flushMuch() {
        if (gathered.length() >= MUCH) {
            flush();
        }
    }

    /** At the end, and before anybody is waited for: he may be waiting for the answers. */
    void flush() {
        if (TableSource.isForeign(gathered.toString())) {
            writeForeign();
        } else {
            out.print(gathered);
        }
        out.flush();
        gathered.setLength(0);
    }

    /** With the bytes that a table's text has. */
    private void writeForeign() {
        for (int i = 0, c; i < gathered.length(); i += Character.charCount(c)) {
            c = gathered.codePointAt(i);
            if (c >= 0xdc80 && c <= 0xdcff) {
                out.write(c - 0xdc00);
            } else {
                out.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    /** The one key of the command line. */
    void value(String key, String value) {
        if (json) {
            entry(key, value);
        } else {
            print(value + "\n");
        }
    }

    /** With the key as it came. */
    void entry(Key key, String value) {
        if (json || key.isText()) {
            entry(key.text(), value);
        } else {
            flush();
            byte[] bytes = key.bytes().getBytes(StandardCharsets.ISO_8859_1);
            out.write(bytes, 0, bytes.length);
            print(between + value + "\n");
        }
    }

    void entry(String key, String value) {
        if (json) {
            print("{" + quoted(key) + ": " + quoted(value) + "}\n");
        } else {
            gathered.append(key).append(between).append(value).append('\n');
            flushMuch();
        }
    }

    void deleted(String table, String key, boolean was) {
        if (json) {
            print("{\"table\": " + quoted(table) + ", \"key\": " + quoted(key) + ", \"deleted\": " + was + "}\n");
        }
    }

    void built(String table, long entries, long duplicates, List<String> warnings) {
        if (json) {
            out.print("{\"table\": " + quoted(table) + ", \"entries\": " + entries + ", \"duplicates\": " + duplicates + ", \"warnings\": "
                    + warnings.stream().map(Rows::quoted).toList() + "}\n");
        }
    }

    /** A JSON string (RFC 8259 section 7), with Postfix's choice of what is escaped and how: DEL is, in capitals; what is not ASCII is not. */
    static String quoted(String text) {
        var quoted = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> quoted.append('\\').append(c);
                case '\b' -> quoted.append("\\b");
                case '\f' -> quoted.append("\\f");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                default -> {
                    if (c < ' ' || c == 0x7f) {
                        quoted.append(String.format("\\u%04X", (int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }
}
