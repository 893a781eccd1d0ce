// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** What follows a backslash both outside and inside of Perl's brackets: characters by number, control characters, properties. Pure functions. */
final class PerlEscapes {

    private static final Pattern ONE_CASE = Pattern.compile("\\\\[pP]\\{L[ult]}");

    private PerlEscapes() {}

    /** Where the escape at {@code at} ends; its Java form goes to {@code out}. */
    static int translate(String text, int at, StringBuilder out) {
        return switch (text.charAt(at + 1)) {
            case 'x' -> hex(text, at, out);
            case 'o' -> {
                int close = close(text, at + 2);
                yield number(text, at, text.substring(at + 3, close), 8, close + 1, out);
            }
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(text, at, out);
            case 'c' -> control(text, at, out);
            case 'p', 'P' -> property(text, at, out);
            default -> {
                out.append(text, at, at + 2);
                yield at + 2;
            }
        };
    }

    private static int hex(String text, int at, StringBuilder out) {
        if (text.startsWith("{", at + 2)) {
            int close = close(text, at + 2);
            return number(text, at, text.substring(at + 3, close), 16, close + 1, out);
        }
        int stop = at + 2;
        while (stop < text.length() && stop < at + 4 && Character.digit(text.charAt(stop), 16) >= 0) {
            stop++;
        }
        return number(text, at, "0" + text.substring(at + 2, stop), 16, stop, out);
    }

    /** Up to three digits. */
    private static int octal(String text, int at, StringBuilder out) {
        int stop = at + 1;
        while (stop < text.length() && stop < at + 4 && text.charAt(stop) >= '0' && text.charAt(stop) <= '7') {
            stop++;
        }
        return number(text, at, text.substring(at + 1, stop), 8, stop, out);
    }

    private static int number(String text, int at, String digits, int base, int stop, StringBuilder out) {
        try {
            int code = Integer.parseUnsignedInt(digits.strip(), base);
            if (Character.isValidCodePoint(code)) {
                out.append("\\x{").append(Integer.toHexString(code)).append('}');
                return stop;
            }
        } catch (NumberFormatException e) {
            throw wrong("digits missing or wrong in a character's number", text, at);
        }
        throw wrong("character code point value in \\x{} or \\o{} is too large", text, at);
    }

    private static int control(String text, int at, StringBuilder out) {
        if (at + 2 >= text.length()) {
            throw wrong("\\c at end of pattern", text, at);
        }
        out.append("\\x{").append(Integer.toHexString(Character.toUpperCase(text.charAt(at + 2)) ^ 64)).append('}');
        return at + 3;
    }

    private static int property(String text, int at, StringBuilder out) {
        boolean braced = text.startsWith("{", at + 2);
        int close = braced ? close(text, at + 2) : at + 2;
        if (close >= text.length()) {
            throw wrong("malformed \\P or \\p sequence", text, at);
        }
        String name = braced ? text.substring(at + 3, close).strip() : text.substring(at + 2, at + 3);
        boolean not = text.charAt(at + 1) == 'P' ^ name.startsWith("^");
        out.append(not ? "\\P{" : "\\p{").append(property(name.startsWith("^") ? name.substring(1).strip() : name, text, at)).append('}');
        return close + 1;
    }

    /** Letters of one case, which PCRE (up to 10.44) takes as they are where case is ignored, and Java for letters of any. */
    static boolean isOfOneCase(String java) {
        return ONE_CASE.matcher(java).matches();
    }

    private static String property(String name, String text, int at) {
        if (name.equals("L&")) {
            return "LC";
        }
        if (name.length() == 2) {
            return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1).toLowerCase(Locale.ROOT);
        }
        if (name.length() == 1 || name.indexOf('=') >= 0) {
            return name;
        }
        try {
            return "Is" + Character.UnicodeScript.forName(name.toUpperCase(Locale.ROOT)).name();
        } catch (IllegalArgumentException e) {
            throw wrong("unknown property name after \\P or \\p", text, at);
        }
    }

    private static int close(String text, int open) {
        int close = text.startsWith("{", open) ? text.indexOf('}', open) : -1;
        if (close < 0) {
            throw wrong("missing closing brace", text, open);
        }
        return close;
    }

    static PatternSyntaxException wrong(String what, String text, int at) {
        return new PatternSyntaxException(what, text, at);
    }
}
