// SPDX-License-Identifier: Apache-2.0
package org.ostler.sql.postgresql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Connections straight from the driver. Its own data source asks the JDK for the driver that it remembers: that is taken back when our component stops ({@link PostgresqlDriver#forget}), and a driver announces itself only once,
 * when its class is loaded. A bundle that was stopped and started again would find none any more.
 */
final class Source extends PGSimpleDataSource {

    private static final long serialVersionUID = 1L;

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        var login = new Properties();
        if (user != null) {
            login.setProperty("user", user);
        }
        if (password != null) {
            login.setProperty("password", password);
        }
        Connection connection = new Driver().connect(getUrl(), login);
        if (connection == null) {
            throw new SQLException("not a PostgreSQL server: " + String.join(" ", getServerNames()), "08001");
        }
        return connection;
    }
}
