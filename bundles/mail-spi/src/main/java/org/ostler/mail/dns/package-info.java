// SPDX-License-Identifier: Apache-2.0
/**
 * The domain name system with TTL and security status.
 *
 * <p><b>Invariant.</b> "No such name" and "could not ask" are different answers: the first may bounce mail, the second never does.
 *
 * <p><b>Invariant.</b> Nobody on the way can turn a secure answer into an insecure one: what is neither proved nor proved to be unsigned is {@link org.ostler.mail.dns.DnsAnswer.Failed}.
 */
@Export
@Version("1.2.0")
package org.ostler.mail.dns;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
