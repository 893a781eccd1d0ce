// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.spi;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.Settings;

/**
 * The parameters of one table that asks a server, such as {@code server_host} and {@code query}: Postfix's cfg_parser.
 *
 * <h2>Description</h2>
 * Where they stand depends on the table's name:
 * <pre>
 *   ldap:/etc/ostler/people.cf     in that file, as  server_host = ...      (a name that begins with "/" or ".")
 *   ldap:people                    in main.cf,   as  people_server_host = ...
 * </pre>
 * The file has the lines of main.cf but is a world of its own: neither its own names nor those of main.cf are expanded, so that a password may contain a dollar sign. In main.cf, {@code $name} is
 * expanded as everywhere.
 *
 * <h2>Security</h2>
 * Files hold passwords: give them to root and the group of the server with mode 0640. No message of this class shows the value of a parameter that is named like a password, nor the text of a
 * line that has no {@code =}.
 *
 * <h2>Diagnostics</h2>
 * {@code open FILE: Permission denied}; {@code FILE, line 3: missing '=' after attribute name: "query"}; {@code FILE: bad numerical configuration: timeout = soon}. Warnings:
 * {@code FILE, line 4: overriding earlier entry: timeout=10}; {@code FILE: unused parameter: serverhost=x}, once {@link #warnUnused} is called.
 *
 * <p><b>Threads</b> one, while a table is opened. <b>Blocking</b> {@link #of} reads the file. <b>Errors</b> {@link TableOpenException}, in Postfix's words. <b>Nulls</b> none.
 */
public final class TableParameters {

    private final TableSpec spec;
    /** What the file says; null where the parameters are in main.cf. */
    private final Map<String, String> file;
    private final Set<String> asked = new HashSet<>();

    private TableParameters(TableSpec spec, Map<String, String> file) {
        this.spec = spec;
        this.file = file;
    }

    public static TableParameters of(TableSpec spec) throws TableOpenException {
        boolean named = spec.name().startsWith("/") || spec.name().startsWith(".");
        return new TableParameters(spec, named ? read(spec) : null);
    }

    /** The table's name, as written: Postfix begins its messages with it. */
    public String name() {
        return spec.name();
    }

    /** The file, to be watched; nothing where main.cf has the parameters, which a reload reads again. */
    public List<Path> sources() {
        return file == null ? List.of() : List.of(spec.file());
    }

    public String text(String option, String fallback) throws TableOpenException {
        return value(option).orElse(fallback);
    }

    /** A text of at least {@code least} characters: 1 for one that must be there. */
    public String text(String option, String fallback, int least) throws TableOpenException {
        String text = text(option, fallback);
        if (text.length() < least) {
            throw bad("bad string length " + text.length() + " < " + least + ": " + shown(option, text));
        }
        return text;
    }

    /** Words separated by blanks or commas. */
    public List<String> list(String option, String fallback) throws TableOpenException {
        return Lists.split(text(option, fallback));
    }

    public int integer(String option, int fallback) throws TableOpenException {
        return integer(option, fallback, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /** The bounds hold for the fallback too. */
    public int integer(String option, int fallback, int least, int most) throws TableOpenException {
        Optional<String> text = value(option);
        int number = text.isPresent() ? number(option, text.get()) : fallback;
        if (number < least) {
            throw bad("invalid " + full(option) + " parameter value " + number + " < " + least);
        }
        if (number > most) {
            throw bad("invalid " + full(option) + " parameter value " + number + " > " + most);
        }
        return number;
    }

    private int number(String option, String text) throws TableOpenException {
        try {
            // strtol(3): blanks and a sign in front are taken, nothing behind.
            return new BigInteger(text.stripLeading()).intValueExact();
        } catch (NumberFormatException | ArithmeticException e) {
            throw bad("bad numerical configuration: " + shown(option, text));
        }
    }

    public boolean yesNo(String option, boolean fallback) throws TableOpenException {
        String text = text(option, fallback ? "yes" : "no");
        if (text.equalsIgnoreCase("yes")) {
            return true;
        }
        if (text.equalsIgnoreCase("no")) {
            return false;
        }
        throw bad("bad boolean configuration: " + shown(option, text));
    }

    /** Whether a value is set, be it empty. */
    public boolean isSet(String option) throws TableOpenException {
        return value(option).isPresent();
    }

    /** For a value that is none of those allowed. */
    public TableOpenException unsupported(String option, String value) {
        return new TableOpenException(name() + ": unsupported parameter value: " + option + " = " + value);
    }

    /** Warns of what stands in the file and was never asked for: a typing error most likely. Call it when everything has been asked. */
    public void warnUnused() {
        if (file != null) {
            file.forEach((option, value) -> {
                if (!asked.contains(option)) {
                    spec.warnings().accept(name() + ": unused parameter: " + option + "=" + (isSecret(option) ? "..." : value));
                }
            });
        }
    }

    private Optional<String> value(String option) throws TableOpenException {
        asked.add(option);
        if (file != null) {
            return Optional.ofNullable(file.get(option));
        }
        Settings settings = spec.settings();
        try {
            return settings.isSet(full(option)) ? Optional.of(settings.text(full(option))) : Optional.empty();
        } catch (BadValueException e) {
            throw new TableOpenException(e.getMessage(), e);
        }
    }

    private String full(String option) {
        return file == null ? name() + "_" + option : option;
    }

    private TableOpenException bad(String what) {
        return new TableOpenException((file == null ? "" : name() + ": ") + what);
    }

    private String shown(String option, String value) {
        return full(option) + " = " + (isSecret(option) ? "..." : value);
    }

    private static boolean isSecret(String option) {
        return option.contains("pw") || option.contains("pass") || option.contains("secret");
    }

    private static Map<String, String> read(TableSpec spec) throws TableOpenException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(spec.file());
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
        } catch (CharacterCodingException e) {
            // To leave one line out, as tables do, could leave out a limit or a password.
            throw new TableOpenException(spec.name() + ": not UTF-8 text", e);
        } catch (IOException e) {
            throw new TableOpenException("open " + spec.name() + ": " + TableSource.reason(e), e);
        }
        var values = new LinkedHashMap<String, String>();
        TableSource lines = TableSource.of(bytes, spec.name(), spec.warnings());
        for (TableSource.Rule rule = lines.nextRule(); rule != null; rule = lines.nextRule()) {
            add(rule, lines, values);
        }
        return values;
    }

    private static void add(TableSource.Rule rule, TableSource lines, Map<String, String> values) throws TableOpenException {
        String text = rule.text();
        int end = 0;
        while (end < text.length() && text.charAt(end) != '=' && !Character.isWhitespace(text.charAt(end))) {
            end++;
        }
        String option = text.substring(0, end);
        String rest = text.substring(end).stripLeading();
        if (option.isEmpty()) {
            throw new TableOpenException(lines.at(rule.line(), "missing attribute name: \"" + text + "\""));
        }
        if (!rest.startsWith("=")) {
            throw new TableOpenException(lines.at(rule.line(), "missing '=' after attribute name: \"" + option + "\""));
        }
        String before = values.put(option, rest.substring(1).strip());
        if (before != null) {
            lines.warn(rule.line(), "overriding earlier entry: " + option + "=" + (isSecret(option) ? "..." : before));
        }
    }
}
