// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

import java.util.ArrayList;
import java.util.List;

/** Splits list values: commas and white space separate, <code>{ ... }</code> keeps together (postconf(5)). Pure functions. */
public final class Lists {

    private Lists() {}

    /** Elements as written, braces included. An element may have braces behind a prefix, as in <code>inline:{a=b, c=d}</code>. */
    public static List<String> split(String text) {
        var out = new ArrayList<String>();
        var word = new StringBuilder();
        int depth = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (depth == 0 && (c == ',' || Character.isWhitespace(c))) {
                flush(out, word);
                continue;
            }
            if (c == '{') {
                depth++;
            } else if (c == '}' && depth > 0) {
                depth--;
            }
            word.append(c);
        }
        flush(out, word);
        return out;
    }

    /** Removes one pair of braces around the whole and the blanks inside it. */
    public static String unbrace(String element) {
        boolean braced = element.length() >= 2 && element.charAt(0) == '{' && element.charAt(element.length() - 1) == '}';
        return braced ? element.substring(1, element.length() - 1).strip() : element;
    }

    /** <code>{a}{b}</code>, with the blank between two elements forgotten, or <code>{a}b</code>: {@link #unbrace} would make one of them, in which the second is never found. */
    public static boolean endsEarly(String element) {
        int depth = 0;
        for (int i = 0; i < element.length() && element.startsWith("{"); i++) {
            depth += element.charAt(i) == '{' ? 1 : element.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return i < element.length() - 1;
            }
        }
        return false;
    }

    private static void flush(List<String> out, StringBuilder word) {
        if (!word.isEmpty()) {
            out.add(word.toString());
            word.setLength(0);
        }
    }
}
