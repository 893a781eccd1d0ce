// SPDX-License-Identifier: Apache-2.0
/**
 * Real name servers on loopback for tests: a root, its top level domains and the zones of a literal, signed by ldns, served by NSD, with Unbound in front of it.
 *
 * <p>Start at {@link org.ostler.mail.tck.dns.SignedTree}; {@link org.ostler.mail.tck.dns.Tap} between two of its parts counts questions and plays the faults that no real server has.
 * The manual is {@code docs/testing/dns.md}.
 *
 * <p><b>Invariant.</b> Nothing leaves loopback, no port is fixed, nothing is left running after {@code close}, and a test without the programs is skipped by their name.
 */
package org.ostler.mail.tck.dns;
