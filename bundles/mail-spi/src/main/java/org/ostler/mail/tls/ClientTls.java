// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

/**
 * How to treat one server.
 *
 * @param level    {@code may} or {@code encrypt} in this version
 * @param host     name of the server, for SNI and messages
 * @param nextHop  domain that the mail is for, or the configured next hop's name; for SNI where {@code smtp_tls_servername = nexthop}
 * @param protocol parameter prefix: {@code smtp} or {@code lmtp}
 */
public record ClientTls(String level, String host, String nextHop, String protocol) {}
