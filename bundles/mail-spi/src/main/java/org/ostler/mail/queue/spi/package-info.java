// SPDX-License-Identifier: Apache-2.0
/**
 * What the author of a queue store implements: {@link org.ostler.mail.queue.spi.QueueStore}, with the crash tests of the TCK.
 */
@Export
@Version("1.0.0")
package org.ostler.mail.queue.spi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
