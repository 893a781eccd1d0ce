// SPDX-License-Identifier: Apache-2.0
/**
 * Writes the mail log in Postfix's line format: to a file, to standard output, or to syslog.
 *
 * <p>Begin with {@link org.ostler.maillog.LogWriter}: one platform thread takes lines from a bounded queue, formats them and hands batches to an
 * {@link org.ostler.maillog.LogTarget}.
 *
 * <p><b>Invariant.</b> No worker ever waits for the log: where the target cannot follow, lines are dropped and counted, and the count is logged when it can again.
 *
 * <p>postlogd(8), MAILLOG_README; RFC 3164 for syslog.
 */
@Capability(namespace = "org.ostler.part", name = "maillog")
package org.ostler.maillog;

import org.osgi.annotation.bundle.Capability;
