// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.util.ArrayList;
import java.util.List;

/**
 * The value of a structured MIME header (RFC 2045 section 5.1) in its words, one list for what stands between two semicolons. Comments and blanks are between words, never in one. Read as Postfix reads it: broken text too, to its end.
 * One thread.
 */
final class HeaderWords {

    enum Kind { BARE, QUOTED, SPECIAL }

    record Word(Kind kind, String text) {

        boolean is(String name) {
            return kind == Kind.BARE && text.equalsIgnoreCase(name);
        }

        boolean is(char special) {
            return kind == Kind.SPECIAL && text.charAt(0) == special;
        }
    }

    private static final String SPECIALS = "()<>@,;:\\\"/[]?=";

    private final String value;
    private int at;

    HeaderWords(String value) {
        this.value = value;
    }

    /** Up to the next semicolon; null at the end. */
    List<Word> next() {
        var words = new ArrayList<Word>();
        while (at < value.length()) {
            char c = value.charAt(at++);
            if (c == ';') {
                return words;
            }
            if (c == '(') {
                skipComment();
            } else if (c == '"') {
                words.add(new Word(Kind.QUOTED, quoted()));
            } else if (!isBlank(c)) {
                words.add(isSpecial(c) ? new Word(Kind.SPECIAL, String.valueOf(c)) : bare());
            }
        }
        return words.isEmpty() ? null : words;
    }

    private void skipComment() {
        for (int depth = 1; depth > 0 && at < value.length(); at++) {
            switch (value.charAt(at)) {
                case '(' -> depth++;
                case ')' -> depth--;
                case '\\' -> at++;
                default -> { }
            }
        }
    }

    /** Of a folded one, the line end and the blanks in front of it go. */
    private String quoted() {
        var text = new StringBuilder();
        while (at < value.length()) {
            char c = value.charAt(at++);
            if (c == '"') {
                break;
            }
            if (c == '\n') {
                while (!text.isEmpty() && isBlank(text.charAt(text.length() - 1))) {
                    text.setLength(text.length() - 1);
                }
            } else if (c != '\\') {
                text.append(c);
            } else if (at < value.length()) {
                text.append(value.charAt(at++));
            }
        }
        return text.toString();
    }

    private Word bare() {
        int begin = at - 1;
        while (at < value.length() && !isBlank(value.charAt(at)) && !isSpecial(value.charAt(at))) {
            at++;
        }
        return new Word(Kind.BARE, value.substring(begin, at));
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    private static boolean isSpecial(char c) {
        return c < ' ' || c == 0x7f || SPECIALS.indexOf(c) >= 0;
    }
}
