// SPDX-License-Identifier: Apache-2.0
/**
 * The table types that need no library and no network, one small component each: {@code static inline texthash fail environ cidr unix unionmap pipemap randmap}.
 *
 * <p>Read {@link org.ostler.lookup.builtin.TextHash} first: it is the model for authors of table types. Texts of errors and warnings are those of Postfix.
 *
 * <p><b>Invariant.</b> What a table holds is read when it is opened and never changes; a changed source file makes {@code lookup-core} open it again.
 */
package org.ostler.lookup.builtin;
