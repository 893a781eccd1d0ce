// SPDX-License-Identifier: Apache-2.0
/**
 * TLS over connected sockets, by the JDK's own JSSE or another engine behind its interfaces.
 *
 * <p>Start at {@link org.ostler.tls.JsseTls}, then {@link org.ostler.tls.ClientSide} and {@link org.ostler.tls.ServerSide}. Certificates and keys come from PEM files as Postfix names them
 * ({@link org.ostler.mail.tls.Pem}, {@link org.ostler.tls.Identities}); {@link org.ostler.tls.Contexts} keeps what may be resumed; {@link org.ostler.tls.CipherList} reads OpenSSL's lists. What a certificate
 * proves is said by {@link org.ostler.tls.AuthorityVerifier}, {@link org.ostler.tls.FingerprintVerifier} and, from another bundle, DANE's.
 *
 * <p><b>Invariants.</b> No certificate aborts a handshake: the verdict tells. Where nobody can judge the connection fails, and never passes. A session is resumed under the policy that it was made under
 * or not at all, because each policy has a context of its own, and its chain is judged again. A certificate file that cannot be read leaves the last good one in use.
 *
 * <p>RFC 3207 (STARTTLS), RFC 8446 (TLS 1.3), RFC 7435 (opportunistic security).
 */
package org.ostler.tls;
