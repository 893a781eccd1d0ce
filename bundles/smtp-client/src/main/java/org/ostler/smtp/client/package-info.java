// SPDX-License-Identifier: Apache-2.0
/**
 * The SMTP and LMTP clients: from a next hop to a reply for every recipient.
 *
 * <p>Read {@link org.ostler.smtp.client.Courier} first: the loop over next hops and hosts for one delivery. A next hop's text becomes a {@link org.ostler.smtp.client.Site}, {@link org.ostler.smtp.client.HostFinder}
 * makes hosts of it, {@link org.ostler.smtp.client.TlsPolicies} decides for each host how TLS is spoken, {@link org.ostler.smtp.client.Connector} and {@link org.ostler.smtp.client.Handshake} a {@link org.ostler.smtp.client.Peer} of a host, {@link org.ostler.smtp.client.Transaction} speaks MAIL to end of
 * data. What goes wrong is a {@link org.ostler.smtp.client.Failure}; what follows from it stands in one place, {@link org.ostler.smtp.client.FailurePolicy}. Connections that are good for more wait a short while in
 * {@link org.ostler.smtp.client.IdlePeers}.
 *
 * <p><b>Invariants.</b> A recipient counts as delivered only after the positive reply to the end of data. Every recipient gets exactly one outcome. Trouble with names, connections and sessions is temporary,
 * always. Every wait has a deadline that closes the connection ({@link org.ostler.smtp.client.Deadlines}), also a wait for the peer to read. A connection that waited and was closed meanwhile costs a fresh one,
 * never a deferral, and serves only mail for which the same TLS policy holds. What a TLS policy asks for is had or mail waits; no trouble lowers it.
 *
 * <p>RFC 5321, RFC 2920 (pipelining), RFC 1870 (size), RFC 6152 (8-bit), RFC 6531 (SMTPUTF8), RFC 3461 (DSN), RFC 3207 (STARTTLS), RFC 2033 (LMTP), RFC 7505 (null MX), RFC 7672 (DANE), RFC 8461 (MTA-STS); smtp(8).
 */
package org.ostler.smtp.client;
