// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import static org.ostler.lookup.regexp.PerlEscapes.wrong;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;

/**
 * Perl-compatible expressions in Java's form, which is nearly the same.
 *
 * <p>Names of groups become their numbers, by which Postfix's results call them anyhow. What Java has not (calls of groups, conditions, {@code (?|}, verbs but for those that choose a character set) is refused, and the rule left
 * out with a warning. A quantified thing that the expression begins with is looked for where it can begin only, see {@link Runs}.
 */
final class PerlTranslator {

    /** At the start: what a character is, and how lines end. Texts are Unicode here, and their lines end in newlines. */
    private static final Pattern CHARACTER_SET = Pattern.compile("\\(\\*(UTF8?|UCP|LF|ANY|ANYCRLF|BSR_[A-Z]+|NO_[A-Z_]+)\\)");

    /** What holds from some place in a group to its end. */
    private record Mode(boolean ungreedy, boolean extended) {}

    /** @param mode outside of it; @param begin where it begins in Java's form */
    private record Open(Mode mode, int begin) {}

    private final String text;
    private final boolean end;
    private final PerlGroups groups;
    private final StringBuilder out = new StringBuilder();
    private final CharacterClass classes;
    private final Runs runs;
    private final Deque<Open> outer = new ArrayDeque<>();
    private Mode mode;
    private int opened;
    /** Whether there is something to quantify, and where it begins in Java's form. */
    private boolean item;
    private int begin;

    /**
     * @param end {@code $} is the very end (flag E)
     * @param ungreedy quantifiers take as little as they can, and as much with a question mark behind (flag U)
     * @param extended white space and comments mean nothing (flag x)
     */
    private PerlTranslator(String text, boolean end, boolean ungreedy, boolean extended) {
        this.text = text;
        this.end = end;
        this.mode = new Mode(ungreedy, extended);
        this.groups = PerlGroups.of(text, extended);
        this.classes = new CharacterClass(text, out, false, false);
        this.runs = new Runs(text, out, !groups.referred() && !extended);
    }

    static String translate(String text, boolean end, boolean ungreedy, boolean extended) {
        return new PerlTranslator(text, end, ungreedy, extended).translate();
    }

    private String translate() {
        int at = characterSet();
        while (at < text.length()) {
            at = one(at, text.charAt(at));
        }
        return out.toString();
    }

    private int characterSet() {
        int at = 0;
        for (var verb = CHARACTER_SET.matcher(text); verb.region(at, text.length()).lookingAt(); at = verb.end()) {
            if (verb.group(1).equals("UCP")) {
                out.append("(?U)");
                classes.useProperties();
            }
        }
        return at;
    }

    private int one(int at, char c) {
        switch (c) {
            case '\\' -> {
                return escape(at);
            }
            case '[' -> {
                return bracket(at);
            }
            case '(' -> {
                return text.startsWith("(?", at) ? special(at) : text.startsWith("(*", at) ? verb(at) : capture(at, at + 1);
            }
            case ')' -> {
                put(")", at);
                if (!outer.isEmpty()) {
                    mode = outer.peek().mode;
                    begin = outer.pop().begin;
                }
                return at + 1;
            }
            case '|', '^' -> {
                put(String.valueOf(c), at);
                item = false;
                return at + 1;
            }
            case '$' -> {
                return put(end ? "\\z" : "$", at + 1);
            }
            case '*', '+', '?' -> {
                return quantifier(at, at + 1);
            }
            case '{' -> {
                int stop = intervalEnd(at);
                return stop > 0 ? quantifier(at, stop) : put("\\{", at + 1);
            }
            default -> {
                return other(at, c);
            }
        }
    }

    private int other(int at, char c) {
        if (mode.extended && c == '#') {
            int line = text.indexOf('\n', at);
            return line < 0 ? text.length() : line;
        }
        if (mode.extended && Character.isWhitespace(c)) {
            out.append(c);
            return at + 1;
        }
        int stop = at + Character.charCount(text.codePointAt(at));
        return thing(text.substring(at, stop), stop);
    }

    private int put(String java, int next) {
        runs.over();
        return thing(java, next);
    }

