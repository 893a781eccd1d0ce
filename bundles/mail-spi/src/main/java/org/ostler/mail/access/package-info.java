// SPDX-License-Identifier: Apache-2.0
/**
 * Who may do what in an SMTP session: Postfix's restriction lists (SMTPD_ACCESS_README).
 *
 * <p>The SMTP server opens one {@link org.ostler.mail.access.AccessSession} per connection and asks at each command. What a restriction list evaluates to is decided by the
 * {@code access} bundle; words of the language are services, {@code org.ostler.mail.access.spi.AccessRule}.
 *
 * <p><b>Invariant.</b> No restriction that cannot be evaluated permits: it answers 451.
 */
@Export
@Version("1.1.0")
package org.ostler.mail.access;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
