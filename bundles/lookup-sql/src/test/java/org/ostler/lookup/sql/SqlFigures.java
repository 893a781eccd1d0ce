// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.lookup.core.PlainTables;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;

/** Lookups a second, beside Postfix's {@code postmap -q -} on the same server: {@code mvn test -Dtest=SqlFigures}. Its name keeps it out of the usual tests, because it takes a minute and proves nothing. */
class SqlFigures {

    private static final int ROWS = 100_000;
    private static final int LOOKUPS = 20_000;

    @TempDir
    Path dir;

    @Test
    void lookups_a_second() throws Exception {
        dir.toFile().setExecutable(true, false);
        Files.writeString(dir.resolve("main.cf"), "compatibility_level = 3.6\n");
        try (var server = PrivateServers.postgres()) {
            fill(server.url());
            measure("pgsql", "hosts = 127.0.0.1:" + server.port + "\ndbname = postgres\nuser = mail\npassword = " + PrivateServers.PASSWORD + "\n");
        }
        try (var server = PrivateServers.mariadb()) {
            server.sql("CREATE DATABASE m CHARACTER SET utf8mb4");
            fill(server.url().replace("/?", "/m?"));
            measure("mysql", "hosts = 127.0.0.1:" + server.port + "\ndbname = m\nuser = root\noption_group =\n");
        }
        fill("jdbc:sqlite:" + dir.resolve("db"));
        measure("sqlite", "dbpath = " + dir.resolve("db") + "\n");
    }

    private static void fill(String url) throws Exception {
        try (var connection = PrivateServers.connect(url); var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE t (k varchar(100) PRIMARY KEY, v varchar(100))");
            connection.setAutoCommit(false);
            try (var insert = connection.prepareStatement("INSERT INTO t VALUES (?, ?)")) {
                for (int i = 0; i < ROWS; i++) {
                    insert.setString(1, key(i));
                    insert.setString(2, "mailbox" + i + "/");
                    insert.addBatch();
                }
                insert.executeBatch();
            }
            connection.commit();
        }
    }

    private static String key(int i) {
        return "user" + i % ROWS + "@example.org";
    }

    private void measure(String type, String connection) throws Exception {
        Path file = Files.writeString(dir.resolve(type + ".cf"), connection + "query = SELECT v FROM t WHERE k = '%s'\n");
        TableList table = new PlainTables().tables(Settings.parse(""), dir, System.err::println).open(type + ":" + file, "figures");
        ours(table, 1);
        double one = ours(table, 1);
        double eight = ours(table, 8);
        double postfix = postfix(type + ":" + file);
        System.out.printf("FIGURE %s: one caller %.0f/s, eight callers %.0f/s, postmap -q - %.0f/s%n", type, one, eight, postfix);
    }

    private static double ours(TableList table, int callers) throws Exception {
        long start = System.nanoTime();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> found = new ArrayList<>();
            for (int t = 0; t < callers; t++) {
                int from = t;
                found.add(threads.submit(() -> {
                    int right = 0;
                    for (int i = from; i < LOOKUPS; i += callers) {
                        right += table.find(key(i * 7919)) instanceof Answer.Found ? 1 : 0;
                    }
                    return right;
                }));
            }
            int sum = 0;
            for (Future<Integer> each : found) {
                sum += each.get();
            }
            if (sum != LOOKUPS) {
                throw new IllegalStateException(sum + " found of " + LOOKUPS);
            }
        }
        return LOOKUPS / ((System.nanoTime() - start) / 1e9);
    }

    private double postfix(String table) throws Exception {
        var keys = new StringBuilder();
        for (int i = 0; i < LOOKUPS; i++) {
            keys.append(key(i * 7919)).append('\n');
        }
        Path input = Files.write(dir.resolve("keys"), keys.toString().getBytes(StandardCharsets.US_ASCII));
        long start = System.nanoTime();
        Process process = new ProcessBuilder("/usr/sbin/postmap", "-c", dir.toString(), "-q", "-", table).redirectInput(input.toFile()).redirectOutput(dir.resolve("out").toFile()).redirectErrorStream(true).start();
        process.waitFor();
        if (process.exitValue() != 0) {
            System.out.println(Files.readString(dir.resolve("out")).lines().findFirst().orElse(""));
        }
        return LOOKUPS / ((System.nanoTime() - start) / 1e9);
    }
}
