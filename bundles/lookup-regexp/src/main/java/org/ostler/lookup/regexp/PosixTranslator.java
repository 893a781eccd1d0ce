// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.Set;
import java.util.regex.PatternSyntaxException;

/**
 * POSIX extended regular expressions (with the GNU operators {@code \< \> \b \w}) in Java's form.
 *
 * <p>What differs: {@code $} is the very end, a second quantifier has no special meaning, a backslash before a letter is nothing, a closing parenthesis without an opening one is itself. What the C library refuses is
 * refused in its words: quantifiers of nothing, {@code (?} among them, braces that hold no interval, references to groups that are not there.
 */
final class PosixTranslator {

    /** What regerror(3) says of what is refused here. */
    static final Set<String> WORDS = Set.of("Trailing backslash", "Invalid back reference", "Invalid preceding regular expression", "Unmatched \\{", "Invalid content of \\{\\}", "Regular expression too big", "Invalid range end",
            "Invalid character class name");
    private static final int LARGEST_COUNT = 32767;

    private final String text;
    private final boolean lines;
    private final StringBuilder out = new StringBuilder();
    private final CharacterClass classes;
    private final Runs runs;
    /** Where the piece begins that a quantifier would apply to; -1 where there is none. */
    private int piece = -1;
    private boolean quantified;
    /** Open groups: their numbers, and where they begin. */
    private final Deque<int[]> groups = new ArrayDeque<>();
    private final BitSet closed = new BitSet();
    private int opened;

    PosixTranslator(String text, boolean lines, boolean caseless) {
        this.text = text;
        this.lines = lines;
        this.classes = new CharacterClass(text, out, true, caseless);
        this.runs = new Runs(text, out, !text.matches("(?s).*\\\\[1-9].*"));
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
                return bracket(at);
            }
            case '(' -> {
                runs.into(at);
                groups.push(new int[] {++opened, out.length()});
                out.append('(');
                piece = -1;
            }
            case ')' -> close();
            case '|', '^' -> {
                runs.over();
                out.append(c);
                piece = -1;
            }
            case '$' -> {
                runs.over();
                begin();
                out.append(lines ? "$" : "\\z");
            }
            case '*', '+', '?' -> quantify(at, String.valueOf(c));
            case '{' -> {
                return brace(at);
            }
            default -> {
                int stop = at + Character.charCount(text.codePointAt(at));
                begin();
                return runs.after(stop, () -> out.append("]}#&".indexOf(c) >= 0 ? "\\" : "").append(text, at, stop));
            }
        }
        return at + 1;
    }

    private void begin() {
        piece = out.length();
        quantified = false;
    }

    private void close() {
        runs.over();
        if (groups.isEmpty()) {
            begin();
            out.append("\\)");
            return;
        }
        int[] group = groups.pop();
        closed.set(group[0]);
        out.append(')');
        piece = group[1];
        quantified = false;
    }

    private int bracket(int at) {
        String rest = text.substring(at);
        if (rest.equals("[") || rest.equals("[^")) {
            throw wrong("Invalid regular expression", at);
        }
        begin();
        int stop = classes.translate(at, lines);
        String java = out.substring(piece);
        out.setLength(piece);
        return runs.after(stop, () -> out.append(java));
    }

    private int escaped(int at) {
        if (at + 1 >= text.length()) {
            throw wrong("Trailing backslash", at);
        }
        char c = text.charAt(at + 1);
        runs.over();
        begin();
        switch (c) {
            case '<' -> out.append("\\b(?=\\w)");
            case '>' -> out.append("\\b(?<=\\w)");
            case '`' -> out.append("\\A");
            case '\'' -> out.append("\\z");
            case 'b', 'B', 'w', 'W', 's', 'S' -> out.append('\\').append(c);
            case '1', '2', '3', '4', '5', '6', '7', '8', '9' -> {
                if (!closed.get(c - '0')) {
                    throw wrong("Invalid back reference", at);
                }
                out.append("(?:\\").append(c).append(')');
            }
            default -> out.append(Character.isLetterOrDigit(c) ? "" : "\\").append(c);
        }
        return at + 2;
    }

    private void quantify(int at, String quantifier) {
        if (piece < 0) {
            throw wrong("Invalid preceding regular expression", at);
        }
        if (quantified) {
            out.insert(piece, "(?:").append(')');
        }
        out.append(quantifier);
        quantified = true;
    }

    private int brace(int at) {
        if (piece < 0) {
            throw wrong("Invalid preceding regular expression", at);
        }
        int end = text.indexOf('}', at);
        if (end < 0) {
            throw wrong("Unmatched \\{", at);
        }
        String inside = text.substring(at + 1, end);
        if (!inside.matches("\\d{1,5}(,\\d{0,5})?|,\\d{0,5}")) {
            throw wrong("Invalid content of \\{\\}", at);
        }
        int comma = inside.indexOf(',');
        int least = comma == 0 ? 0 : Integer.parseInt(comma < 0 ? inside : inside.substring(0, comma));
        String most = comma < 0 ? "" : inside.substring(comma + 1);
        if (!most.isEmpty() && Integer.parseInt(most) < least) {
            throw wrong("Invalid content of \\{\\}", at);
        }
        if (least > LARGEST_COUNT || !most.isEmpty() && Integer.parseInt(most) > LARGEST_COUNT) {
            throw wrong("Regular expression too big", at);
        }
        quantify(at, "{" + least + (comma < 0 ? "" : "," + most) + "}");
        return end + 1;
    }

    private PatternSyntaxException wrong(String what, int at) {
        return new PatternSyntaxException(what, text, at);
    }

    /** Basic expressions: what is special with a backslash there is special without one in extended ones, and the other way round; a star or an anchor is itself where it has nothing to say. */
    static String fromBasic(String text) {
        var out = new StringBuilder();
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '\\' && at + 1 < text.length()) {
                char next = text.charAt(++at);
                out.append("(){}|+?".indexOf(next) >= 0 ? "" : "\\").append(next);
            } else if ("(){}|+?".indexOf(c) >= 0 || c == '*' && isFirst(text, at, true) || c == '^' && !isFirst(text, at, false) || c == '$' && !isLast(text, at)) {
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

    private static boolean isFirst(String text, int at, boolean behindAnchor) {
        return at == 0 || text.startsWith("\\(", at - 2) || text.startsWith("\\|", at - 2) || behindAnchor && text.charAt(at - 1) == '^' && isFirst(text, at - 1, false);
    }

    private static boolean isLast(String text, int at) {
        return at + 1 == text.length() || text.startsWith("\\)", at + 1) || text.startsWith("\\|", at + 1);
    }
}
