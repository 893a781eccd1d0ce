// SPDX-License-Identifier: Apache-2.0
/**
 * What the author of a cleanup stage implements: {@link org.ostler.mail.cleanup.spi.CleanupStage}.
 */
@Export
@Version("1.0.0")
package org.ostler.mail.cleanup.spi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
