// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.dns;

/** @param host lower case, no final dot; {@code .} for a null MX (RFC 7505) */
public record Mx(int preference, String host) {

    public boolean isNull() {
        return host.equals(".") || host.isEmpty();
    }
}
