// SPDX-License-Identifier: Apache-2.0
/**
 * MIME as a mail transport needs it: scanning headers and parts of a stream, and turning 8-bit parts into quoted-printable for a host that takes 7 bits only.
 *
 * <p>Begin with {@link org.ostler.mime.Downgrade}. Everything here is a push filter over canonical content (CR LF line ends): memory is bounded by the limits given, never by the message.
 *
 * <p><b>Invariant.</b> What is not understood passes unchanged. RFC 2045, RFC 2046; RFC 6152 section 3 for the conversion.
 */
@Export
@Version("1.0.0")
package org.ostler.mime;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
