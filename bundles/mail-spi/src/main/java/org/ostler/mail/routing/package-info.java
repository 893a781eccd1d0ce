// SPDX-License-Identifier: Apache-2.0
/**
 * Where an address leads: address class, transport, next hop. Postfix's trivial-rewrite(8).
 *
 * <p><b>Invariant.</b> A table that cannot answer yields {@link org.ostler.mail.routing.Resolution.Unavailable}; callers answer 451 or defer.
 */
@Export
@Version("1.1.0")
package org.ostler.mail.routing;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
