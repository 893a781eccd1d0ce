// SPDX-License-Identifier: Apache-2.0
package org.ostler.sql.sqlite;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Loads the SQLite library of this bundle, once for each class loader of it.
 *
 * <p>The driver can do it by itself, at its first connection: it asks {@code uname} for Android, walks through all mappings of the process in search of another C library, and compares what it has written byte by byte. On a busy
 * machine that took seconds, again for each replacement of this bundle, and while lookups in progress held the bundle fast. This takes the time of writing one megabyte, and is done before anybody sees the service.
 *
 * <p>The file has a name of its own and goes as soon as it is mapped: nothing is left behind, and two generations of this bundle share nothing. <b>Threads</b> any; one at a time.
 */
final class NativeLibrary {

    /** Of the driver: the folder and the name of the file that it is to load. */
    private static final String FOLDER = "org.sqlite.lib.path";
    private static final String NAME = "org.sqlite.lib.name";

    /** SQLState: the database is out of reach, whatever the query. */
    private static final String UNABLE = "08001";

    private static boolean loaded;

    private NativeLibrary() {}

    /** Does nothing where it has worked before, and where an operator has set the driver's own properties; after a failure it tries again. */
    static void load() throws SQLException {
        // The properties are the process's, and another generation of this bundle has another of this class: the lock must be the process's as well.
        synchronized (System.getProperties()) {
            if (!loaded && System.getProperty(FOLDER) == null) {
                unpack();
                loaded = true;
            }
        }
    }

    private static void unpack() throws SQLException {
        String arch = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
        try (InputStream in = NativeLibrary.class.getResourceAsStream("/org/sqlite/native/" + System.getProperty("os.name") + "/" + arch + "/libsqlitejdbc.so")) {
            if (in == null) {
                throw new SQLException("no SQLite library for " + System.getProperty("os.name") + " on " + arch, UNABLE);
            }
            Path file = Files.createTempFile("ostler-sqlite-", ".so");
            try {
                Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
                hand(file);
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new SQLException("cannot unpack the SQLite library to " + System.getProperty("java.io.tmpdir") + ": " + e, UNABLE, e);
        }
    }

    private static void hand(Path file) throws SQLException {
        System.setProperty(FOLDER, file.getParent().toString());
        System.setProperty(NAME, file.getFileName().toString());
        try {
            SQLiteJDBCLoader.initialize();
        } catch (Exception e) {
            throw new SQLException("cannot load the SQLite library from " + file.getParent() + ", which may be mounted noexec: " + e.getMessage(), UNABLE, e);
        } finally {
            System.clearProperty(FOLDER);
            System.clearProperty(NAME);
        }
    }
}
