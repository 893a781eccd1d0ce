// SPDX-License-Identifier: Apache-2.0
package org.ostler.bounce;

import java.util.function.Consumer;

/** Breaks long text into lines at blanks; a word that is longer than a line stays whole. Pure function. */
final class Wrap {

    static final int WIDTH = 79;
    private static final String INDENT = "    ";

    private Wrap() {}

    /** Gives lines of at most {@link #WIDTH} characters, all but the first indented. */
    static void lines(String text, Consumer<String> out) {
        String indent = "";
        int at = skip(text, 0);
        do {
            int room = WIDTH - indent.length();
            int end = at;
            int next = at;
            while (next < text.length()) {
                int word = word(text, next);
                if (end > at && word - at > room) {
                    break;
                }
                end = word;
                next = skip(text, word);
            }
            out.accept(indent + text.substring(at, end));
            at = next;
            indent = INDENT;
        } while (at < text.length());
    }

    private static int skip(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) <= ' ') {
            at++;
        }
        return at;
    }

    private static int word(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) > ' ') {
            at++;
        }
        return at;
    }
}
