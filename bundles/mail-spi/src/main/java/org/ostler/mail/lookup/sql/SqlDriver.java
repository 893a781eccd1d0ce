// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup.sql;

import java.sql.SQLException;
import javax.sql.DataSource;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Reaches databases of one kind. Registered as a service with {@link SqlType}, and listed in {@code META-INF/services} for the command line.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> only {@link DataSource#getConnection()}, which opens a new connection each time (the caller keeps the pool), within the limits of the server's
 * description; an interrupt ends it. <b>Errors</b> {@link SQLException}: SQLState 08 and I/O errors as its cause mean that the server is at fault, others that the description or the query is. No message contains
 * the password. <b>Nulls</b> none. <b>Lifetime</b> connections stay usable while the driver's bundle is there; its users close them when it goes.
 *
 * <p>What the connections must do: values come as the text that the server sends for them; parameters are taken as text whose type the server infers, as it does for a literal in quotes; statements end by
 * {@link java.sql.Statement#cancel()} from another thread; nothing is prepared at the server beyond one execution, so that a pool of connections between us and it does no harm.
 */
@ConsumerType
public interface SqlDriver {

    DataSource source(SqlServer server) throws SQLException;
}
