// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.util.Locale;
import java.util.Set;

/**
 * How to speak TLS with one server: all that was decided before connecting.
 *
 * <p>Two handshakes may share a session (resumption) where all of this is equal and at no other time: a session made under one policy proves nothing under another.
 *
 * @param level      what must hold afterwards; the caller compares it with the verdict
 * @param host       name of the server, for messages and as key of the session cache
 * @param serverName for the server to choose its certificate by (SNI, RFC 6066); empty: none is sent
 * @param prefix     of parameters: {@code smtp} or {@code lmtp}
 * @param terms      protocol versions and ciphers
 * @param proof      what the certificates are judged by
 */
public record ClientTls(TlsLevel level, String host, String serverName, String prefix, Terms terms, Proof proof) {

    /**
     * Versions and ciphers, as parameters or a policy table say them.
     *
     * @param protocols versions
     * @param grade     one of {@link #GRADES}
     * @param exclude   ciphers to leave out, as in {@code smtp_tls_exclude_ciphers}
     */
    public record Terms(Protocols protocols, String grade, String exclude) {

        /** All grades of ciphers that there are, of servers too. Empty is none, as in Postfix. */
        public static final Set<String> GRADES = Set.of("high", "medium", "low", "export", "null");

        /** Whether an operator's text, in any case, names a grade. */
        public static boolean isGrade(String text) {
            return GRADES.contains(text.strip().toLowerCase(Locale.ROOT));
        }
    }
}
