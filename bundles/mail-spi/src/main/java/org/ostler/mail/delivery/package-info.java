// SPDX-License-Identifier: Apache-2.0
/**
 * What a delivery agent gets and answers.
 *
 * <p>Authors of a transport implement {@code org.ostler.mail.delivery.spi.Transport} and read {@link org.ostler.mail.delivery.Delivery} and
 * {@link org.ostler.mail.delivery.Outcome}. Logging of the {@code to=<...>} line, state changes, reports and retries are the queue manager's work.
 *
 * <p><b>Invariant.</b> Every recipient of a delivery gets exactly one outcome; a missing one counts as deferred. Temporary trouble is Deferred, never Bounced.
 */
@Export
@Version("1.0.0")
package org.ostler.mail.delivery;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
