// SPDX-License-Identifier: Apache-2.0
/** SQLite files, through the driver of Xerial, which is part of this bundle together with the SQLite library for two platforms. Read {@link org.ostler.sql.sqlite.SqliteDriver}. */
package org.ostler.sql.sqlite;
