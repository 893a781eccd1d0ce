// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

/**
 * How to treat one server.
 *
 * @param level    {@code may} or {@code encrypt} in this version
 * @param host     name for SNI and messages
 * @param protocol parameter prefix: {@code smtp} or {@code lmtp}
 */
public record ClientTls(String level, String host, String protocol) {}
