/**
 * Lookup tables: the string-to-string maps behind aliases, routing, access control and credentials.
 *
 * <p>Callers start at {@link org.ostler.mail.lookup.Tables}. Authors of a new table type implement {@code TableFactory} in
 * {@code org.ostler.mail.lookup.spi} and need to read nothing else.
 *
 * <p><b>Invariant.</b> A table that cannot answer says so. "Unavailable" makes mail wait; "not found" may send it back. Confusing the two
 * loses mail, so they are different types, not different strings.
 */
@Export
@Version("1.1.0")
package org.ostler.mail.lookup;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
