// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.regexp;

import java.util.HashMap;
import java.util.Map;

/**
 * The capturing groups of a Perl expression, counted before it is translated: whether {@code \12} is a reference or a character depends on groups that may stand behind it.
 *
 * @param names    numbers of the named ones; of several with one name the first
 * @param referred whether the expression may refer back to what a group has matched
 */
record PerlGroups(int count, Map<String, Integer> names, boolean referred) {

    static PerlGroups of(String text, boolean extended) {
        var scan = new Scan(text, extended);
        scan.run();
        return new PerlGroups(scan.count, Map.copyOf(scan.names), scan.referred);
    }

    private static final class Scan {
        private final String text;
        private final boolean extended;
        private final Map<String, Integer> names = new HashMap<>();
        private int count;
        private boolean referred;

        Scan(String text, boolean extended) {
            this.text = text;
            this.extended = extended;
        }

        void run() {
            int at = 0;
            while (at < text.length()) {
                at = switch (text.charAt(at)) {
                    case '\\' -> escape(at);
                    case '[' -> classEnd(at);
                    case '(' -> group(at);
                    case '#' -> extended ? past("\n", at) : at + 1;
                    default -> at + 1;
                };
            }
        }

        private int past(String what, int at) {
            int found = text.indexOf(what, at);
            return found < 0 ? text.length() : found + what.length();
        }

        private int escape(int at) {
            char c = at + 1 < text.length() ? text.charAt(at + 1) : ' ';
            referred |= c >= '1' && c <= '9' || c == 'g' || c == 'k';
            return c == 'Q' ? past("\\E", at) : at + 2;
        }

        private int classEnd(int open) {
            int at = open + (text.startsWith("[^", open) ? 2 : 1);
            int first = at;
            while (at < text.length() && (at == first || text.charAt(at) != ']')) {
                if (text.charAt(at) == '\\') {
                    at = escape(at);
                } else {
                    at = text.startsWith("[:", at) && text.indexOf(":]", at) > 0 ? past(":]", at) : at + 1;
                }
            }
            return at + 1;
        }

        private int group(int at) {
            if (text.startsWith("(?#", at)) {
                return past(")", at);
            }
            referred |= text.startsWith("(?P=", at);
            int name = nameAt(text, at);
            if (name > 0) {
                count++;
                names.putIfAbsent(text.substring(name, nameEnd(text, name)), count);
            } else if (!text.startsWith("(?", at) && !text.startsWith("(*", at)) {
                count++;
            }
            return at + 1;
        }
    }

    /** Where the name of a group begins that opens at {@code at}; 0 where it has none. */
    static int nameAt(String text, int at) {
        if (text.startsWith("(?P<", at)) {
            return at + 4;
        }
        boolean angle = text.startsWith("(?<", at) && !text.startsWith("(?<=", at) && !text.startsWith("(?<!", at);
        return angle || text.startsWith("(?'", at) ? at + 3 : 0;
    }

    /** Behind the last character of a name. */
    static int nameEnd(String text, int from) {
        int at = from;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
            at++;
        }
        return at;
    }
}
