// SPDX-License-Identifier: Apache-2.0
/**
 * What the author of a transport implements: {@link org.ostler.mail.delivery.spi.Transport}.
 */
@Export
@Version("1.0.0")
package org.ostler.mail.delivery.spi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
