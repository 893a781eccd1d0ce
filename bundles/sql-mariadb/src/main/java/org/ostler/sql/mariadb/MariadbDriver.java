// SPDX-License-Identifier: Apache-2.0
package org.ostler.sql.mariadb;

import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import javax.sql.DataSource;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.ostler.mail.lookup.sql.SqlDriver;
import org.ostler.mail.lookup.sql.SqlServer;
import org.ostler.mail.lookup.sql.SqlType;

/**
 * Connects to MariaDB and MySQL by host and port or by socket.
 *
 * <h2>Description</h2>
 * Parameters are put into the statement here, quoted by the rules of the server's {@code sql_mode}; values come as the text that the server sends. TLS is used where one of the {@code tls_} options is set, and then demanded.
 */
@Component(name = "sql-mariadb")
@SqlType("mysql")
public final class MariadbDriver implements SqlDriver {

    private static final int PORT = 3306;
    private static final String DEFAULT_SOCKET = "/run/mysqld/mysqld.sock";

    @Override
    public DataSource source(SqlServer server) throws SQLException {
        var url = new StringBuilder("jdbc:mariadb://");
        var options = new Properties();
        switch (server.address()) {
            case SqlServer.Tcp(String host, int port) -> url.append("address=(host=").append(host).append(")(port=").append(port == 0 ? PORT : port).append(")/");
            case SqlServer.Unix(String path) -> {
                url.append("localhost/");
                options.setProperty("localSocket", path.isEmpty() ? DEFAULT_SOCKET : path);
            }
            default -> throw new SQLException("not a MySQL server: " + server.address(), "08001");
        }
        options.setProperty("connectTimeout", Long.toString(server.limits().connect().toMillis()));
        options.setProperty("socketTimeout", Long.toString(server.limits().answer().toMillis()));
        options.setProperty("tinyInt1isBit", "false");
        options.setProperty("yearIsDateType", "false");
        options.setProperty("permitRedirect", "false");
        options.setProperty("allowLocalInfile", "false");
        // What a query means is the server's matter: no strict mode of ours.
        options.setProperty("jdbcCompliantTruncation", "false");
        options.setProperty("cachePrepStmts", "false");
        PemTls.options(server, options);
        options.setProperty("user", server.login().user().isEmpty() ? System.getProperty("user.name") : server.login().user());
        options.setProperty("password", server.login().password());
        url.append(server.database());
        return new Source(url.toString(), options);
    }

    /** The driver announces itself to the JDK when it is loaded, which would keep this bundle in memory for good. */
    @Deactivate
    void forget() throws SQLException {
        for (Driver driver : DriverManager.drivers().filter(d -> d.getClass().getClassLoader() == MariadbDriver.class.getClassLoader()).toList()) {
            DriverManager.deregisterDriver(driver);
        }
    }
}
