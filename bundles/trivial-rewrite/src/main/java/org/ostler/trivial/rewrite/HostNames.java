// SPDX-License-Identifier: Apache-2.0
package org.ostler.trivial.rewrite;

import org.ostler.mail.lookup.AddressText;

/** Which domains may be looked up at all: Postfix's valid_hostname and valid_mailhost_literal. Pure functions. */
final class HostNames {

    private static final int MAX_NAME = 255;
    private static final int MAX_LABEL = 63;

    private HostNames() {}

    /**
     * Letters, digits, hyphen and underscore, in labels that are not empty and do not begin or end with a hyphen; not digits alone.
     *
     * @param utf8 anything outside US-ASCII is a letter (RFC 6531)
     */
    static boolean isValid(String domain, boolean utf8) {
        if (domain.isEmpty() || domain.length() > MAX_NAME) {
            return false;
        }
        boolean other = false;
        int label = 0;
        for (int i = 0; i < domain.length(); i++) {
            char c = domain.charAt(i);
            if (c >= '0' && c <= '9') {
                label++;
            } else if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || utf8 && c > 0x7f) {
                label++;
                other = true;
            } else if (c == '-') {
                boolean last = i + 1 == domain.length() || domain.charAt(i + 1) == '.';
                if (label == 0 || last) {
                    return false;
                }
                label++;
                other = true;
            } else if (c == '.') {
                if (label == 0) {
                    return false;
                }
                label = 0;
            } else {
                return false;
            }
            if (label > MAX_LABEL) {
                return false;
            }
        }
        return label > 0 && other;
    }

    static boolean isValidLiteral(String domain) {
        return AddressText.literal(domain).isPresent();
    }
}