    private int thing(String java, int next) {
        begin = out.length();
        item = true;
        return runs.after(next, () -> out.append(java));
    }

    private int bracket(int at) {
        if (text.startsWith("[[:<:]]", at) || text.startsWith("[[:>:]]", at)) {
            return put(text.charAt(at + 3) == '<' ? "\\b(?=\\w)" : "\\b(?<=\\w)", at + 7);
        }
        int mark = out.length();
        int stop = classes.translate(at, false);
        String java = out.substring(mark);
        out.setLength(mark);
        return thing(java, stop);
    }

    private int quantifier(int at, int stop) {
        if (!item) {
            throw wrong("quantifier does not follow a repeatable item", text, stop - 1);
        }
        item = false;
        out.append(text, at, stop);
        char next = stop < text.length() ? text.charAt(stop) : ' ';
        if (next == '+') {
            // Java's own form gives nothing back inside of a group either.
            out.insert(begin, "(?>").append(')');
            return stop + 1;
        }
        out.append(next == '?' ^ mode.ungreedy ? "?" : "");
        return next == '?' ? stop + 1 : stop;
    }

    /** Behind an interval's brace; 0 where there is none and the brace is itself. */
    private int intervalEnd(int at) {
        int comma = digits(at + 1);
        int close = comma < text.length() && text.charAt(comma) == ',' ? digits(comma + 1) : comma;
        return comma > at + 1 && close < text.length() && text.charAt(close) == '}' ? close + 1 : 0;
    }

    private int digits(int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at;
    }

    // ---- what a backslash begins

    private int escape(int at) {
        if (at + 1 == text.length()) {
            throw wrong("\\ at end of pattern", text, text.length());
        }
        item = true;
        return switch (text.charAt(at + 1)) {
            case 'Q' -> quoted(at + 2);
            // The end of a quotation that nobody has begun; and where the match is said to begin, of which nothing shows.
            case 'E', 'K' -> at + 2;
            // Places and not characters: there are no runs of them.
            case 'b', 'B', 'A', 'G', 'Z', 'z' -> put(text.substring(at, at + 2), at + 2);
            case 'N' -> put("[^\\n]", at + 2);
            case 'g', 'k' -> named(at);
            case '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number(at);
            default -> {
                var java = new StringBuilder();
                int stop = PerlEscapes.translate(text, at, java);
                yield thing(PerlEscapes.isOfOneCase(java.toString()) ? "(?-i:" + java + ")" : java.toString(), stop);
            }
        };
    }

    private int quoted(int from) {
        int close = text.indexOf("\\E", from);
        int stop = close < 0 ? text.length() : close;
        for (int i = from; i < stop; i++) {
            char c = text.charAt(i);
            put((Character.isLetterOrDigit(c) || c > '~' ? "" : "\\") + c, i);
        }
        return close < 0 ? stop : stop + 2;
    }

    /** A reference where there are that many groups, or one digit; else a character. */
    private int number(int at) {
        int stop = digits(at + 1);
        String number = text.substring(at + 1, stop);
        boolean reference = number.length() == 1 || number.length() < 4 && Integer.parseInt(number) <= groups.count();
        if (reference) {
            return reference(Integer.parseInt(number), at + 1, stop);
        }
        if (number.charAt(0) >= '8') {
            return put(number.substring(0, 1), at + 2);
        }
        var java = new StringBuilder();
        int behind = PerlEscapes.translate(text, at, java);
        return put(java.toString(), behind);
    }

    private int reference(int group, int at, int next) {
        if (group < 1 || group > groups.count()) {
            throw wrong("reference to non-existent subpattern", text, at);
        }
        if (group > 9 && group > opened) {
            throw wrong("reference to a group further on: not known here", text, at);
        }
        return put("(?:\\" + group + ")", next);
    }

