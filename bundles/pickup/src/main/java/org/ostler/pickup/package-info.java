// SPDX-License-Identifier: Apache-2.0
/**
 * Local submission: {@code sendmail} leaves files in the maildrop directory, {@link org.ostler.pickup.Pickup} takes them into the queue. The file's form is {@link org.ostler.pickup.MaildropFile}; the command line uses the
 * same class to write it, so it works while the server is down.
 *
 * <p><b>Invariant.</b> A file is ready when its owner's execute bit is set, and that happens after its content is complete; it is removed after the message is durable in the queue. A crash in between costs a duplicate.
 *
 * <p>pickup(8), postdrop(1).
 */
package org.ostler.pickup;
