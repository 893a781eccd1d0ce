// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.LogicalLines;
import org.ostler.mail.log.Reasons;

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
 * next character as it is. Lines that make no sense are left out with a warning in Postfix's words: file, line, reason. So is text that is not UTF-8, but for {@link #nextAnyRule} and {@link #nextAnyEntry}.
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

    /** A text in braces that is none: there is no file that could not be opened. */
    private static final class Malformed extends IOException {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }
    }

    private final LogicalLines.Reader lines;
    private final String name;
    private final Consumer<String> warnings;
    private String ignored = "";
    private String foreign = "";
    /** Whether the line is UTF-8. */
    private boolean isText;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
    /** Of no use to anybody. */
    private final CharBuffer decoded = CharBuffer.allocate(1024);
    /** Places in the line: behind the key, and where the value begins. */
    private int keyEnd;
    private int value;

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
        return new TableSource(hasNul(text) ? withoutNul(text, name, warnings) : text, name, warnings);
    }

    private static boolean hasNul(byte[] text) {
        for (byte b : text) {
            if (b == 0) {
                return true;
            }
        }
        return false;
    }

    /** To Postfix a text ends at a zero byte: what stands behind it on its line is left out. Such a file was damaged, by a crash most likely. */
    private static byte[] withoutNul(byte[] text, String name, Consumer<String> warnings) {
        var out = new ByteArrayOutputStream(text.length);
        int line = 1;
        boolean cut = false;
        boolean comment = false;
        boolean begun = false;
        for (byte b : text) {
            comment |= !begun && b == '#';
            begun |= !LogicalLines.isSpace(b);
            if (b == 0 && !cut && !comment) {
                warnings.accept(name + ", line " + line + ": text after null byte may be ignored");
            }
            cut |= b == 0;
            if (b == '\n') {
                line++;
                cut = false;
                comment = false;
                begun = false;
            }
            if (!cut) {
                out.write(b);
            }
        }
        return out.toByteArray();
    }

    /** The file that a specification names, or the lines that it holds itself: <code>{ {line}, {line} ... }</code>. */
    public static TableSource read(TableSpec spec) throws IOException {
        return spec.braced().isPresent() ? of(rules(spec), spec.name(), spec.warnings()) : read(spec.file(), spec.name(), spec.warnings());
    }

    /** Without braces around each, a rule would be taken for several; without a blank between them, several for one. */
    private static List<String> rules(TableSpec spec) throws IOException {
        List<String> rules = Lists.split(spec.braced().orElseThrow());
        for (String rule : rules) {
            if (!rule.startsWith("{")) {
                throw new Malformed(spec.type() + " map: no '{' at start of text in \"" + rule + "\"");
            }
            if (Lists.endsEarly(rule)) {
                throw new Malformed(spec.type() + " map: syntax error after '}' in \"" + rule + "\"");
            }
        }
        return rules;
    }

    private static TableSource of(List<String> elements, String name, Consumer<String> warnings) {
        // What was no text in main.cf, or on a command line, has become U+FFFD there; it stays foreign.
        String text = elements.stream().map(Lists::unbrace).collect(Collectors.joining("\n"));
        var bytes = new ByteArrayOutputStream(text.length());
        for (String part : text.split("(?<=\ufffd)|(?=\ufffd)")) {
            bytes.writeBytes(part.equals("\ufffd") ? new byte[] {-1} : part.getBytes(StandardCharsets.UTF_8));
        }
        return of(bytes.toByteArray(), name, warnings);
    }

    /** Makes warnings about lines left out end in {@code -- ignoring this line}, as those of texthash do. */
    public TableSource sayingIgnored() {
        ignored = " -- ignoring this line";
        return this;
    }

    /** The next logical line, or null at the end. */
    public Rule nextRule() {
        return nextLine(null) ? rule(lines.text(0, lines.length())) : null;
    }

    /**
     * The same, for patterns and their values: also a line that is not UTF-8. In it each foreign byte is a lone surrogate, {@code U+DC00} and the byte: in a pattern it fits nothing, and a value with one ({@link #isForeign})
     * must be "unavailable" for what the rule matches, as in Postfix. Without the rule that would be "not found", or the answer of another one.
     */
    public Rule nextAnyRule() {
        return nextLine("such a pattern matches nothing") ? rule(text(0, lines.length())) : null;
    }

    private Rule rule(String text) {
        return new Rule(lines.number(), lines.last(), text);
    }

    /** Whether a text of {@link #nextAnyRule} has bytes in it that are not UTF-8. */
    public static boolean isForeign(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isLowSurrogate(text.charAt(i)) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)))) {
                return true;
            }
        }
        return false;
    }

    /** The same for an operator: {@code ?} for each foreign byte, and for U+FFFD, which stands for one in what was decoded. */
    static String shown(String text) {
        var out = new StringBuilder(text);
        for (int i = 0; i < out.length(); i++) {
            char c = out.charAt(i);
            if (c == '\ufffd' || Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(out.charAt(i - 1)))) {
                out.setCharAt(i, '?');
            }
        }
        return out.toString();
    }

    /** The next {@code key value}, or null at the end. */
    public Entry nextEntry() {
        return next() ? new Entry(lines.text(0, keyEnd), lines.text(value, lines.length()), lines.number()) : null;
    }

    /**
     * The same for tables that answer from the text itself: also a line that is not UTF-8, with surrogates as in {@link #nextAnyRule}. Its key is one that nobody asks for; its value
     * ({@link TableSpec#foreign}) is "unavailable", as in Postfix since 3.12 at the latest. Without the line the key would be "not found", and mail for it come back.
     */
    public Entry nextAnyEntry() {
        while (nextLine("such a key is never found")) {
            if (isEntry()) {
                return new Entry(text(0, keyEnd), text(value, lines.length()), lines.number());
            }
        }
        return null;
    }

    /** A part of the line, with surrogates in the place of foreign bytes. */
    private String text(int from, int to) {
        return isText ? lines.text(from, to) : withSurrogates(Arrays.copyOfRange(lines.array(), lines.begin() + from, lines.begin() + to));
    }

    /** Goes to what {@link #nextEntry} would give, for those who want it in UTF-8, as it is. */
    public boolean next() {
        while (nextLine(null)) {
            if (isEntry()) {
                return true;
            }
        }
        return false;
    }

    /** Of the entry that {@link #next} has found; a copy. */
    public byte[] key() {
        return Arrays.copyOfRange(lines.array(), lines.begin(), lines.begin() + keyEnd);
    }

    /** Of the entry that {@link #next} has found; a copy. */
    public byte[] value() {
        return Arrays.copyOfRange(lines.array(), lines.begin() + value, lines.begin() + lines.length());
    }

    /** Number of the line on which the entry begins that {@link #next} has found. */
    public int line() {
        return lines.number();
    }

    /** Of the first line that was left out because it is not UTF-8: {@code FILE, line 3: non-UTF-8 input "..."}. Empty where there was none so far. */
    public String foreign() {
        return foreign;
    }

    /**
     * Moves to the next line that begins with a word.
     *
     * @param otherwise what becomes of a line that is not text; null where such a line is left out
     */
    private boolean nextLine(String otherwise) {
        while (lines.next()) {
            isText = lines.isAscii() || isUtf8();
            if (LogicalLines.isSpace(lines.at(0))) {
                // Only the first line of a file can be a continuation of nothing.
                warnings.accept(name + ": logical line must not start with whitespace: \"" + abbreviated(latin(lines.bytes())) + "\"");
            } else if (isText) {
                return true;
            } else {
                String what = "non-UTF-8 input \"" + printable(latin(lines.bytes())) + "\"";
                if (otherwise != null) {
                    warn(lines.number(), what + ": " + otherwise + ", such a value is unavailable");
                    return true;
                }
                foreign = foreign.isEmpty() ? at(lines.number(), what) : foreign;
                warn(lines.number(), what + " -- ignoring this line");
            }
        }
        return false;
    }

    /** Divides the line into key and value; false, with a warning, where that cannot be done. */
    private boolean isEntry() {
        int length = lines.length();
        keyEnd = keyEnd(lines.array(), lines.begin(), lines.begin() + length);
        if (keyEnd < 0) {
            warn(lines.number(), "unbalanced '\"' in '" + shown(text(0, lines.length())) + "' -- ignoring this line");
            return false;
        }
        value = keyEnd;
        while (value < length && LogicalLines.isSpace(lines.at(value))) {
            value++;
        }
        if (value == length) {
            warn(lines.number(), "expected format: key whitespace value" + ignored);
            return false;
        }
        if (lines.at(keyEnd - 1) == ':') {
            warn(lines.number(), "record is in \"key: value\" format; is this an alias file?");
        }
        return true;
    }

    /** Length of the key, which ends before white space or with the line; negative where a quote stays open. */
    private static int keyEnd(byte[] bytes, int begin, int end) {
        boolean quoted = false;
        int at = begin;
        for (; at < end; at++) {
            byte c = bytes[at];
            if (c == '\\') {
                at++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c <= ' ' && !quoted && LogicalLines.isSpace(c)) {
                break;
            }
        }
        return quoted ? -1 : Math.min(at, end) - begin;
    }

    /** Warns about a line in Postfix's form. */
    public void warn(int line, String what) {
        warnings.accept(at(line, what));
    }

    String at(int line, String what) {
        return name + ", line " + line + ": " + what;
    }

    /** Whether the line is; it is not copied for that. */
    private boolean isUtf8() {
        ByteBuffer in = ByteBuffer.wrap(lines.array(), lines.begin(), lines.length());
        utf8.reset();
        CoderResult result;
        do {
            result = utf8.decode(in, decoded.clear(), true);
        } while (result.isOverflow());
        return !result.isError();
    }

    private String withSurrogates(byte[] bytes) {
        var out = new StringBuilder(bytes.length);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        utf8.reset();
        while (in.hasRemaining()) {
            CoderResult result = utf8.decode(in, decoded.clear(), true);
            out.append(decoded.flip());
            for (int i = 0; result.isError() && i < result.length(); i++) {
                out.append((char) (0xdc00 + (in.get() & 0xff)));
            }
        }
        return out.toString();
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

    /**
     * What {@link #read(TableSpec)} has thrown, as the reason why the table cannot be opened: {@code open NAME: No such file or directory}.
     *
     * @param doing {@code open}, or {@code open database}
     */
    public static TableOpenException cannotOpen(String doing, TableSpec spec, IOException e) {
        return new TableOpenException(e instanceof Malformed ? e.getMessage() : doing + " " + spec.name() + ": " + reason(e), e);
    }

    /** Why a file could not be read, in the words of the C library: {@code No such file or directory}. */
    public static String reason(IOException e) {
        return Reasons.of(e);
    }
}
