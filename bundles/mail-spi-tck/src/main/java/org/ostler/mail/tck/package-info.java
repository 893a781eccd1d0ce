// SPDX-License-Identifier: Apache-2.0
/**
 * SMTP conversations as test scripts: what a client says, and what a mail server must answer.
 *
 * <p>The scripts below {@code conversations/} on the class path were recorded from a real Postfix by {@code oracle/record.py};
 * they are the specification of the dialogue that Ostler must hold. The same {@link Conversation} plays them against any host
 * and port: Ostler wired by hand, Ostler in its container, or Postfix itself.
 *
 * <p>Read first: {@link Conversation} (plays one script), {@link ScriptFile} (loads recorded scripts with the main.cf settings
 * that they need). The grammar is described on one page, {@code docs/testing/conversations.md}.
 *
 * <p><b>Invariant.</b> A script that was played to its end without an {@link AssertionError} matched every line that the
 * server said: no reply is skipped and none is left unread before the next command is sent. Every wait is bounded.
 */
package org.ostler.mail.tck;
