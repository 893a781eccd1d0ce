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
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
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

    private final Supplier<LogicalLines.Line> lines;
    private final String name;
    private final Consumer<String> warnings;
    private String ignored = "";

    private TableSource(Supplier<LogicalLines.Line> lines, String name, Consumer<String> warnings) {
        this.lines = lines;
        this.name = name;
        this.warnings = warnings;
    }

    /** @param name the file as the operator wrote it, for warnings */
    public static TableSource read(Path file, String name, Consumer<String> warnings) throws IOException {
        return of(Files.readAllBytes(file), name, warnings);
    }

    public static TableSource of(byte[] bytes, String name, Consumer<String> warnings) {
        // Byte by byte for now: where a line ends does not depend on the encoding, and one bad line must not spoil the others.
        return new TableSource(new LogicalLines.Reader(new String(bytes, StandardCharsets.ISO_8859_1))::next, name, warnings);
    }

    /** The file that a specification names, or the lines that it holds itself: <code>{ {line}, {line} ... }</code>. */
    public static TableSource read(TableSpec spec) throws IOException {
        return spec.braced().isPresent() ? of(Lists.split(spec.braced().get()), spec.name(), spec.warnings()) : read(spec.file(), spec.name(), spec.warnings());
    }

    private static TableSource of(List<String> elements, String name, Consumer<String> warnings) {
        Iterator<String> rest = elements.iterator();
        var number = new AtomicInteger();
        return new TableSource(() -> {
            if (!rest.hasNext()) {
                return null;
            }
            int line = number.incrementAndGet();
            byte[] bytes = Lists.unbrace(rest.next()).getBytes(StandardCharsets.UTF_8);
            return new LogicalLines.Line(line, line, new String(bytes, StandardCharsets.ISO_8859_1));
        }, name, warnings);
    }

    /** Makes warnings about lines left out end in {@code -- ignoring this line}, as those of texthash do. */
    public TableSource sayingIgnored() {
        ignored = " -- ignoring this line";
        return this;
    }

    /** The next logical line, or null at the end. */
    public Rule nextRule() {
        for (LogicalLines.Line line = lines.get(); line != null; line = lines.get()) {
            String text = line.text();
            if (Character.isWhitespace(text.charAt(0))) {
                // Only the first line of a file can be a continuation of nothing.
                warnings.accept(name + ": logical line must not start with whitespace: \"" + abbreviated(text) + "\"");
                continue;
            }
            String decoded = decoded(text);
            if (decoded != null) {
                return new Rule(line.number(), line.last(), decoded);
            }
            warn(line.number(), "non-UTF-8 input \"" + printable(text) + "\" -- ignoring this line");
        }
        return null;
    }

    /** The next {@code key value}, or null at the end. */
    public Entry nextEntry() {
        for (Rule rule = nextRule(); rule != null; rule = nextRule()) {
            Entry entry = entry(rule);
            if (entry != null) {
                return entry;
            }
        }
        return null;
    }

    private Entry entry(Rule rule) {
        String text = rule.text();
        boolean quoted = false;
        int end = 0;
        for (; end < text.length(); end++) {
            char c = text.charAt(end);
            if (c == '\\') {
                end++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && isSpace(c)) {
                break;
            }
        }
        if (quoted) {
            warn(rule.line(), "unbalanced '\"' in '" + text + "' -- ignoring this line");
            return null;
        }
        String key = text.substring(0, Math.min(end, text.length()));
        String value = end >= text.length() ? "" : text.substring(end).strip();
        if (value.isEmpty()) {
            warn(rule.line(), "expected format: key whitespace value" + ignored);
            return null;
        }
        if (key.charAt(key.length() - 1) == ':') {
            warn(rule.line(), "record is in \"key: value\" format; is this an alias file?");
        }
        return new Entry(key, value, rule.line());
    }

    /** Warns about a line in Postfix's form. */
    public void warn(int line, String what) {
        warnings.accept(at(line, what));
    }

    String at(int line, String what) {
        return name + ", line " + line + ": " + what;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }

    private static String decoded(String bytes) {
        for (int i = 0; i < bytes.length(); i++) {
            if (bytes.charAt(i) >= 0x80) {
                try {
                    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1))).toString();
                } catch (CharacterCodingException e) {
                    return null;
                }
            }
        }
        return bytes;
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
