// SPDX-License-Identifier: Apache-2.0
/**
 * How the tables {@code pgsql}, {@code mysql} and {@code sqlite} reach a database: an {@link org.ostler.mail.lookup.sql.SqlDriver} turns an
 * {@link org.ostler.mail.lookup.sql.SqlServer}, which is described in Postfix's terms, into a {@link javax.sql.DataSource}.
 *
 * <p>One bundle per driver, so that an installation carries only those that it needs and each can be replaced while mail moves.
 */
@Export
@Version("1.0.0")
package org.ostler.mail.lookup.sql;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
