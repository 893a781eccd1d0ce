// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

/** Perl-compatible expressions in Java's form, which is nearly the same. */
final class PerlTranslator {

    private PerlTranslator() {}

    /**
     * @param end       {@code $} is the very end (flag E)
     * @param ungreedy  quantifiers take as little as they can, and as much with a question mark behind (flag U)
     */
    static String translate(String text, boolean end, boolean ungreedy) {
        var out = new StringBuilder();
        var classes = new CharacterClass(text, out, false, false);
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\\' && at + 1 < text.length()) {
                at = escaped(text, at, out);
            } else if (c == '[') {
                at = classes.translate(at, false);
            } else if (c == '{' && !isInterval(text, at)) {
                out.append("\\{");
                at++;
            } else if (c == '$' && end) {
                out.append("\\z");
                at++;
            } else if (text.startsWith("(?P<", at)) {
                out.append("(?<");
                at += 4;
            } else if (text.startsWith("(?P=", at)) {
                int close = text.indexOf(')', at);
                out.append("\\k<").append(text, at + 4, close < 0 ? text.length() : close).append('>');
                at = close < 0 ? text.length() : close + 1;
            } else if (text.startsWith("(?#", at)) {
                int close = text.indexOf(')', at);
                at = close < 0 ? text.length() : close + 1;
            } else if (text.startsWith("(?", at)) {
                out.append("(?");
                at += 2;
            } else if (ungreedy && "*+?{".indexOf(c) >= 0) {
                at = inverted(text, at, out);
            } else {
                out.append(c);
                at++;
            }
        }
        return out.toString();
    }

    private static int inverted(String text, int at, StringBuilder out) {
        int stop = text.charAt(at) == '{' ? text.indexOf('}', at) + 1 : at + 1;
        out.append(text, at, stop);
        char next = stop < text.length() ? text.charAt(stop) : ' ';
        if (next == '?') {
            return stop + 1;
        }
        out.append(next == '+' ? "+" : "?");
        return next == '+' ? stop + 1 : stop;
    }

    private static int escaped(String text, int at, StringBuilder out) {
        if (text.charAt(at + 1) == 'Q') {
            int close = text.indexOf("\\E", at);
            int stop = close < 0 ? text.length() : close + 2;
            out.append(text, at, stop);
            return stop;
        }
        out.append(text, at, at + 2);
        return text.startsWith("x{", at + 1) || text.startsWith("p{", at + 1) || text.startsWith("P{", at + 1) ? braced(text, at, out) : at + 2;
    }

    private static int braced(String text, int at, StringBuilder out) {
        int close = text.indexOf('}', at);
        int stop = close < 0 ? text.length() : close + 1;
        out.append(text, at + 2, stop);
        return stop;
    }

    private static boolean isInterval(String text, int at) {
        int end = at + 1;
        while (end < text.length() && Character.isDigit(text.charAt(end))) {
            end++;
        }
        if (end == at + 1) {
            return false;
        }
        if (end < text.length() && text.charAt(end) == ',') {
            end++;
            while (end < text.length() && Character.isDigit(text.charAt(end))) {
                end++;
            }
        }
        return end < text.length() && text.charAt(end) == '}';
    }
}
