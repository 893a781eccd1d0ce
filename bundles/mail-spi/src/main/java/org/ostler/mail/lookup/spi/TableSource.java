// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.LogicalLines;

/**
 * The text that tables are made from: what postmap(1), {@code texthash}, {@code cidr}, {@code regexp} and {@code pcre} read.
 *
 * <pre>{@code
 * TableSource source = TableSource.read(file, name, spec.warnings());
 * for (TableSource.Entry e = source.nextEntry(); e != null; e = source.nextEntry()) {
 *     entries.put(CaseFold.fold(e.key()), e.value());
 * }
 * }</pre>
 *
 * <p>Logical lines as everywhere in Postfix; then {@code key whitespace value}. White space in a key is kept inside double quotes, which stay part of the key, and a backslash takes the
 * next character as it is. Lines that make no sense are left out with a warning in Postfix's words: file, line, reason. So is text that is not UTF-8.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> {@link #read} reads the whole file. <b>Errors</b> {@link IOException} from reading only; {@link #reason} has Postfix's words for it.
 */
public final class TableSource {

    /** @param line number of the line on which the entry begins */
    public record Entry(String key, String value, int line) {}

    /** One logical line. */
    public record Rule(int line, int last, String text) {

        /** {@code 7} or {@code 7-9}. */
        public String lines() {
            return line == last ? Integer.toString(line) : line + "-" + last;
        }
    }

    private final LogicalLines.Reader lines;
    private final String name;
    private final Consumer<String> warnings;
    private String ignored = "";

    private TableSource(byte[] text, String name, Consumer<String> warnings) {
        this.lines = new LogicalLines.Reader(text);
        this.name = name;
        this.warnings = warnings;
    }

    /** @param name the file as the operator wrote it, for warnings */
    public static TableSource read(Path file, String name, Consumer<String> warnings) throws IOException {
        return of(Files.readAllBytes(file), name, warnings);
    }

    public static TableSource of(byte[] text, String name, Consumer<String> warnings) {
        return new TableSource(text, name, warnings);
    }

    /** The file that a specification names, or the lines that it holds itself: <code>{ {line}, {line} ... }</code>. */
    public static TableSource read(TableSpec spec) throws IOException {
        return spec.braced().isPresent() ? of(Lists.split(spec.braced().get()), spec.name(), spec.warnings()) : read(spec.file(), spec.name(), spec.warnings());
    }

    private static TableSource of(List<String> elements, String name, Consumer<String> warnings) {
        String text = elements.stream().map(Lists::unbrace).collect(Collectors.joining("\n"));
        return of(text.getBytes(StandardCharsets.UTF_8), name, warnings);
    }

    /** Makes warnings about lines left out end in {@code -- ignoring this line}, as those of texthash do. */
    public TableSource sayingIgnored() {
        ignored = " -- ignoring this line";
        return this;
    }

    /** The next logical line, or null at the end. */
    public Rule nextRule() {
        return nextLine() ? new Rule(lines.number(), lines.last(), lines.text(0, lines.length())) : null;
    }

    /** The next {@code key value}, or null at the end. */
    public Entry nextEntry() {
        while (nextLine()) {
            Entry entry = entry();
            if (entry != null) {
                return entry;
            }
        }
        return null;
    }

    /** Moves to the next line that is text and begins with a word. */
    private boolean nextLine() {
        while (lines.next()) {
            if (LogicalLines.isSpace(lines.at(0))) {
                // Only the first line of a file can be a continuation of nothing.
                warnings.accept(name + ": logical line must not start with whitespace: \"" + abbreviated(latin(lines.bytes())) + "\"");
            } else if (!lines.isAscii() && !isUtf8(lines.bytes())) {
                warn(lines.number(), "non-UTF-8 input \"" + printable(latin(lines.bytes())) + "\" -- ignoring this line");
            } else {
                return true;
            }
        }
        return false;
    }

    private Entry entry() {
        int length = lines.length();
        int end = keyEnd(length);
        if (end < 0) {
            warn(lines.number(), "unbalanced '\"' in '" + lines.text(0, length) + "' -- ignoring this line");
            return null;
        }
        int value = end;
        while (value < length && LogicalLines.isSpace(lines.at(value))) {
            value++;
        }
        if (value == length) {
            warn(lines.number(), "expected format: key whitespace value" + ignored);
            return null;
        }
        if (lines.at(end - 1) == ':') {
            warn(lines.number(), "record is in \"key: value\" format; is this an alias file?");
        }
        return new Entry(lines.text(0, end), lines.text(value, length), lines.number());
    }

    /** The white space behind the key, or the end of the line; negative where a quote stays open. */
    private int keyEnd(int length) {
        boolean quoted = false;
        int at = 0;
        for (; at < length; at++) {
            byte c = lines.at(at);
            if (c == '\\') {
                at++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && LogicalLines.isSpace(c)) {
                break;
            }
        }
        return quoted ? -1 : Math.min(at, length);
    }

    /** Warns about a line in Postfix's form. */
    public void warn(int line, String what) {
        warnings.accept(at(line, what));
    }

    String at(int line, String what) {
        return name + ", line " + line + ": " + what;
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** One character a byte, for a warning about a line that may be no text. */
    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static String printable(String text) {
        var out = new StringBuilder(text);
        for (int i = 0; i < out.length(); i++) {
            if (out.charAt(i) < ' ' || out.charAt(i) > '~') {
                out.setCharAt(i, '?');
            }
        }
        return out.toString();
    }

    private static String abbreviated(String text) {
        return text.length() <= 30 ? text : text.substring(0, 30) + "...";
    }

    /** Why a file could not be read, in the words of the C library: {@code No such file or directory}. */
    public static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "No such file or directory";
            case AccessDeniedException _ -> "Permission denied";
            case FileSystemException fs when fs.getReason() != null -> fs.getReason();
            default -> String.valueOf(e.getMessage());
        };
    }
}
