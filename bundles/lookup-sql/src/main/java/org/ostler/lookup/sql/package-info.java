// SPDX-License-Identifier: Apache-2.0
/**
 * The table types {@code pgsql}, {@code mysql} and {@code sqlite}: queries in databases, as pgsql_table(5), mysql_table(5) and sqlite_table(5) describe them.
 *
 * <p>Read {@link org.ostler.lookup.sql.SqlTable} first: one lookup from key to answer. {@link org.ostler.lookup.sql.QueryTemplate} decides for each escape of a query how a value gets there safely;
 * {@link org.ostler.lookup.sql.Servers} which host is asked; {@link org.ostler.lookup.sql.Server} keeps the connections to one. The drivers are services of other bundles ({@link org.ostler.mail.lookup.sql.SqlDriver}).
 *
 * <p><b>Invariants.</b> A key never becomes part of a query's grammar. A lookup that was not answered is "unavailable", never "not found". No lookup outlives its deadline, no connection its idle time, and between lookups
 * there is no thread. Passwords appear in no message.
 */
package org.ostler.lookup.sql;
