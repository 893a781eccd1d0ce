// SPDX-License-Identifier: Apache-2.0
/**
 * TLS over connected sockets, by the JDK's own JSSE.
 *
 * <p>Start at {@link org.ostler.tls.JsseTls}. Certificates and keys come from PEM files as Postfix names them ({@link org.ostler.tls.Pem}, {@link org.ostler.tls.Identities}), protocol versions from its
 * protocol lists ({@link org.ostler.tls.Protocols}); {@link org.ostler.tls.CipherNames} gives the log its OpenSSL words.
 *
 * <p><b>Invariant.</b> A certificate file that cannot be read leaves the last good one in use; a session is never resumed under another policy than the one that it was made under,
 * because each policy has a context of its own.
 *
 * <p>RFC 3207 (STARTTLS), RFC 8446 (TLS 1.3), RFC 7435 (opportunistic security).
 */
package org.ostler.tls;
