// SPDX-License-Identifier: Apache-2.0
/**
 * References between workers that survive the replacement of the other side.
 *
 * <p>{@link org.ostler.mail.lease.Leased} is the only way in which one worker holds another (rule R6 of docs/OVERVIEW.md).
 *
 * <p><b>Invariant.</b> After {@code unbind} has returned no call is inside the service that left, unless the drain limit passed; while
 * nothing is bound callers wait a bounded time and then learn that the service is unavailable, never that the answer is no.
 */
@Export
@Version("1.1.0")
package org.ostler.mail.lease;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
