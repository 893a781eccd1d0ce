// SPDX-License-Identifier: Apache-2.0
/**
 * {@code cdb:} tables, read and built, in D. J. Bernstein's format and under the names that Postfix gives them (CDB_README).
 *
 * <pre>
 *   0     256 times (position, slots) of a hash table, both 32 bits, little endian
 *   2048  records: length of the key, length of the value, key, value
 *   then  hash tables: slots of (hash, position of the record); position 0: empty
 * </pre>
 * The table of a key is the low byte of its hash, the slot where the search begins the rest of it modulo the number of slots.
 *
 * <p>Read {@link org.ostler.lookup.cdb.CdbFile} for lookups, {@link org.ostler.lookup.cdb.CdbWriter} for building.
 *
 * <p><b>Invariants.</b> A file is never changed, only replaced by rename. A file whose numbers lead outside it makes the lookup unavailable; nothing is read beyond its end.
 */
package org.ostler.lookup.cdb;
