/**
 * The domain name system with TTL and security status.
 *
 * <p><b>Invariant.</b> "No such name" and "could not ask" are different answers: the first may bounce mail, the second never does.
 */
@Export
@Version("1.0.0")
package org.ostler.mail.dns;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
