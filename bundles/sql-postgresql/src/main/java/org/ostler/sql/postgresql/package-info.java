// SPDX-License-Identifier: Apache-2.0
/**
 * PostgreSQL, through the project's own driver, which is part of this bundle. {@link org.ostler.sql.postgresql.PostgresqlDriver} sets it up, {@link org.ostler.sql.postgresql.ConnectionUri} reads
 * libpq's URIs, {@link org.ostler.sql.postgresql.UnixSockets} gives it UNIX-domain sockets, which it has not.
 */
package org.ostler.sql.postgresql;
