// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import java.util.regex.PatternSyntaxException;

/**
 * Bracket expressions of POSIX and Perl in Java's form: the first {@code ]} is itself, {@code [:alpha:]} is a class, {@code [} and {@code &} mean nothing special. In POSIX a backslash is itself too.
 */
final class CharacterClass {

    private final String text;
    private final StringBuilder out;
    private final boolean posix;
    private final boolean caseless;

    CharacterClass(String text, StringBuilder out, boolean posix, boolean caseless) {
        this.text = text;
        this.out = out;
        this.posix = posix;
        this.caseless = caseless;
    }

    /**
     * @param open      position of the opening bracket
     * @param noNewline a negated class does not match a newline (POSIX REG_NEWLINE)
     * @return position behind the closing one
     */
    int translate(int open, boolean noNewline) {
        int at = open + 1;
        out.append('[');
        if (at < text.length() && text.charAt(at) == '^') {
            out.append('^').append(noNewline ? "\n" : "");
            at++;
        }
        boolean first = true;
        while (at < text.length() && (first || text.charAt(at) != ']')) {
            at = member(at);
            first = false;
        }
        if (at >= text.length()) {
            throw new PatternSyntaxException("Unclosed character class", text, text.length());
        }
        out.append(']');
        return at + 1;
    }

    private int member(int at) {
        char c = text.charAt(at);
        if (c == '[' && at + 1 < text.length() && ":.=".indexOf(text.charAt(at + 1)) >= 0) {
            int end = text.indexOf(text.charAt(at + 1) + "]", at + 2);
            if (end > 0) {
                named(text.charAt(at + 1), text.substring(at + 2, end));
                return end + 2;
            }
        }
        if (c == '\\' && !posix && at + 1 < text.length()) {
            // In Perl's classes \b is a backspace.
            out.append(text.charAt(at + 1) == 'b' ? "\\x08" : text.substring(at, at + 2));
            return at + 2;
        }
        if ("[]&^\\#".indexOf(c) >= 0 || Character.isWhitespace(c)) {
            out.append('\\');
        }
        out.append(c);
        return at + 1;
    }

    private void named(char kind, String name) {
        if (kind != ':') {
            name.chars().forEach(c -> out.append("\\x{").append(Integer.toHexString(c)).append('}'));
            return;
        }
        boolean negated = name.startsWith("^");
        String java = switch (negated ? name.substring(1) : name) {
            case "alpha" -> "Alpha";
            case "digit" -> "Digit";
            case "alnum" -> "Alnum";
            case "upper" -> caseless ? "Alpha" : "Upper";
            case "lower" -> caseless ? "Alpha" : "Lower";
            case "space" -> "Space";
            case "punct" -> "Punct";
            case "cntrl" -> "Cntrl";
            case "graph" -> "Graph";
            case "print" -> "Print";
            case "xdigit" -> "XDigit";
            case "blank" -> "Blank";
            case "word" -> "Alnum}_\\p{Alnum";
            default -> throw new PatternSyntaxException("Invalid character class name", text, 0);
        };
        out.append(negated ? "\\P{" : "\\p{").append(java).append('}');
    }
}
