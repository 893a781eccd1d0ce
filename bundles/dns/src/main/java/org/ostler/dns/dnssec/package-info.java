// SPDX-License-Identifier: Apache-2.0
/**
 * Own validation of DNSSEC, over forwarders that need not validate and are not trusted.
 *
 * <p>Start at {@link org.ostler.dns.dnssec.Validator}: it follows a question through aliases and judges each set of records, or its absence, by itself. {@link org.ostler.dns.dnssec.Zones} finds
 * the keys, from a trust anchor down, and remembers them; {@link org.ostler.dns.dnssec.Signatures} checks one set; {@link org.ostler.dns.dnssec.Nsec} and {@link org.ostler.dns.dnssec.Nsec3}
 * read proofs of absence. dnsjava codes messages and computes one signature; it decides nothing. Why not its own validator: {@code docs/decisions/0013-own-validation.md}.
 *
 * <p><b>Invariant.</b> Insecure is said only where the parent zone proves it, or where a zone is signed in ways that nobody here can check. Whatever else goes wrong, from a timeout to a missing
 * signature, is a failure: nobody on the way can make an unsigned zone of a signed one.
 *
 * <p><b>Invariant.</b> One lookup is bounded in time, questions, signatures and hashes ({@link org.ostler.dns.dnssec.Budget}), whatever the answers say.
 *
 * <p>RFC 4033 to 4035, 4509, 5155, 6672 section 5.3, 6840, 8624, 9276.
 */
package org.ostler.dns.dnssec;
