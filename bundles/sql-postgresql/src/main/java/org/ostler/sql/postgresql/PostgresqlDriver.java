// SPDX-License-Identifier: Apache-2.0
package org.ostler.sql.postgresql;

import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import javax.sql.DataSource;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.ostler.mail.lookup.sql.SqlDriver;
import org.ostler.mail.lookup.sql.SqlServer;
import org.ostler.mail.lookup.sql.SqlType;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Connects to PostgreSQL by host and port, socket directory, or libpq connection URI.
 *
 * <h2>Description</h2>
 * As libpq does: TLS where the server offers it ({@code sslmode=prefer}), password file {@code ~/.pgpass}, the user and database of the process's own name where none is given.
 * Parameters have no type of their own; all values travel as text; nothing is prepared beyond one execution, so that pgbouncer may stand in between.
 */
@Component(name = "sql-postgresql")
@SqlType("pgsql")
public final class PostgresqlDriver implements SqlDriver {

    static final int PORT = 5432;
    private static final String DEFAULT_DIRECTORY = "/var/run/postgresql";

    @Override
    public DataSource source(SqlServer server) throws SQLException {
        var source = new Source();
        source.setConnectTimeout(seconds(server.limits().connect()));
        source.setSocketTimeout(seconds(server.limits().answer()));
        source.setCancelSignalTimeout(seconds(server.limits().connect()));
        // The driver would start a thread for it; the two limits above do.
        source.setLoginTimeout(0);
        source.setPrepareThreshold(0);
        source.setBinaryTransfer(false);
        source.setStringType("unspecified");
        source.setApplicationName("ostler");
        switch (server.address()) {
            case SqlServer.Tcp(String host, int port) -> tcp(source, host, port, server);
            case SqlServer.Unix(String path) -> unix(source, path, server);
            case SqlServer.Uri(String text) -> uri(source, text);
            case SqlServer.File _ -> throw new SQLException("not a PostgreSQL server: " + server.address(), "08001");
        }
        return source;
    }

    private static void tcp(PGSimpleDataSource source, String host, int port, SqlServer server) {
        source.setServerNames(new String[] {host});
        source.setPortNumbers(new int[] {port == 0 ? PORT : port});
        login(source, server.login().user(), server.login().password(), server.database());
    }

    private static void unix(PGSimpleDataSource source, String directory, SqlServer server) throws SQLException {
        socket(source, directory.isEmpty() ? DEFAULT_DIRECTORY : directory, PORT);
        login(source, server.login().user(), server.login().password(), server.database());
    }

    private static void socket(PGSimpleDataSource source, String directory, int port) throws SQLException {
        source.setServerNames(new String[] {"localhost"});
        source.setPortNumbers(new int[] {port});
        source.setSocketFactory(UnixSockets.class.getName());
        source.setSocketFactoryArg(directory + "/.s.PGSQL." + port);
        // As in libpq: there is no TLS on such a socket.
        source.setSslMode("disable");
        source.setProperty(PGProperty.GSS_ENC_MODE, "disable");
    }

    private static void uri(PGSimpleDataSource source, String text) throws SQLException {
        ConnectionUri uri = ConnectionUri.parse(text);
        if (uri.hosts().stream().anyMatch(host -> host.startsWith("/"))) {
            socket(source, uri.hosts().getFirst(), uri.ports().getFirst());
        } else {
            source.setServerNames(uri.hosts().toArray(String[]::new));
            source.setPortNumbers(uri.ports().stream().mapToInt(Integer::intValue).toArray());
        }
        login(source, uri.user(), uri.password(), uri.database());
        for (Map.Entry<String, String> property : uri.properties().entrySet()) {
            source.setProperty(property.getKey(), property.getValue());
        }
    }

    private static void login(PGSimpleDataSource source, String user, String password, String database) {
        String name = user.isEmpty() ? System.getProperty("user.name") : user;
        source.setUser(name);
        if (!password.isEmpty()) {
            source.setPassword(password);
        }
        source.setDatabaseName(database.isEmpty() ? name : database);
    }

    private static int seconds(Duration time) {
        return (int) Math.max(1, time.toSeconds());
    }

    /** The driver announces itself to the JDK when it is loaded, which would keep this bundle in memory for good. */
    @Deactivate
    void forget() throws SQLException {
        for (var driver : DriverManager.drivers().filter(d -> d.getClass().getClassLoader() == PostgresqlDriver.class.getClassLoader()).toList()) {
            DriverManager.deregisterDriver(driver);
        }
    }
}
