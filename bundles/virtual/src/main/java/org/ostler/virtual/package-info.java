// SPDX-License-Identifier: Apache-2.0
/**
 * The {@code virtual} transport: mailboxes of domains without system accounts, found in {@code virtual_mailbox_maps}. Read {@link org.ostler.virtual.Virtual}.
 *
 * <p>virtual(8), VIRTUAL_README.
 */
package org.ostler.virtual;
