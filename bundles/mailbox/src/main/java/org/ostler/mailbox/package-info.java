// SPDX-License-Identifier: Apache-2.0
/**
 * Writing a message into a mailbox: Maildir directories and mbox files.
 *
 * <p>Words of layer 0, shared by the {@code local} and {@code virtual} transports: no component, no thread. Read {@link org.ostler.mailbox.Maildir} and
 * {@link org.ostler.mailbox.Mbox}.
 *
 * <p><b>Invariant.</b> When a call returns, the message is on stable storage under its final name; when it throws, no reader has seen any part of it.
 */
@Export
@Version("1.0.0")
package org.ostler.mailbox;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
