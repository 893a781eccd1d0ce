// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.tck.lookup.Specs;
import org.ostler.mail.tck.lookup.OutageContract;

/** What every table type does, by each of the three. */
class ContractTest {

    private static final AtomicInteger COUNT = new AtomicInteger();

    /** Fills a new table and opens it. */
    private static Table filled(String url, Map<String, String> entries, TableFactory factory, Path dir, String type, String parameters) throws Exception {
        String name = "entries" + COUNT.incrementAndGet();
        try (Connection connection = PrivateServers.connect(url); var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE " + name + " (k varchar(300), v varchar(300))");
            try (var insert = connection.prepareStatement("INSERT INTO " + name + " VALUES (?, ?)")) {
                for (var entry : entries.entrySet()) {
                    insert.setString(1, CaseFold.fold(entry.getKey()));
                    insert.setString(2, entry.getValue());
                    insert.addBatch();
                }
                if (!entries.isEmpty()) {
                    insert.executeBatch();
                }
            }
            statement.execute("CREATE INDEX i" + name + " ON " + name + " (k)");
        }
        Path file = dir.resolve(name + ".cf");
        Files.writeString(file, parameters + "query = SELECT v FROM " + name + " WHERE k = '%s'\n");
        return factory.open(Specs.of(type, file.toString(), dir, warning -> {}));
    }

    @Nested
    class Sqlite implements OutageContract {
        @TempDir
        Path dir;

        @Override
        public int lookupsPerThread() {
            return 40;
        }

        @Override
        public AutoCloseable outage() throws Exception {
            Files.move(dir.resolve("db"), dir.resolve("away"));
            return () -> Files.move(dir.resolve("away"), dir.resolve("db"));
        }

        @Override
        public Table tableWith(Map<String, String> entries) throws Exception {
            return filled("jdbc:sqlite:" + dir.resolve("db"), entries, new SqliteFactory(), dir, "sqlite", "dbpath = " + dir.resolve("db") + "\n");
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @EnabledIf(value = "org.ostler.lookup.sql.PrivateServers#postgresIsHere", disabledReason = "PostgreSQL is not installed")
    class Pgsql implements OutageContract {
        @TempDir
        Path dir;
        private PrivateServers server;

        @BeforeAll
        void start() throws Exception {
            server = PrivateServers.postgres();
        }

        @Override
        public AutoCloseable outage() throws Exception {
            server.kill();
            return server::start;
        }

        @AfterAll
        void stop() {
            server.close();
        }

        @Override
        public int lookupsPerThread() {
            return 40;
        }

        @Override
        public Table tableWith(Map<String, String> entries) throws Exception {
            return filled(server.url(), entries, new PgsqlFactory(), dir, "pgsql", "hosts = 127.0.0.1:" + server.port + "\ndbname = postgres\nuser = mail\npassword = " + PrivateServers.PASSWORD + "\nretry_interval = 1\n");
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @EnabledIf(value = "org.ostler.lookup.sql.PrivateServers#mariadbIsHere", disabledReason = "MariaDB's server is not installed")
    class Mysql implements OutageContract {
        @TempDir
        Path dir;
        private PrivateServers server;

        @BeforeAll
        void start() throws Exception {
            server = PrivateServers.mariadb();
            server.sql("CREATE DATABASE m CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin");
        }

        @Override
        public AutoCloseable outage() throws Exception {
            server.kill();
            return server::start;
        }

        @AfterAll
        void stop() {
            server.close();
        }

        @Override
        public int lookupsPerThread() {
            return 40;
        }

        @Override
        public Table tableWith(Map<String, String> entries) throws Exception {
            return filled(server.url().replace("/?", "/m?"), entries, new MysqlFactory(), dir, "mysql", "hosts = 127.0.0.1:" + server.port + "\ndbname = m\nuser = root\noption_group =\nretry_interval = 1\n");
        }
    }
}
