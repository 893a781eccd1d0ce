// SPDX-License-Identifier: Apache-2.0
/**
 * What a program behind an inet row implements: {@link org.ostler.mail.listen.spi.ConnectionHandler}, registered with the {@code program} service property
 * ({@code org.ostler.mail.delivery.spi.Program}).
 */
@Export
@Version("1.0.0")
package org.ostler.mail.listen.spi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
