// SPDX-License-Identifier: Apache-2.0
/**
 * What authors of peer verifiers ({@link org.ostler.mail.tls.spi.PeerVerifier}) and of policy sources ({@link org.ostler.mail.tls.spi.TlsPolicySource}) implement, and who brings another TLS ({@link org.ostler.mail.tls.spi.TlsEngine}).
 */
@Export
@Version("3.0.0")
package org.ostler.mail.tls.spi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
