// SPDX-License-Identifier: Apache-2.0
/**
 * DANE for mail (RFC 6698, RFC 7671, RFC 7672): what to ask the DNS before connecting, and whether a server's certificates are those that its zone names. No network, no state, no clock.
 *
 * <p>Read {@link org.ostler.dane.verifier.Planner} first: from a host's addresses to a decision. {@link org.ostler.dane.verifier.Usable} drops the records that nobody may use.
 * {@link org.ostler.dane.verifier.Verifier} compares a chain with the rest; {@link org.ostler.dane.verifier.Paths} builds the way from a server's certificate to an anchor named by usage 2.
 *
 * <p><b>Invariants.</b> Records are alternatives: one that fails never hides one that matches. An answer that is not secure is never a reason to trust, and one that failed never a reason to do without.
 */
package org.ostler.dane.verifier;
