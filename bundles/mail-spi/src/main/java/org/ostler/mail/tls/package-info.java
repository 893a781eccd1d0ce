/**
 * Transport security for sockets that are connected already (STARTTLS and wrapper mode).
 *
 * <p>This issue: levels none, may, encrypt. The policy levels above them come with the DANE issue; the {@link org.ostler.mail.tls.ClientTls} record will gain fields then.
 */
@Export
@Version("1.0.0")
package org.ostler.mail.tls;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
