// SPDX-License-Identifier: Apache-2.0
/**
 * What the author of a control command implements: {@link org.ostler.mail.control.spi.ControlCommand}.
 */
@Export
@Version("1.0.0")
package org.ostler.mail.control.spi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
