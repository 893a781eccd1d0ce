// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.LogicalLines;
import org.ostler.mail.config.ServiceRow;

/**
 * The parsed text of a master.cf (master(5)): eight columns, {@code -o} options, continuation lines.
 *
 * @param rows     in file order; only the good ones
 * @param problems with file and line, in Postfix's words
 */
public record MasterCf(List<ServiceRow> rows, List<String> problems) {

    private static final Set<String> TYPES = Set.of("inet", "unix", "unix-dgram", "fifo", "pass");
    private static final String[] COLUMNS = {"service", "type", "private", "unprivileged", "chroot", "wakeup", "process_limit", "command"};

    /** A row is bad; the message lacks file and line. */
    private static final class BadRow extends Exception {
        private static final long serialVersionUID = 1L;

        BadRow(String message) {
            super(message);
        }
    }

    /**
     * Parses; never throws.
     *
     * @param name          file name for messages
     * @param chrootDefault what {@code -} means in the chroot column at the compatibility level in force
     */
    public static MasterCf parse(String name, String text, boolean chrootDefault) {
        var rows = new ArrayList<ServiceRow>();
        var problems = new ArrayList<String>();
        var seen = new LinkedHashMap<String, Integer>();
        for (LogicalLines.Line line : LogicalLines.of(text)) {
            try {
                ServiceRow row = row(name, line, chrootDefault);
                Integer earlier = seen.putIfAbsent(row.key(), line.number());
                if (earlier != null) {
                    throw new BadRow("duplicate service: " + row.key() + ", first on line " + earlier);
                }
                rows.add(row);
            } catch (BadRow e) {
                problems.add(name + ": line " + line.number() + ": " + e.getMessage());
            }
        }
        return new MasterCf(rows, problems);
    }

    /** The words of every row for {@code postconf -M}, options tidied as Postfix shows them; rows without all columns are left out. */
    public static List<List<String>> words(Path file) throws IOException {
        var rows = new ArrayList<List<String>>();
        for (LogicalLines.Line line : LogicalLines.of(Files.readString(file))) {
            try {
                rows.add(words(line.text()));
            } catch (BadRow e) {
                throw new IOException(file + ": line " + line.number() + ": " + e.getMessage());
            }
        }
        rows.removeIf(words -> words.size() < COLUMNS.length);
        rows.forEach(MasterCf::tidy);
        return rows;
    }

    /** {@code -o { name = value }} is shown as <code>-o {name=value}</code>. */
    private static void tidy(List<String> words) {
        for (int i = COLUMNS.length; i < words.size() && words.get(i).startsWith("-"); i++) {
            if (words.get(i).equals("-o") && i + 1 < words.size()) {
                i++;
                String option = Lists.unbrace(words.get(i));
                int equals = option.indexOf('=');
                if (equals > 0 && words.get(i).startsWith("{")) {
                    words.set(i, "{" + option.substring(0, equals).strip() + "=" + option.substring(equals + 1).strip() + "}");
                }
            }
        }
    }

    private static ServiceRow row(String file, LogicalLines.Line line, boolean chrootDefault) throws BadRow {
        List<String> words = words(line.text());
        if (words.size() < COLUMNS.length) {
            throw new BadRow("missing \"" + COLUMNS[words.size()] + "\" field");
        }
        String type = words.get(1);
        if (!TYPES.contains(type)) {
            throw new BadRow("field \"type\": bad value: \"" + type + "\"");
        }
        var overrides = new LinkedHashMap<String, String>();
        List<String> arguments = arguments(words.subList(COLUMNS.length, words.size()), overrides);
        return new ServiceRow(words.get(0), type, yesNo("private", words.get(2), !type.equals("inet")), yesNo("unprivileged", words.get(3), true),
                yesNo("chroot", words.get(4), chrootDefault), wakeup(words.get(5)), limit(words.get(6)), words.get(7), arguments, overrides, file, line.number());
    }

    private static boolean yesNo(String column, String word, boolean byDefault) throws BadRow {
        return switch (word) {
            case "y" -> true;
            case "n" -> false;
            case "-" -> byDefault;
            default -> throw new BadRow("field \"" + column + "\": bad value: \"" + word + "\"");
        };
    }

    private static String wakeup(String word) throws BadRow {
        if (!word.equals("-") && !word.matches("\\d{1,9}\\??")) {
            throw new BadRow("field \"wakeup\": bad value: \"" + word + "\"");
        }
        return word;
    }

    private static OptionalInt limit(String word) throws BadRow {
        if (word.equals("-")) {
            return OptionalInt.empty();
        }
        if (!word.matches("\\d{1,9}")) {
            throw new BadRow("field \"process_limit\": bad value: \"" + word + "\"");
        }
        return OptionalInt.of(Integer.parseInt(word));
    }

    /** Takes the {@code -o} options out. They come first: a {@code -o} behind another word belongs to a program that pipe(8) runs, as for Postfix's getopt. */
    private static List<String> arguments(List<String> words, Map<String, String> overrides) throws BadRow {
        var arguments = new ArrayList<String>();
        boolean options = true;
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            options &= word.startsWith("-");
            if (!options) {
                arguments.add(Lists.unbrace(word));
            } else if (word.equals("-o")) {
                if (++i == words.size()) {
                    throw new BadRow("option \"-o\" without name=value");
                }
                override(Lists.unbrace(words.get(i)), overrides);
            } else if (word.startsWith("-o") && word.indexOf('=') > 2) {
                override(word.substring(2), overrides);
            } else {
                arguments.add(Lists.unbrace(word));
            }
        }
        return arguments;
    }

    private static void override(String assignment, Map<String, String> overrides) throws BadRow {
        int equals = assignment.indexOf('=');
        if (equals <= 0) {
            throw new BadRow("missing '=' after attribute name: \"" + assignment + "\"");
        }
        overrides.put(assignment.substring(0, equals).strip(), assignment.substring(equals + 1).strip());
    }

    /** Words separated by blanks; braces keep together, and a comma is no separator here. */
    static List<String> words(String text) throws BadRow {
        var words = new ArrayList<String>();
        var word = new StringBuilder();
        int depth = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (depth == 0 && Character.isWhitespace(c)) {
                flush(words, word);
                continue;
            }
            if (c == '{' && (depth > 0 || word.isEmpty())) {
                depth++;
            } else if (c == '}' && depth > 0) {
                depth--;
            }
            word.append(c);
        }
        if (depth > 0) {
            throw new BadRow("missing \"}\" in: \"" + text.strip() + "\"");
        }
        flush(words, word);
        return words;
    }

    private static void flush(List<String> words, StringBuilder word) {
        if (!word.isEmpty()) {
            words.add(word.toString());
            word.setLength(0);
        }
    }
}
