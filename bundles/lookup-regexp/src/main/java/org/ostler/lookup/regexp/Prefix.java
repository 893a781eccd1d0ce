// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import java.util.regex.Pattern;

/**
 * What every key begins with that an expression matches, case left aside: most rules of a long table say no to a key at its first letters, and to look at those costs a tenth of asking the expression.
 *
 * <p>Only where there is no doubt: behind a {@code ^} at the very beginning, plain characters that no quantifier follows, in an expression without alternatives. Pure function.
 */
final class Prefix {

    private static final int NOT_AS_WRITTEN = Pattern.MULTILINE | Pattern.COMMENTS | Pattern.LITERAL;
    private static final String QUANTIFIERS = "?*+{";
    private static final String PLAIN = " !\"%',-/:;<=>@_`~";

    private Prefix() {}

    /** Empty where nothing is known. */
    static String of(Pattern pattern) {
        String text = pattern.pattern();
        if (!text.startsWith("^") || text.indexOf('|') >= 0 || (pattern.flags() & NOT_AS_WRITTEN) != 0) {
            return "";
        }
        var prefix = new StringBuilder();
        int at = 1;
        while (at < text.length()) {
            boolean escaped = text.charAt(at) == '\\' && at + 1 < text.length();
            char c = text.charAt(escaped ? at + 1 : at);
            int next = escaped ? at + 2 : at + 1;
            boolean itself = escaped ? isPunctuation(c) : isAlphanumeric(c) || PLAIN.indexOf(c) >= 0;
            if (!itself || next < text.length() && QUANTIFIERS.indexOf(text.charAt(next)) >= 0) {
                break;
            }
            prefix.append(c);
            at = next;
        }
        return prefix.toString();
    }

    private static boolean isAlphanumeric(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }

    private static boolean isPunctuation(char c) {
        return c > ' ' && c < 0x7f && !isAlphanumeric(c);
    }
}
