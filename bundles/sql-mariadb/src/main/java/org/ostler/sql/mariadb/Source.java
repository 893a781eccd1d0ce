// SPDX-License-Identifier: Apache-2.0
package org.ostler.sql.mariadb;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.mariadb.jdbc.Driver;

/** Connections by address and options. The connector's own data source wants all options, passwords and file names too, inside one URL. */
final class Source implements DataSource {

    private final String url;
    private final Properties options;

    Source(String url, Properties options) {
        this.url = url;
        this.options = options;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return new Driver().connect(url, (Properties) options.clone());
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        var other = (Properties) options.clone();
        other.setProperty("user", user);
        other.setProperty("password", password);
        return new Driver().connect(url, other);
    }

    @Override
    public PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        throw new SQLFeatureNotSupportedException("no log of its own");
    }

    @Override
    public void setLoginTimeout(int seconds) {
        options.setProperty("connectTimeout", Long.toString(seconds * 1000L));
    }

    @Override
    public int getLoginTimeout() {
        return Integer.parseInt(options.getProperty("connectTimeout", "0")) / 1000;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("no log of its own");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("nothing inside");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
