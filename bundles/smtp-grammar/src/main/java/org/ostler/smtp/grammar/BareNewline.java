// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.util.Locale;
import java.util.Optional;

/** What a line means that ends in LF without CR: {@code smtpd_forbid_bare_newline}. */
public enum BareNewline {
    /** It is a line like any other, the single dot included. Open to SMTP smuggling; for trusted clients only. */
    ALLOW,
    /** It is a line, but only CR LF . CR LF ends a message. */
    NORMALIZE,
    /** As NORMALIZE; the log says at the end of the session that there was one ({@code notes=bare_lf}). */
    NOTE,
    /** As NORMALIZE for finding the end of the message, which is then refused. */
    REJECT;

    /** Reads Postfix's words: no, yes (an alias of normalize), normalize, note, reject. */
    public static Optional<BareNewline> of(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "no" -> Optional.of(ALLOW);
            case "yes", "normalize" -> Optional.of(NORMALIZE);
            case "note" -> Optional.of(NOTE);
            case "reject" -> Optional.of(REJECT);
            default -> Optional.empty();
        };
    }
}
