// SPDX-License-Identifier: Apache-2.0
/**
 * MTA-STS (RFC 8461): what a domain says of its own mail servers over HTTPS, for senders who cannot, or do not yet, believe its DNS.
 *
 * <p>Read {@link org.ostler.sts.StsSource} first: from a domain to the policy that holds. {@link org.ostler.sts.StsRecord} and {@link org.ostler.sts.StsPolicy} are the two texts that a domain publishes,
 * {@link org.ostler.sts.PolicyFetch} gets the second, {@link org.ostler.sts.PolicyCache} remembers it across restarts.
 *
 * <p><b>Invariants.</b> A policy that was fetched holds until its {@code max_age} is over, whatever the DNS and the web say meanwhile; only a newer policy, fetched over HTTPS with a valid certificate,
 * takes its place (section 3.3). No answer waits longer than {@code sts_timeout} for the web. A policy that cannot be had is never a reason not to deliver.
 */
package org.ostler.sts;
