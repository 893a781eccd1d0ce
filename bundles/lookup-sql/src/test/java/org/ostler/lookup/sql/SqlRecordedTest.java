// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.tck.GoldenFile;
import org.ostler.mail.tck.lookup.Specs;

/** Every lookup that was recorded from Postfix's postmap -q, on a server with the same rows: the same answer, and the same words where there is none. Left out by name where the server's package is not installed. */
class SqlRecordedTest {

    /** Postfix doubles no backslash in E'...' literals, so that a key that ends in one runs on into the query. */
    private static final Set<String> SAFER = Set.of("pgsql escape-literal");

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();

    static boolean postgresIsHere() {
        return PrivateServers.postgresIsHere();
    }

    static boolean mariadbIsHere() {
        return PrivateServers.mariadbIsHere();
    }

    @Test
    @EnabledIf(value = "postgresIsHere", disabledReason = "PostgreSQL is not installed")
    void pgsql_answers_what_postfix_answers() throws Exception {
        try (var server = PrivateServers.postgres()) {
            load(server.url(), List.of(), GoldenFile.load("sql/pgsql"));
            play("pgsql", "hosts = 127.0.0.1:" + server.port + "\ndbname = postgres\nuser = mail\npassword = " + PrivateServers.PASSWORD + "\n", new PgsqlFactory());
        }
    }

    @Test
    @EnabledIf(value = "mariadbIsHere", disabledReason = "MariaDB's server is not installed")
    void mysql_answers_what_postfix_answers() throws Exception {
        try (var server = PrivateServers.mariadb()) {
            load(server.url(), List.of("CREATE DATABASE m CHARACTER SET utf8mb4", "USE m", "SET sql_mode='NO_BACKSLASH_ESCAPES'"), GoldenFile.load("sql/mysql"));
            play("mysql", "hosts = 127.0.0.1:" + server.port + "\ndbname = m\nuser = root\noption_group =\n", new MysqlFactory());
        }
    }

    @Test
    void sqlite_answers_what_postfix_answers() throws Exception {
        load("jdbc:sqlite:" + dir.resolve("db"), List.of(), GoldenFile.load("sql/sqlite"));
        play("sqlite", "dbpath = " + dir.resolve("db") + "\n", new SqliteFactory());
    }

    private static void load(String url, List<String> before, GoldenFile recording) throws Exception {
        try (Connection connection = PrivateServers.connect(url); Statement statement = connection.createStatement()) {
            for (String each : before) {
                statement.execute(each);
            }
            statement.setEscapeProcessing(false);
            for (String line : recording.text("statements").lines().toList()) {
                statement.execute(line);
            }
        }
    }

    private void play(String type, String connection, TableFactory factory) throws Exception {
        var wrong = new ArrayList<String>();
        int checked = 0;
        Table table = null;
        String name = "";
        String key = "";
        for (GoldenFile.Section section : GoldenFile.load("sql/" + type).sections()) {
            if (section.title().startsWith("table ")) {
                if (table != null) {
                    table.close();
                }
                name = section.title().substring(6);
                table = open(type, name, connection + section.text(), factory);
            } else if (section.title().equals("key")) {
                key = section.text().replaceFirst("\n$", "");
            } else if (!section.title().equals("statements")) {
                checked++;
                warnings.clear();
                // As lookup-core does before a table sees the key.
                Answer answer = table.find(CaseFold.fold(key));
                String expected = section.title() + " " + (section.title().equals("found") ? section.text() : String.join("\n", postfix(section.text(), type + "-" + name)));
                String here = said(answer, type + "-" + name);
                if (!here.equals(expected) && !SAFER.contains(type + " " + name)) {
                    wrong.add(type + " " + name + " [" + key + "]:\n  Postfix: " + expected.strip() + "\n  here:    " + here.strip());
                }
            }
        }
        table.close();
        assertThat(wrong).isEmpty();
        assertThat(checked).isGreaterThan(300);
    }

    private Table open(String type, String name, String text, TableFactory factory) throws Exception {
        Path file = dir.resolve(type + "-" + name + ".cf");
        Files.write(file, text.getBytes(StandardCharsets.UTF_8));
        try {
            return factory.open(Specs.of(type, file.toString(), dir, warnings::add));
        } catch (TableOpenException e) {
            return key -> {
                warnings.add(e.getMessage());
                return Answer.unavailable(e.getMessage());
            };
        }
    }

    private String said(Answer answer, String table) {
        return switch (answer) {
            case Answer.Found(String value) -> "found " + value + "\n";
            case Answer.NotFound _ -> "not found " + String.join("\n", here(table));
            case Answer.Unavailable _ -> "unavailable " + String.join("\n", here(table));
        };
    }

    /** What Postfix said, but for the lines with which each program ends that cannot answer, and whether it is a warning or an end: here nothing ends. */
    private static List<String> postfix(String stderr, String table) {
        return stderr.lines().filter(line -> !line.startsWith("postmap: fatal: table ") && !line.contains(": SQL finalize failed")).map(line -> line.replaceFirst("^postmap: (warning|fatal): ", "").replace("{root}/etc/" + table + ".cf", "TABLE"))
                .map(SqlRecordedTest::withoutDetails).toList();
    }

    /** The advice about quotes came with 3.11. */
    private List<String> here(String table) {
        return warnings.stream().filter(line -> !line.contains("without the recommended ''")).map(line -> line.replace(dir.resolve(table + ".cf").toString(), "TABLE").replaceFirst("127\\.0\\.0\\.1:\\d+", "127.0.0.1:port"))
                .map(SqlRecordedTest::withoutDetails).toList();
    }

    /** Behind its first line, a library and a driver put other things; and one has two blanks behind a colon. */
    private static String withoutDetails(String line) {
        return line.replaceFirst("\\?(LINE|CONTEXT|DETAIL|HINT).*|\\?$", "").replace("ERROR:  ", "ERROR: ");
    }
}
