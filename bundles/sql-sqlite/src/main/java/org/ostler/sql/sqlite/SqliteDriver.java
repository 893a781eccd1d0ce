// SPDX-License-Identifier: Apache-2.0
package org.ostler.sql.sqlite;

import java.sql.DriverManager;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.ostler.mail.lookup.sql.SqlDriver;
import org.ostler.mail.lookup.sql.SqlServer;
import org.ostler.mail.lookup.sql.SqlType;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * Opens SQLite files, for reading only.
 *
 * <h2>Description</h2>
 * The SQLite library comes with this bundle, for Linux with glibc on x86_64 and aarch64. When the bundle starts it is written to {@code java.io.tmpdir} (in a server: below the instance's {@code data_directory}) and loaded from there,
 * because the system's loader wants a file; about one megabyte, removed as soon as it is loaded. That file system must not be mounted {@code noexec}.
 *
 * <h2>Diagnostics</h2>
 * The reason for a file that cannot be opened comes from SQLite: {@code unable to open database file}. A library that cannot be loaded is tried again, and named, by each lookup.
 */
@Component(name = "sql-sqlite")
@SqlType("sqlite")
public final class SqliteDriver implements SqlDriver {

    /** Before anybody has the service: a lookup that loaded the library would hold this bundle fast meanwhile. */
    @Activate
    void load() {
        try {
            NativeLibrary.load();
        } catch (SQLException e) {
            // Each lookup tries again and says why it cannot; without this service it could only say that there is none.
            return;
        }
    }

    @Override
    public DataSource source(SqlServer server) throws SQLException {
        NativeLibrary.load();
        if (!(server.address() instanceof SqlServer.File(String path))) {
            throw new SQLException("not a file: " + server.address(), "08001");
        }
        if (path.indexOf('?') >= 0) {
            // The driver takes what follows for its options.
            throw new SQLException("a question mark in the name of a database file is not supported: " + path, "08001");
        }
        var config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout((int) server.limits().answer().toMillis());
        var source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + path);
        return source;
    }

    /** The driver announces itself to the JDK when it is loaded, which would keep this bundle in memory for good. */
    @Deactivate
    void forget() throws SQLException {
        for (var driver : DriverManager.drivers().filter(d -> d.getClass().getClassLoader() == SqliteDriver.class.getClassLoader()).toList()) {
            DriverManager.deregisterDriver(driver);
        }
    }
}
