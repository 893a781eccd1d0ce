// SPDX-License-Identifier: Apache-2.0
/**
 * Transport security for sockets that are connected already (STARTTLS and wrapper mode), and what a peer must prove.
 *
 * <p>Who does what, from the decision to the report:
 * <pre>
 *   smtp-client     decides for each host, before it connects: level, names, terms; asks {@link org.ostler.mail.tls.DanePlanner} what to look up,
 *                   and every {@link org.ostler.mail.tls.spi.TlsPolicySource} what the domain says of itself (MTA-STS)
 *   tls             {@link org.ostler.mail.tls.TlsProvider}: the handshake; hands the chain to the {@link org.ostler.mail.tls.spi.PeerVerifier} of the proof's kind
 *   dane-verifier   TLSA records against a chain: a pure function, no network
 *   smtp-client     compares level and verdict: deliver, try the next host, or defer; tells {@link org.ostler.mail.tls.TlsReports}
 * </pre>
 *
 * <p>{@link org.ostler.mail.tls.Pem} reads certificates and keys for all who speak TLS: also the tables of directories and databases.
 *
 * <p><b>Invariants.</b> A failed proof is temporary: the next host is tried, or mail waits; it is never sent under a lower level than was decided. Nobody resumes a session under another
 * {@link org.ostler.mail.tls.ClientTls}. DANE comes before MTA-STS, which never repairs a DANE that fails (RFC 8461 section 2).
 */
@Export
@Version("3.1.0")
package org.ostler.mail.tls;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
