// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.util.ArrayList;
import java.util.List;

/**
 * The text of an {@code S:} line: literal, except that {@code *} stands for any run of characters and {@code \*} for an asterisk.
 *
 * <p>Immutable. Matching is linear: the pieces between asterisks are searched left to right.
 */
public final class LinePattern {

    private final String source;
    private final List<String> pieces;

    private LinePattern(String source, List<String> pieces) {
        this.source = source;
        this.pieces = pieces;
    }

    public static LinePattern of(String source) {
        List<String> pieces = new ArrayList<>();
        StringBuilder piece = new StringBuilder();
        for (int i = 0; i < source.length(); i++) {
            char c = source.charAt(i);
            if (c == '\\' && i + 1 < source.length() && source.charAt(i + 1) == '*') {
                piece.append('*');
                i++;
            } else if (c == '*') {
                pieces.add(piece.toString());
                piece.setLength(0);
            } else {
                piece.append(c);
            }
        }
        pieces.add(piece.toString());
        return new LinePattern(source, List.copyOf(pieces));
    }

    /** Whether this pattern is {@code NNN-*}, which stands for all lines that are left of a multi-line reply. */
    public boolean swallowsRestOfReply() {
        return source.length() == 5 && source.endsWith("-*") && source.chars().limit(3).allMatch(Character::isDigit);
    }

    public boolean matches(String text) {
        String head = pieces.getFirst();
        String tail = pieces.getLast();
        if (pieces.size() == 1) {
            return text.equals(head);
        }
        if (text.length() < head.length() + tail.length() || !text.startsWith(head) || !text.endsWith(tail)) {
            return false;
        }
        int from = head.length();
        int end = text.length() - tail.length();
        for (String piece : pieces.subList(1, pieces.size() - 1)) {
            int at = text.indexOf(piece, from);
            if (at < 0 || at + piece.length() > end) {
                return false;
            }
            from = at + piece.length();
        }
        return true;
    }

    /** Text with each asterisk escaped, so that it matches itself alone. */
    public static String quote(String text) {
        return text.replace("*", "\\*");
    }

    @Override
    public String toString() {
        return source;
    }
}
