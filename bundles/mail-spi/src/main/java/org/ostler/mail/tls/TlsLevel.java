// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * How sure one side must be of the other before mail passes: Postfix's security levels, the weakest first.
 *
 * <p>The order is the order of strength, so {@code compareTo} answers "at least". Pure values.
 */
public enum TlsLevel {

    NONE,
    /** Where offered; never a reason not to deliver. */
    MAY,
    /** Or no delivery; the peer's certificate is not judged. */
    ENCRYPT,
    /** The peer shows a certificate or key whose digest the operator wrote down. */
    FINGERPRINT,
    /** TLSA records that were found over an MX record which nobody has signed: they are held to, and prove nothing. Operators cannot ask for it by name. */
    HALF_DANE,
    /** TLSA records where there are some (RFC 7672); {@link #MAY} where there are provably none. */
    DANE,
    /** TLSA records or no delivery. */
    DANE_ONLY,
    /** A chain to a trusted authority, and a name: by default the server's own. */
    VERIFY,
    /** The same; the name is one that an attacker on the DNS cannot choose: by default the next hop's. */
    SECURE;

    /** The word in parameters, policy tables and the log: {@code dane-only}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The level that an operator names; letter case does not matter. */
    public static Optional<TlsLevel> of(String text) {
        return Arrays.stream(values()).filter(level -> level != HALF_DANE && level.text().equalsIgnoreCase(text)).findFirst();
    }

    /** No delivery without TLS. */
    public boolean isMandatory() {
        return compareTo(ENCRYPT) >= 0;
    }

    /** No delivery unless the peer has proved who it is. */
    public boolean isAuthenticated() {
        return compareTo(FINGERPRINT) >= 0 && this != HALF_DANE;
    }
}
