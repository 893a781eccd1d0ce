// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.model;

import java.util.Locale;
import java.util.Objects;

/**
 * A mail address in Postfix's internal form: local part without quotes, the last {@code @}, domain.
 *
 * <p>{@code "joe smith"@example.org} on the wire is {@code joe smith@example.org} here. The domain may be empty (an address that
 * has not been completed yet); with an empty local part and an empty domain this is the null reverse-path {@code <>}. Letters keep
 * the case in which they came; {@link #folded()} gives the form used as a key. Quoting for the wire is the work of
 * {@code smtp-grammar} (RFC 5321 section 4.1.2).
 *
 * @param localPart unquoted; may hold any character, {@code @} included
 * @param domain    without the {@code @}; empty when there is none; {@code [127.0.0.1]} for an address literal
 */
public record Address(String localPart, String domain) {

    /** The null reverse-path, sender of every report (RFC 5321 section 4.5.5). */
    public static final Address NULL = new Address("", "");

    public Address {
        Objects.requireNonNull(localPart);
        Objects.requireNonNull(domain);
        if (domain.indexOf('@') >= 0) {
            throw new IllegalArgumentException("@ in a domain: " + domain);
        }
    }

    /**
     * Splits internal text at its last {@code @}.
     *
     * @param internal unquoted address; empty text gives {@link #NULL}
     */
    public static Address of(String internal) {
        int at = internal.lastIndexOf('@');
        if (at < 0) {
            return internal.isEmpty() ? NULL : new Address(internal, "");
        }
        return new Address(internal.substring(0, at), internal.substring(at + 1));
    }

    public boolean isNull() {
        return localPart.isEmpty() && domain.isEmpty();
    }

    public boolean hasDomain() {
        return !domain.isEmpty();
    }

    /** Internal form: what tables see and what the log shows. */
    public String text() {
        return domain.isEmpty() ? localPart : localPart + '@' + domain;
    }

    /** Text in lower case, as Postfix folds table keys. */
    public String folded() {
        return text().toLowerCase(Locale.ROOT);
    }

    public Address withDomain(String other) {
        return new Address(localPart, other);
    }

    public Address withLocalPart(String other) {
        return new Address(other, domain);
    }

    /** Whether anything is outside US-ASCII, so that the address needs SMTPUTF8 (RFC 6531). */
    public boolean isInternationalized() {
        return !isAscii(localPart) || !isAscii(domain);
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0x7f) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return text();
    }
}
