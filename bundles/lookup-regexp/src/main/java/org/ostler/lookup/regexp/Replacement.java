// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import org.ostler.mail.lookup.spi.TableSource;

/**
 * The right-hand side of a rule: text with {@code $1}, {@code ${1}} or {@code $(1)} for what a group has matched, {@code $$} for a dollar.
 *
 * @param literals one more than there are groups
 * @param foreign  the text is not UTF-8, see {@link TableSource#isForeign}
 */
record Replacement(List<String> literals, List<Integer> groups, boolean foreign) {

    /**
     * @param most     number of groups in the pattern
     * @param warnings takes what is said before the rule is skipped
     */
    static Replacement parse(String text, int most, Dialect dialect, Consumer<String> bare, Consumer<String> warnings) throws BadRule {
        var literals = new ArrayList<String>();
        var groups = new ArrayList<Integer>();
        var literal = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c != '$') {
                literal.append(c);
                at++;
            } else if (at + 1 < text.length() && text.charAt(at + 1) == '$') {
                literal.append('$');
                at += 2;
            } else {
                int end = macroEnd(text, at, bare);
                groups.add(index(macroName(text, at, end), dialect, warnings));
                literals.add(literal.toString());
                literal.setLength(0);
                at = end;
            }
        }
        literals.add(literal.toString());
        int highest = groups.stream().mapToInt(Integer::intValue).max().orElse(0);
        if (highest > most) {
            throw new BadRule("out of range replacement index \"" + highest + "\"", true);
        }
        return new Replacement(literals, groups, TableSource.isForeign(text));
    }

    /** Position behind a macro that begins at {@code at}. */
    private static int macroEnd(String text, int at, Consumer<String> bare) throws BadRule {
        char open = at + 1 < text.length() ? text.charAt(at + 1) : ' ';
        int end;
        if (open == '{' || open == '(') {
            int close = text.indexOf(open == '{' ? '}' : ')', at);
            if (close < 0) {
                bare.accept("truncated macro reference: \"" + text.substring(at) + "\"");
                throw new BadRule("bad replacement syntax", true);
            }
            end = close + 1;
        } else {
            end = at + 1;
            while (end < text.length() && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '_')) {
                end++;
            }
        }
        if (macroName(text, at, end).isEmpty()) {
            bare.accept("empty macro name: \"" + text + "\"");
            throw new BadRule("bad replacement syntax", true);
        }
        return end;
    }

    private static String macroName(String text, int at, int end) {
        boolean closed = at + 1 < text.length() && "{(".indexOf(text.charAt(at + 1)) >= 0;
        return closed ? text.substring(at + 2, end - 1).strip() : text.substring(at + 1, end);
    }

    private static int index(String name, Dialect dialect, Consumer<String> warnings) throws BadRule {
        int index;
        try {
            index = Integer.parseUnsignedInt(name);
        } catch (NumberFormatException e) {
            warnings.accept("non-numeric replacement index \"" + name + "\"");
            throw new BadRule("bad replacement syntax", true);
        }
        if (index < 1) {
            warnings.accept((dialect == Dialect.POSIX ? "out-of-range" : "out of range") + " replacement index \"" + name + "\"");
            throw new BadRule("bad replacement syntax", true);
        }
        return index;
    }

    boolean hasGroups() {
        return !groups.isEmpty();
    }

    String fill(Matcher match) {
        if (groups.isEmpty()) {
            return literals.getFirst();
        }
        var out = new StringBuilder();
        for (int i = 0; i < groups.size(); i++) {
            String group = match.group(groups.get(i));
            out.append(literals.get(i)).append(group == null ? "" : group);
        }
        return out.append(literals.getLast()).toString();
    }
}
