// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.ostler.mail.lookup.spi.TableOpenException;

/**
 * The parameters {@code encoding} (pgsql) and {@code charset} (mysql): in which encoding the server takes our bytes to be.
 *
 * <p>The drivers speak UTF-8 and nothing else. With another encoding Postfix sends the same bytes and calls them, say, Latin 1; the server then sees other characters, and sends back others. The same here, done to
 * the text: its UTF-8 bytes read as Latin 1, and the other way round. <b>Threads</b> any; immutable.
 */
final class TextEncoding {

    private static final Map<String, String> JAVA_NAMES = Map.ofEntries(Map.entry("utf8", "UTF-8"), Map.entry("utf8mb3", "UTF-8"), Map.entry("utf8mb4", "UTF-8"), Map.entry("unicode", "UTF-8"), Map.entry("sql_ascii", "UTF-8"),
            Map.entry("ascii", "US-ASCII"), Map.entry("koi8r", "KOI8-R"), Map.entry("koi8u", "KOI8-U"), Map.entry("euc_jp", "EUC-JP"), Map.entry("ujis", "EUC-JP"), Map.entry("sjis", "Shift_JIS"), Map.entry("euc_kr", "EUC-KR"),
            Map.entry("euckr", "EUC-KR"), Map.entry("euc_cn", "GB2312"), Map.entry("latin2", "ISO-8859-2"), Map.entry("latin5", "ISO-8859-9"), Map.entry("latin9", "ISO-8859-15"), Map.entry("greek", "ISO-8859-7"),
            Map.entry("hebrew", "ISO-8859-8"));

    private final Charset charset;

    private TextEncoding(Charset charset) {
        this.charset = charset;
    }

    static TextEncoding of(Dialect dialect, String name) throws TableOpenException {
        String lower = name.toLowerCase(Locale.ROOT).replace("utf-8", "utf8");
        String java = JAVA_NAMES.getOrDefault(lower, lower.replaceFirst("^(?:win|cp)(125\\d)$", "windows-$1").replaceFirst("^(?:win|cp)(8\\d\\d)$", "IBM$1"));
        if (lower.equals("latin1")) {
            // MySQL's Latin 1 is Microsoft's.
            java = dialect == Dialect.MYSQL ? "windows-1252" : "ISO-8859-1";
        }
        try {
            return new TextEncoding(Charset.forName(java));
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            throw new TableOpenException((dialect == Dialect.MYSQL ? "unsupported charset: " : "unsupported encoding: ") + name, e);
        }
    }

    private boolean isUtf8() {
        return charset.equals(StandardCharsets.UTF_8);
    }

    String toServer(String text) {
        return isUtf8() ? text : new String(text.getBytes(StandardCharsets.UTF_8), charset);
    }

    /** Whether {@link #fromServer} has lost nothing: a text that is not UTF-8 has replacement characters in it. */
    boolean isSound(String value, byte[] fromDriver, String text) {
        return value.indexOf('\ufffd') < 0 || Arrays.equals(value.getBytes(StandardCharsets.UTF_8), isUtf8() ? fromDriver : text.getBytes(charset));
    }

    String fromServer(String text) {
        return isUtf8() ? text : new String(text.getBytes(charset), StandardCharsets.UTF_8);
    }
}
