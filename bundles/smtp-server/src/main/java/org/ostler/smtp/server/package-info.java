// SPDX-License-Identifier: Apache-2.0
/**
 * Receives mail by SMTP: Postfix's smtpd(8).
 *
 * <p>Read {@link org.ostler.smtp.server.Sequence} first: which command may follow which, as a pure function over a sealed state. {@link org.ostler.smtp.server.Session} is the loop
 * around it: read a line, ask the sequence, do the command, send the reply. What a command does stands in {@link org.ostler.smtp.server.MailCommands} (MAIL, RCPT, DATA, BDAT),
 * {@link org.ostler.smtp.server.Greeting} (EHLO), {@link org.ostler.smtp.server.ClientAttributes} (XCLIENT, XFORWARD) and
 * {@link org.ostler.smtp.server.Encryption} (STARTTLS). Whether mail is wanted is asked of {@code access}; the message goes to {@code cleanup} as it comes.
 *
 * <p><b>Invariant.</b> 250 behind DATA or BDAT LAST is said only after {@code Submission.finish} answered that the message is on stable storage. Trouble on our side is
 * always 4xx.
 *
 * <p>RFC 5321, RFC 1870, RFC 1985, RFC 2034, RFC 2920, RFC 3030, RFC 3207, RFC 3461, RFC 6152, RFC 6531.
 */
@Requirement(namespace = "org.ostler.part", filter = "(org.ostler.part=listener)", effective = "assemble", resolution = Resolution.OPTIONAL)
package org.ostler.smtp.server;

import org.osgi.annotation.bundle.Requirement;
import org.osgi.annotation.bundle.Requirement.Resolution;
