// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.model;

import java.util.Optional;

/**
 * An enhanced status code such as {@code 5.1.1} (RFC 3463).
 *
 * @param kind    2 success, 4 try again later, 5 permanent
 * @param subject 0 to 999
 * @param detail  0 to 999
 */
public record EnhancedStatus(int kind, int subject, int detail) {

    public EnhancedStatus {
        if (kind != 2 && kind != 4 && kind != 5 || subject < 0 || subject > 999 || detail < 0 || detail > 999) {
            throw new IllegalArgumentException(kind + "." + subject + "." + detail);
        }
    }

    /** Reads {@code 5.1.1}; throws {@link IllegalArgumentException} where the text is anything else. */
    public static EnhancedStatus of(String text) {
        return parse(text).orElseThrow(() -> new IllegalArgumentException("not an enhanced status: " + text));
    }

    /** Reads a code at the start of {@code text}, which must end there or go on with a blank. */
    public static Optional<EnhancedStatus> parse(String text) {
        int[] part = new int[3];
        int at = 0;
        for (int i = 0; i < 3; i++) {
            int start = at;
            while (at < text.length() && at - start < 3 && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                part[i] = part[i] * 10 + text.charAt(at++) - '0';
            }
            boolean digits = at > start;
            boolean closed = i == 2 ? at == text.length() || text.charAt(at) == ' ' : at < text.length() && text.charAt(at++) == '.';
            if (!digits || !closed) {
                return Optional.empty();
            }
        }
        boolean known = part[0] == 2 || part[0] == 4 || part[0] == 5;
        return known ? Optional.of(new EnhancedStatus(part[0], part[1], part[2])) : Optional.empty();
    }

    /** How many characters {@link #parse} would take from the start of a text. */
    public int length() {
        return toString().length();
    }

    public boolean isTemporary() {
        return kind == 4;
    }

    public boolean isPermanent() {
        return kind == 5;
    }

    /** The same subject and detail in another class: Postfix corrects the first digit to agree with the reply code. */
    public EnhancedStatus as(int otherKind) {
        return otherKind == kind ? this : new EnhancedStatus(otherKind, subject, detail);
    }

    @Override
    public String toString() {
        return kind + "." + subject + "." + detail;
    }
}
