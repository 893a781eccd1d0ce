// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import java.util.Locale;
import java.util.regex.PatternSyntaxException;

/**
 * Bracket expressions of POSIX and Perl in Java's form: the first {@code ]} is itself, {@code [:alpha:]} is a class, {@code [} and {@code &} mean nothing special. In POSIX a backslash is itself too, and where case is
 * ignored a range is one of capital letters.
 */
final class CharacterClass {

    private final String text;
    private final StringBuilder out;
    private final boolean posix;
    private final boolean caseless;
    /** Members of one case, which stay so where case is ignored. */
    private final StringBuilder ofOneCase = new StringBuilder();
    private int behindProperty;
    /** Where the last one stands that may make a range. */
    private int hyphen;
    private boolean properties;

    CharacterClass(String text, StringBuilder out, boolean posix, boolean caseless) {
        this.text = text;
        this.out = out;
        this.posix = posix;
        this.caseless = caseless;
    }

    /** {@code [:upper:]} is the property, which knows letters of all languages and stays of one case (Perl's UCP). */
    void useProperties() {
        properties = true;
    }

    /**
     * @param open      position of the opening bracket
     * @param noNewline a negated class does not match a newline (POSIX REG_NEWLINE)
     * @return position behind the closing one
     */
    int translate(int open, boolean noNewline) {
        int at = open + 1;
        int begin = out.length();
        hyphen = -1;
        out.append('[');
        if (at < text.length() && text.charAt(at) == '^') {
            out.append('^').append(noNewline ? "\n" : "");
            at++;
        }
        boolean first = true;
        while (at < text.length() && (first || text.charAt(at) != ']')) {
            int stop = posix ? range(at) : 0;
            at = stop > 0 ? stop : member(at);
            first = false;
        }
        if (at >= text.length()) {
            throw new PatternSyntaxException("Unclosed character class", text, text.length());
        }
        out.append(']');
        if (!ofOneCase.isEmpty()) {
            keepCase(begin);
        }
        return at + 1;
    }

    /** A hyphen on either side is itself, and makes no range of the members that come to stand beside it. */
    private void ofOneCase(String java) {
        if (hyphen == out.length() - 1) {
            out.insert(hyphen, '\\');
        }
        ofOneCase.append(java);
        behindProperty = out.length();
    }

    /** Java has no class in which some members ignore case and some do not: they are two then. */
    private void keepCase(int begin) {
        String others = out.substring(begin);
        boolean negated = others.startsWith("[^");
        out.setLength(begin);
        if (others.equals("[]") || others.equals("[^]")) {
            out.append(negated ? "(?-i:[^" : "(?-i:[").append(ofOneCase).append("])");
        } else {
            String own = "(?-i:[" + ofOneCase + "])";
            out.append("(?:").append(negated ? "(?!" + own + ")" + others : own + "|" + others).append(')');
        }
        ofOneCase.setLength(0);
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
            return escape(at);
        }
        literal(c);
        return at + 1;
    }

    private void literal(char c) {
        boolean noRange = c == '-' && !ofOneCase.isEmpty() && out.length() == behindProperty;
        if (noRange || "[]&^\\#".indexOf(c) >= 0 || Character.isWhitespace(c)) {
            out.append('\\');
        } else if (c == '-') {
            hyphen = out.length();
        }
        out.append(c);
    }

    private int escape(int at) {
        switch (text.charAt(at + 1)) {
            case 'b' -> {
                // In Perl's classes a backspace.
                out.append("\\x08");
                return at + 2;
            }
            case 'E' -> {
                return at + 2;
            }
            case 'Q' -> {
                int close = text.indexOf("\\E", at);
                int stop = close < 0 ? text.length() : close;
                text.substring(at + 2, stop).codePoints().forEach(c -> out.append("\\x{").append(Integer.toHexString(c)).append('}'));
                return close < 0 ? stop : stop + 2;
            }
            default -> {
                var java = new StringBuilder();
                int stop = PerlEscapes.translate(text, at, java);
                if (PerlEscapes.isOfOneCase(java.toString())) {
                    ofOneCase(java.toString());
                } else {
                    out.append(java);
                }
                return stop;
            }
        }
    }

    /** POSIX: behind a range that begins here; 0 where none does. Its ends are what the C library makes of them: with case ignored, capital letters. */
    private int range(int at) {
        boolean begins = at + 2 < text.length() && text.charAt(at + 1) == '-' && text.charAt(at + 2) != ']' && !isNamed(at) && !isNamed(at + 2);
        if (!begins) {
            return 0;
        }
        int low = folded(text.codePointAt(at));
        int high = folded(text.codePointAt(at + 2));
        if (low > high) {
            throw new PatternSyntaxException("Invalid range end", text, at);
        }
        out.append(String.format("\\x{%x}-\\x{%x}", low, high));
        return at + 2 + Character.charCount(text.codePointAt(at + 2));
    }

    private boolean isNamed(int at) {
        return text.charAt(at) == '[' && at + 1 < text.length() && ":.=".indexOf(text.charAt(at + 1)) >= 0;
    }

    private int folded(int c) {
        return caseless && c < 128 ? Character.toUpperCase(c) : c;
    }

    private void named(char kind, String name) {
        if (kind != ':') {
            if (!posix) {
                throw new PatternSyntaxException("POSIX collating elements are not supported", text, text.indexOf("[" + kind));
            }
            name.codePoints().forEach(c -> out.append("\\x{").append(Integer.toHexString(c)).append('}'));
            return;
        }
        boolean negated = !posix && name.startsWith("^");
        if (properties && (name.endsWith("upper") || name.endsWith("lower"))) {
            ofOneCase((negated ? "\\P{" : "\\p{") + (name.endsWith("upper") ? "Lu}" : "Ll}"));
            return;
        }
        String java = switch (negated ? name.substring(1) : name) {
            case "alpha", "digit", "alnum", "space", "punct", "cntrl", "graph", "print", "blank" -> name.substring(negated ? 1 : 0, negated ? 2 : 1).toUpperCase(Locale.ROOT) + name.substring(negated ? 2 : 1);
            case "upper", "lower" -> caseless ? "Alpha" : name.endsWith("upper") ? "Upper" : "Lower";
            case "xdigit" -> "XDigit";
            case "word" -> posix ? unknown() : "Alnum}_\\p{Alnum";
            case "ascii" -> posix ? unknown() : "ASCII";
            default -> unknown();
        };
        out.append(negated ? "\\P{" : "\\p{").append(java).append('}');
    }

    private String unknown() {
        throw new PatternSyntaxException(posix ? "Invalid character class name" : "unknown POSIX class name", text, text.indexOf("[:") + 2);
    }
}
