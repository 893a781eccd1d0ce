// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * POSIX extended regular expressions (with the GNU operators {@code \< \> \b \w}) in Java's form.
 *
 * <p>What differs: {@code $} is the very end, {@code (?} and a second quantifier have no special meaning, a backslash before a letter is nothing, braces that hold no interval are themselves.
 */
final class PosixTranslator {

    private final String text;
    private final boolean lines;
    private final StringBuilder out = new StringBuilder();
    private final CharacterClass classes;
    /** Where the piece begins that a quantifier would apply to; -1 where there is none. */
    private int piece = -1;
    private boolean quantified;
    private final Deque<Integer> groups = new ArrayDeque<>();

    PosixTranslator(String text, boolean lines, boolean caseless) {
        this.text = text;
        this.lines = lines;
        this.classes = new CharacterClass(text, out, true, caseless);
    }

    String translate() {
        int at = 0;
        while (at < text.length()) {
            at = one(at, text.charAt(at));
        }
        return out.toString();
    }

    private int one(int at, char c) {
        switch (c) {
            case '\\' -> {
                return escaped(at);
            }
            case '[' -> {
                begin();
                return classes.translate(at, lines);
            }
            case '(' -> {
                groups.push(out.length());
                out.append('(');
                piece = -1;
            }
            case ')' -> {
                out.append(')');
                piece = groups.isEmpty() ? -1 : groups.pop();
                quantified = false;
            }
            case '|' -> {
                out.append('|');
                piece = -1;
            }
            case '^' -> {
                out.append('^');
                piece = -1;
            }
            case '$' -> {
                out.append(lines ? "$" : "\\z");
                piece = -1;
            }
            case '*', '+', '?' -> {
                quantify(String.valueOf(c), c == '*');
            }
            case '{' -> {
                return brace(at);
            }
            default -> literal(c);
        }
        return at + 1;
    }

    private void begin() {
        piece = out.length();
        quantified = false;
    }

    private void literal(char c) {
        begin();
        if ("]}#&".indexOf(c) >= 0) {
            out.append('\\');
        }
        out.append(c);
    }

    private int escaped(int at) {
        if (at + 1 >= text.length()) {
            throw new java.util.regex.PatternSyntaxException("Trailing backslash", text, at);
        }
        char c = text.charAt(at + 1);
        begin();
        switch (c) {
            case '<' -> out.append("\\b(?=\\w)");
            case '>' -> out.append("\\b(?<=\\w)");
            case '`' -> out.append("\\A");
            case '\'' -> out.append("\\z");
            case 'b', 'B', 'w', 'W', 's', 'S' -> out.append('\\').append(c);
            case '1', '2', '3', '4', '5', '6', '7', '8', '9' -> out.append("(?:\\").append(c).append(')');
            default -> out.append(Character.isLetterOrDigit(c) ? "" : "\\").append(c);
        }
        return at + 2;
    }

    private void quantify(String quantifier, boolean literalAtStart) {
        if (piece < 0) {
            // GNU: a star at the start is itself. The others are errors, which Java reports.
            out.append(literalAtStart && out.isEmpty() ? "\\" : "").append(quantifier);
            return;
        }
        if (quantified) {
            out.insert(piece, "(?:").append(')');
        }
        out.append(quantifier);
        quantified = true;
    }

    private int brace(int at) {
        int end = at + 1;
        while (end < text.length() && (Character.isDigit(text.charAt(end)) || text.charAt(end) == ',')) {
            end++;
        }
        boolean interval = end > at + 1 && end < text.length() && text.charAt(end) == '}' && piece >= 0;
        if (!interval) {
            begin();
            out.append("\\{");
            return at + 1;
        }
        String inside = text.substring(at + 1, end);
        quantify("{" + (inside.startsWith(",") ? "0" : "") + inside + "}", false);
        return end + 1;
    }

    /** Basic expressions: what is special with a backslash there is special without one in extended ones, and the other way round. */
    static String fromBasic(String text) {
        var out = new StringBuilder();
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '\\' && at + 1 < text.length()) {
                char next = text.charAt(++at);
                out.append("(){}|+?".indexOf(next) >= 0 ? "" : "\\").append(next);
            } else if ("(){}|+?".indexOf(c) >= 0) {
                out.append('\\').append(c);
            } else if (c == '[') {
                int end = text.indexOf(']', Math.min(text.length(), at + (text.startsWith("[^", at) ? 3 : 2)));
                int stop = end < 0 ? text.length() : end + 1;
                out.append(text, at, stop);
                at = stop - 1;
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
