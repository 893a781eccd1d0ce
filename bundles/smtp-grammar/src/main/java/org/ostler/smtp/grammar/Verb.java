// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.util.Optional;

/** The commands that a server knows, in the order in which HELP and the disconnect line name them. */
public enum Verb {
    HELO, EHLO, STARTTLS, XCLIENT, XFORWARD, AUTH, MAIL, RCPT, DATA, BDAT, RSET, NOOP, VRFY, ETRN, QUIT, HELP;

    private static final Verb[] ALL = values();

    /** Any case. */
    public static Optional<Verb> of(String word) {
        for (Verb verb : ALL) {
            if (verb.name().equalsIgnoreCase(word)) {
                return Optional.of(verb);
            }
        }
        return Optional.empty();
    }
}
