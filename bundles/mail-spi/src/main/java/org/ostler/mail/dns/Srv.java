// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.dns;

/**
 * Where a service of a domain is (RFC 2782).
 *
 * @param priority the least first
 * @param weight   share among those of one priority
 * @param host     lower case, no final dot; {@code .} where the domain decidedly has no such service
 */
public record Srv(int priority, int weight, int port, String host) {

    public boolean isNone() {
        return host.equals(".") || host.isEmpty();
    }
}