    /** {@code \g1 \g{-1} \g{name} \k<name> \k'name' \k{name}}. */
    private int named(int at) {
        char open = at + 2 < text.length() ? text.charAt(at + 2) : ' ';
        if (text.charAt(at + 1) == 'g' && (open == '<' || open == '\'')) {
            throw notKnown("\\g" + open, at);
        }
        int from = at + (open == '{' || open == '<' || open == '\'' ? 3 : 2);
        int sign = from < text.length() && "+-".indexOf(text.charAt(from)) >= 0 ? 1 : 0;
        int stop = PerlGroups.nameEnd(text, from + sign);
        String name = text.substring(from + sign, stop);
        int next = from == at + 3 ? stop + 1 : stop;
        if (!name.matches("\\d{1,3}")) {
            return reference(groups.names().getOrDefault(name, 0), at, next);
        }
        int number = Integer.parseInt(name);
        boolean back = sign > 0 && text.charAt(from) == '-';
        return reference(sign == 0 ? number : back ? opened + 1 - number : opened + number, at, next);
    }

    // ---- what a parenthesis begins

    private int capture(int at, int next) {
        runs.into(at);
        opened++;
        return open("(", next);
    }

    private int open(String java, int next) {
        outer.push(new Open(mode, out.length()));
        out.append(java);
        item = false;
        return next;
    }

    private int verb(int at) {
        for (String fail : new String[] {"(*FAIL)", "(*F)"}) {
            if (text.startsWith(fail, at)) {
                return put("(?!)", at + fail.length());
            }
        }
        throw notKnown("(*", at);
    }

    private int special(int at) {
        int name = PerlGroups.nameAt(text, at);
        if (name > 0) {
            int stop = PerlGroups.nameEnd(text, name);
            if (stop == name || stop == text.length() || text.charAt(stop) != (text.charAt(name - 1) == '\'' ? '\'' : '>')) {
                throw wrong("syntax error in subpattern name (missing terminator?)", text, stop);
            }
            return capture(at, stop + 1);
        }
        if (text.startsWith("(?#", at)) {
            int close = text.indexOf(')', at);
            return close < 0 ? text.length() : close + 1;
        }
        if (text.startsWith("(?P=", at)) {
            int stop = PerlGroups.nameEnd(text, at + 4);
            return reference(groups.names().getOrDefault(text.substring(at + 4, stop), 0), at, stop + 1);
        }
        if (text.startsWith("(?:", at)) {
            runs.into(at);
            return open("(?:", at + 3);
        }
        runs.over();
        for (String plain : new String[] {"(?=", "(?!", "(?>", "(?<=", "(?<!"}) {
            if (text.startsWith(plain, at)) {
                return open(plain, at + plain.length());
            }
        }
        return flags(at);
    }

    /** {@code (?i) (?i-s:...) (?^x:...)}. */
    private int flags(int at) {
        int i = at + 2;
        boolean fresh = text.startsWith("^", i);
        var on = new StringBuilder();
        var off = new StringBuilder(fresh ? "imsx" : "");
        Mode next = fresh ? new Mode(mode.ungreedy, false) : mode;
        boolean set = true;
        for (i += fresh ? 1 : 0; i < text.length() && ":)".indexOf(text.charAt(i)) < 0; i++) {
            char c = text.charAt(i);
            switch (c) {
                case '-' -> set = false;
                case 'i', 'm', 's', 'x' -> {
                    (set ? on : off).append(c);
                    next = c == 'x' ? new Mode(next.ungreedy, set) : next;
                }
                case 'U' -> next = new Mode(set, next.extended);
                // Of several groups with one name the first counts.
                case 'J' -> { }
                default -> throw notKnown("(?" + c, at);
            }
        }
        if (i == text.length()) {
            throw wrong("missing closing parenthesis", text, i);
        }
        on.chars().forEach(c -> remove(off, (char) c));
        String java = on + (off.isEmpty() ? "" : "-" + off);
        if (text.charAt(i) == ':') {
            open("(?" + java + ":", i);
        } else {
            out.append(java.isEmpty() ? "" : "(?" + java + ")");
            item = false;
        }
        mode = next;
        return i + 1;
    }

    private static void remove(StringBuilder from, char c) {
        int found = from.indexOf(String.valueOf(c));
        if (found >= 0) {
            from.deleteCharAt(found);
        }
    }

    private java.util.regex.PatternSyntaxException notKnown(String what, int at) {
        return wrong("\"" + what + "\" is not known here", text, at);
    }
}
