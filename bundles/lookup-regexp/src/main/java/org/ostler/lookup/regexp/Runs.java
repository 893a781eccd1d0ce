// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

/**
 * Keeps an expression that begins with a run of something, {@code .*} or {@code [a-z.]+@}, from being tried from each character of the run.
 *
 * <p>Where it matches from the middle of a run, it matches from the run's start; where it does not match from there, it does not match from the middle. So the run may begin only where nothing of its kind stands in
 * front: what would look at a long text a thousand times looks at it once or twice, as it does in PCRE ({@code .*}) and in POSIX matchers. Not so where the expression refers back to what a group has matched.
 */
final class Runs {

    private final String text;
    private final StringBuilder out;
    /** Nothing stands in front of the next thing but openings of groups. */
    private boolean atStart;

    /** @param out takes the expression in Java's form */
    Runs(String text, StringBuilder out, boolean possible) {
        this.text = text;
        this.out = out;
        this.atStart = possible;
    }

    /** The first thing was something else. */
    void over() {
        atStart = false;
    }

    /**
     * A group opens: the first thing in it may still be the first of all. Not where the group is quantified: there a run of the second turn begins in the middle of the first one's.
     *
     * @param open position of its parenthesis
     */
    void into(int open) {
        if (atStart) {
            int behind = groupEnd(open);
            atStart = behind == text.length() || behind < text.length() && "*+?{".indexOf(text.charAt(behind)) < 0;
        }
    }

    /** Behind the parenthesis that closes; beyond the text where none does, or where it is not plain which one it is. */
    private int groupEnd(int open) {
        int depth = 0;
        for (int at = open; at < text.length(); at++) {
            switch (text.charAt(at)) {
                case '\\' -> at = text.startsWith("\\Q", at) ? text.length() : at + 1;
                case '[' -> at = classEnd(at);
                case '(' -> depth++;
                case ')' -> {
                    if (--depth == 0) {
                        return at + 1;
                    }
                }
                default -> { }
            }
        }
        return text.length() + 1;
    }

    /** The bracket that ends a class; the end of the text where another class stands in it, or a backslash, which is itself in POSIX only. */
    private int classEnd(int open) {
        // The first bracket is a member, behind a circumflex too.
        int close = text.indexOf(']', open + (text.startsWith("[^", open) ? 3 : 2));
        String inside = close < 0 ? "" : text.substring(open + 1, close);
        return inside.isEmpty() || inside.indexOf('[') >= 0 || inside.indexOf('\\') >= 0 ? text.length() : close;
    }

    /** Of {@code a+{2}} and {@code a+*{2}} in POSIX the second turn begins in the middle of the first one's run. */
    private boolean isCounted(int quantifier) {
        int at = quantifier;
        while (at < text.length() && "*+?".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return text.startsWith("{", at);
    }

    /**
     * Writes one character or class.
     *
     * @param next where the text goes on behind it
     */
    int after(int next, Runnable write) {
        int mark = out.length();
        write.run();
        boolean run = next < text.length() && (text.charAt(next) == '*' || text.charAt(next) == '+') && !isCounted(next);
        if (atStart && run) {
            String thing = out.substring(mark);
            out.insert(mark, "(?<!" + thing + ")");
        }
        atStart = false;
        return next;
    }
}
