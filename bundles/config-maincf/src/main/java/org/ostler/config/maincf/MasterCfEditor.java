// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.ostler.mail.config.LogicalLines;
import org.ostler.mail.config.ServiceRow;

/**
 * Changes rows of a master.cf as {@code postconf -M} with {@code -e}, {@code -#} and {@code -X} does: comments and order stay, a new row goes to the end.
 *
 * <p>Pure functions on the text of the file; {@link MainCfEditor#rewrite} writes it.
 */
public final class MasterCfEditor {

    private static final int COLUMNS = 8;

    private MasterCfEditor() {}

    /** @param row the whole row, possibly of several lines; nothing removes the one of that key */
    public static String edit(String text, String key, Optional<String> row) {
        String replacement = row.map(r -> r.strip() + "\n").orElse("");
        return replace(text, key, _ -> replacement, replacement);
    }

    /** Turns a row into comments. */
    public static String comment(String text, String key) {
        return replace(text, key, lines -> {
            var out = new StringBuilder();
            lines.forEach(line -> out.append('#').append(line).append('\n'));
            return out.toString();
        }, "");
    }

    /** The row in master.cf's syntax, columns resolved, each option on a line of its own. */
    static String render(ServiceRow row) {
        var out = new StringBuilder();
        out.append(String.join(" ", row.name(), row.type(), yesNo(row.isPrivate()), yesNo(row.unprivileged()), yesNo(row.chroot()), row.wakeup(),
                row.maxproc().isPresent() ? String.valueOf(row.maxproc().getAsInt()) : "-", row.command()));
        new TreeMap<>(row.overrides()).forEach((name, value) -> out.append("\n    -o ").append(option(name, value)));
        String arguments = arguments(row);
        return (arguments.isEmpty() ? out : out.append("\n    ").append(arguments)).toString();
    }

    static String arguments(ServiceRow row) {
        return String.join(" ", row.arguments().stream().map(MasterCfEditor::braced).toList());
    }

    static String option(String name, String value) {
        return value.chars().anyMatch(c -> Character.isWhitespace(c) || c == '{' || c == '}') ? "{ " + name + " = " + value + " }" : name + "=" + value;
    }

    private static String braced(String word) {
        return word.isEmpty() || word.chars().anyMatch(Character::isWhitespace) ? "{" + word + "}" : word;
    }

    private static String yesNo(boolean yes) {
        return yes ? "y" : "n";
    }

    private interface Replacement {
        String of(List<String> lines);
    }

    private static String replace(String text, String key, Replacement replacement, String otherwise) {
        List<String> lines = text.lines().toList();
        var out = new StringBuilder();
        boolean found = false;
        int at = 0;
        for (LogicalLines.Line line : LogicalLines.of(text)) {
            if (!key(line.text()).equals(key)) {
                continue;
            }
            append(out, lines.subList(at, line.number() - 1));
            var row = new ArrayList<String>();
            var comments = new ArrayList<String>();
            lines.subList(line.number() - 1, line.last()).forEach(each -> (each.isBlank() || each.stripLeading().startsWith("#") ? comments : row).add(each));
            out.append(found ? "" : replacement.of(row));
            append(out, comments);
            found = true;
            at = line.last();
        }
        append(out, lines.subList(at, lines.size()));
        return found ? out.toString() : out.append(otherwise).toString();
    }

    private static void append(StringBuilder out, List<String> lines) {
        lines.forEach(line -> out.append(line).append('\n'));
    }

    /** {@code smtp/inet}; something that is no key where the line is no row. */
    private static String key(String row) {
        String[] words = row.strip().split("\\s+", COLUMNS + 1);
        return words.length < COLUMNS ? "" : words[0] + "/" + words[1];
    }
}
