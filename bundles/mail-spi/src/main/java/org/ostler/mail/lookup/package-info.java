// SPDX-License-Identifier: Apache-2.0
/**
 * Lookup tables: the string-to-string maps behind aliases, routing, access control and credentials.
 *
 * <p>Callers start at {@link org.ostler.mail.lookup.Tables}. Authors of a new table type implement {@code TableFactory} in
 * {@code org.ostler.mail.lookup.spi} and need to read nothing else.
 *
 * <p>What several workers make of tables is here as well: {@link org.ostler.mail.lookup.DomainList} and {@link org.ostler.mail.lookup.NetworkList} for list parameters,
 * {@link org.ostler.mail.lookup.AddressKeys} for the partial keys of a mail address, {@link org.ostler.mail.lookup.LeasedTables} for handles that may be kept,
 * {@link org.ostler.mail.lookup.Recall} for who asks the same again and again.
 *
 * <p><b>Invariant.</b> A table that cannot answer says so. "Unavailable" makes mail wait; "not found" may send it back. Confusing the two
 * loses mail, so they are different types, not different strings.
 */
@Export
@Version("1.4.0")
package org.ostler.mail.lookup;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
