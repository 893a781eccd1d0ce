// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.net.IDN;
import java.util.Locale;
import org.ostler.mail.lookup.AddressText;

/** Host names as the DNS and certificates have them. Pure functions. */
final class HostNames {

    private HostNames() {}

    /** The DNS speaks A-labels (RFC 6531 section 3.2); a name that has none is asked for as it is, and will not be found. */
    static String ascii(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) > 0x7f) {
                try {
                    return IDN.toASCII(name, IDN.ALLOW_UNASSIGNED);
                } catch (IllegalArgumentException _) {
                    return name;
                }
            }
        }
        return name;
    }

    /** A-labels, lower case, no final dot: the form of names in contracts. */
    static String plain(String name) {
        String lower = ascii(name).toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    /** An IP address, which no certificate, TLSA record or policy is for. */
    static boolean isAddress(String name) {
        return AddressText.parse(name).isPresent();
    }
}
