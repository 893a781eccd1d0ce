// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.util.Locale;
import java.util.Optional;

/** Extensions that EHLO announces, in Postfix's order, by the names of {@code smtpd_discard_ehlo_keywords}. */
enum Ehlo {
    PIPELINING, SIZE, VRFY, ETRN, STARTTLS, AUTH, XCLIENT, XFORWARD, ENHANCEDSTATUSCODES, EIGHTBITMIME("8BITMIME"), DSN, SMTPUTF8, CHUNKING, REQUIRETLS;

    private final String keyword;

    Ehlo() {
        this.keyword = name();
    }

    Ehlo(String keyword) {
        this.keyword = keyword;
    }

    String keyword() {
        return keyword;
    }

    static Optional<Ehlo> of(String word) {
        String upper = word.toUpperCase(Locale.ROOT);
        for (Ehlo each : values()) {
            if (each.keyword.equals(upper)) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }
}
