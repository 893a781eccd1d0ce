// SPDX-License-Identifier: Apache-2.0
/**
 * What the author of a restriction implements: {@link org.ostler.mail.access.spi.AccessRule}, one word of the restriction language.
 */
@Export
@Version("1.0.0")
package org.ostler.mail.access.spi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
