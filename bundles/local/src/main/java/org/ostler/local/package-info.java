// SPDX-License-Identifier: Apache-2.0
/**
 * The {@code local} transport: system users and aliases of the domains in {@code mydestination}. Read {@link org.ostler.local.Local}, then {@link org.ostler.local.Aliases}.
 *
 * <p><b>Invariant.</b> A recipient ends in exactly one durable place: one mailbox, or one new message in the queue. So a retry after trouble never repeats a part of an alias that went well.
 *
 * <p>local(8), aliases(5).
 */
package org.ostler.local;
