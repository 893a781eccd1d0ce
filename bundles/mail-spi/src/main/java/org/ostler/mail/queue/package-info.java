// SPDX-License-Identifier: Apache-2.0
/**
 * The mail queue as workers and front ends see it: stored messages, their states, and the operator's verbs.
 *
 * <p>Read {@link org.ostler.mail.queue.StoredMessage} and {@link org.ostler.mail.queue.Content} first. Who keeps messages on disk implements
 * {@code org.ostler.mail.queue.spi.QueueStore}; who decides when they are tried is the queue manager, {@link org.ostler.mail.queue.QueueManager}.
 *
 * <p><b>Invariant.</b> A message is in the store from the moment its commit returned until an update with
 * {@link org.ostler.mail.queue.Disposition.Remove} was applied; nothing else takes it out.
 */
@Export
@Version("1.1.0")
package org.ostler.mail.queue;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
