// SPDX-License-Identifier: Apache-2.0
/**
 * A queue store in memory, for tests and for trying out workers: {@link org.ostler.queue.memory.MemoryStore}.
 *
 * <p><b>Invariant.</b> It behaves as the contract says in everything but one: a restart loses all mail. That is why the component is disabled until somebody enables it.
 */
package org.ostler.queue.memory;
