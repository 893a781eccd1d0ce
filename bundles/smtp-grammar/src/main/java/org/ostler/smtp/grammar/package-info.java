// SPDX-License-Identifier: Apache-2.0
/**
 * Bytes to SMTP and back: lines, commands, replies, message content, addresses.
 *
 * <p>Both sides of the protocol use it. A server reads {@link org.ostler.smtp.grammar.WireInput} lines, turns them into {@link org.ostler.smtp.grammar.Command}
 * values with {@link org.ostler.smtp.grammar.CommandParser} and takes message text through {@link org.ostler.smtp.grammar.DataReader} or
 * {@link org.ostler.smtp.grammar.ChunkReader}. A client reads replies with {@link org.ostler.smtp.grammar.ReplyReader} and sends message text through
 * {@link org.ostler.smtp.grammar.DataWriter}. Nothing here opens a socket, starts a thread or knows a configuration.
 *
 * <p><b>Invariant.</b> Content that leaves a reader is canonical: lines end in CR LF, no CR or LF stands alone. What leaves a writer never holds
 * a bare CR or LF, and a line with a single dot only as the end of the message. So no sequence of bytes makes two messages of one, on the way in or out.
 *
 * <p>RFC 5321, RFC 2034 (enhanced status), RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8), RFC 3461 (DSN), RFC 3030 (CHUNKING), RFC 2033 (LMTP).
 */
@Export
@Version("1.1.0")
package org.ostler.smtp.grammar;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
