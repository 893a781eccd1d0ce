// SPDX-License-Identifier: Apache-2.0
/**
 * The mail log: what operators, fail2ban and pflogsumm read.
 *
 * <p>Workers call {@link org.ostler.mail.log.MailLog}; the {@code maillog} bundle attaches the sink that writes files, standard output or
 * syslog. {@link org.ostler.mail.log.Reasons} has the words for what a system call refused.
 *
 * <p><b>Invariant.</b> Logging never blocks mail for long, never throws, and lines written while no sink is attached are kept (bounded) and
 * delivered to the next one.
 */
@Export
@Version("1.1.0")
package org.ostler.mail.log;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
