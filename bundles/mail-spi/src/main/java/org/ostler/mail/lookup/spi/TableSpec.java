// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Protection;
import org.ostler.mail.lookup.Tables;

/**
 * What a table is opened from.
 *
 * @param type            word before the colon
 * @param name            text behind it, as written: a file, a value, {@code { ... }}
 * @param settings        the generation in force
 * @param configDirectory directory of main.cf, against which relative names are resolved
 * @param tables          for combinators (union, pipe, proxy); {@code open(maps, title)} demands of the parts what is demanded of this table
 * @param warnings        takes a finished line such as {@code /etc/aliases, line 3: duplicate entry: "root"}
 * @param protection      what whoever asks demands of the table
 */
public record TableSpec(String type, String name, Settings settings, Path configDirectory, Tables tables, Consumer<String> warnings, Protection protection) {

    /** Reason of an "unavailable" that stands for an empty value. */
    public static final String EMPTY_RESULT = "empty string result is not allowed";

    /** For a caller that demands nothing. */
    public TableSpec(String type, String name, Settings settings, Path configDirectory, Tables tables, Consumer<String> warnings) {
        this(type, name, settings, configDirectory, tables, warnings, Protection.NONE);
    }

    private static final String PROXY = "proxy:";
    private static final Parameter<Duration> LOOKUP_TIMEOUT = new LookupTimeout().parameter;

    /** Read here, declared by {@code lookup-core}. */
    private static final class LookupTimeout extends ParameterSet {
        final Parameter<Duration> parameter = time("table_lookup_timeout", "5s", "");
    }

    /** A word {@code type:name} as it is opened: {@code proxy:} in front of it, however often, is passed over, since there is no other process to ask. */
    public static String withoutProxy(String word) {
        String table = word;
        while (table.startsWith(PROXY)) {
            table = table.substring(PROXY.length());
        }
        return table;
    }

    /** Warnings that go to a log which takes other lines too. */
    public interface Messages extends Consumer<String> {
        void info(String line);

        /** A warning like others, but none about what stands in the table: for whoever judges that by the warnings. */
        default void remark(String line) {
            accept(line);
        }
    }

    /** Warns of something that makes the table no worse than it was, such as the age of a file. Warnings of other kinds keep a changed file from being taken. */
    public void remark(String line) {
        if (warnings instanceof Messages messages) {
            messages.remark(line);
        } else {
            warnings.accept(line);
        }
    }

    /** Says something that is no warning; a taker of warnings only gets it too. */
    public void info(String line) {
        if (warnings instanceof Messages messages) {
            messages.info(line);
        } else {
            warnings.accept(line);
        }
    }

    /** The name as a file, resolved against the configuration directory. */
    public Path file() {
        return configDirectory.resolve(name);
    }

    /** Files to watch: the named one, or none where the table is written out in its name. */
    public java.util.List<Path> sources() {
        return braced().isPresent() ? java.util.List.of() : java.util.List.of(file());
    }

    /** How long one lookup may take ({@code table_lookup_timeout}): whoever asked has gone then. */
    public Duration lookupTimeout() {
        return settings.get(LOOKUP_TIMEOUT);
    }

    /** What stands between the braces of a name that has them: the first belongs to the last. */
    public Optional<String> braced() {
        int depth = 0;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (depth == 0) {
                boolean braced = i > 0 && i == name.length() - 1;
                return braced ? Optional.of(name.substring(1, i).strip()) : Optional.empty();
            }
        }
        return Optional.empty();
    }

    /** Warns about one line of the source in Postfix's form. */
    public void warn(int line, String what) {
        warnings.accept(name + ", line " + line + ": " + what);
    }

    /** {@code type:name}, as operators write it. */
    public String text() {
        return type + ":" + name;
    }

    /** The same for a caller that demands more. */
    public TableSpec with(Protection demanded) {
        return new TableSpec(type, name, settings, configDirectory, tables, warnings, demanded);
    }

    /**
     * For types whose server proves nothing; called first in {@code open}.
     *
     * @throws TableOpenException in Postfix's words, where the answers are security-sensitive
     */
    public void refuseWhereSecuritySensitive() throws TableOpenException {
        if (protection == Protection.SECURITY_SENSITIVE) {
            throw new TableOpenException(text() + " map is not allowed for security-sensitive data");
        }
    }

    /** A value as an answer. An empty one is a mistake in the table that must not be taken for "not found": warned about, and unavailable. */
    public Answer answer(String key, String value) {
        if (!value.isEmpty()) {
            return Answer.found(value);
        }
        warnings.accept("table " + text() + ": key " + key + ": " + EMPTY_RESULT);
        warnings.accept("table " + text() + " should return NO RESULT in case of NOT FOUND");
        return Answer.unavailable(EMPTY_RESULT);
    }

    /**
     * A value as it is stored. One in another encoding is no address and no host, and with replacement characters in it would be somebody else's: warned about, and unavailable. {@code postmap -u} of Postfix keeps
     * such values, and with {@code smtputf8_enable = no} Postfix hands them out.
     *
     * @param table as the warning names it
     */
    public Answer answer(String key, byte[] value, String table) {
        String text = new String(value, StandardCharsets.UTF_8);
        if (text.indexOf('\ufffd') >= 0 && !Arrays.equals(text.getBytes(StandardCharsets.UTF_8), value)) {
            warnings.accept(table + ": key \"" + key + "\": non-UTF-8 value \"" + text.replace('\ufffd', '?') + "\": malformed UTF-8 or invalid codepoint");
            return Answer.unavailable("value is not UTF-8");
        }
        return answer(key, text);
    }

    /**
     * A value in which bytes are foreign ({@link TableSource#isForeign}, or U+FFFD where it was written in {@code main.cf}): warned about in Postfix's words, and unavailable.
     *
     * @param line where it stands, or 0
     */
    public Answer foreign(String key, String value, int line) {
        warnings.accept(TableSource.shown(text()) + ": key \"" + key + "\": non-UTF-8 value \"" + TableSource.shown(value) + "\": malformed UTF-8 or invalid codepoint");
        return Answer.unavailable((line > 0 ? "line " + line + ": " : "") + "value is not UTF-8");
    }
}
