// SPDX-License-Identifier: Apache-2.0
/**
 * The contract test of lookup tables.
 *
 * <p>A table type's test class implements {@link org.ostler.mail.tck.lookup.TableContract} and fills a table from a map; {@link org.ostler.mail.tck.lookup.Specs} makes the
 * {@code TableSpec} that its factory needs, {@link org.ostler.mail.tck.lookup.StubTables} the tables that it asks itself. A type whose content nobody can choose keeps {@link org.ostler.mail.tck.lookup.AnyTableContract}: its test opens a table and says what is in it.
 */
package org.ostler.mail.tck.lookup;
