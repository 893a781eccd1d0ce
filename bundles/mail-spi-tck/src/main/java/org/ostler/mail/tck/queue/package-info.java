// SPDX-License-Identifier: Apache-2.0
/**
 * What every queue store must pass: {@link org.ostler.mail.tck.queue.QueueStoreContract} for behaviour, and for durable stores
 * {@link org.ostler.mail.tck.queue.KillContract} and {@link org.ostler.mail.tck.queue.PowerCutContract}.
 *
 * <p>A store's test is a subclass that names a {@link org.ostler.mail.tck.queue.StoreUnderTest}:
 * <pre>{@code
 * class MemoryStoreTest extends QueueStoreContract {
 *     @Override protected StoreUnderTest store() { return new MemoryStoreUnderTest(); }
 * }
 * }</pre>
 *
 * <p><b>Invariant.</b> The crash contracts keep one account: what a commit acknowledged is there with the same body, what an update reported as durable holds, and
 * nothing is there that nobody sent.
 */
package org.ostler.mail.tck.queue;
