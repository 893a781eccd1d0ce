// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.lookup.Specs;

/** Files that change, are replaced, are locked, are no databases. */
@Timeout(60)
class SqliteFileTest {

    @TempDir
    Path dir;
    private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());

    private Path database(String name, String... statements) throws Exception {
        Path file = dir.resolve(name);
        try (var connection = PrivateServers.connect("jdbc:sqlite:" + file); var statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
        return file;
    }

    private Table open(Path database, String query, String timeout) throws Exception {
        Path cf = Files.createTempFile(dir, "t", ".cf");
        Files.writeString(cf, "dbpath = " + database + "\nquery = " + query + "\n");
        return new SqliteFactory().open(Specs.of("sqlite", cf.toString(), dir, warnings::add, Settings.parse("table_lookup_timeout = " + timeout)));
    }

    @Test
    void changes_and_replacements_are_seen_by_the_next_lookup() throws Exception {
        Path file = database("db", "CREATE TABLE t (k, v)", "INSERT INTO t VALUES ('k', 'one')");
        try (Table table = open(file, "SELECT v FROM t WHERE k = '%s'", "5s")) {
            assertThat(table.find("k")).isEqualTo(Answer.found("one"));
            database("db", "UPDATE t SET v = 'two'");
            assertThat(table.find("k")).isEqualTo(Answer.found("two"));
            Files.move(database("new", "CREATE TABLE t (k, v)", "INSERT INTO t VALUES ('k', 'three')"), file, StandardCopyOption.ATOMIC_MOVE);
            assertThat(table.find("k")).isEqualTo(Answer.found("three"));
            Files.delete(file);
            assertThat(table.find("k")).isInstanceOf(Answer.Unavailable.class);
            assertThat(file).doesNotExist();
            database("db", "CREATE TABLE t (k, v)", "INSERT INTO t VALUES ('k', 'four')");
            assertThat(table.find("k")).isEqualTo(Answer.found("four"));
        }
    }

    /** As Postfix does since 3.11, at open: what stands in the text is its own, and double quotes are for names. */
    @Test
    void an_escape_outside_single_quotes_is_warned_of() throws Exception {
        Path file = database("db", "CREATE TABLE t (k, v)");
        for (String good : List.of("SELECT v FROM t WHERE k = '%s' OR k = '%u@%d'", "SELECT v FROM t WHERE k = '\"%s\"'", "SELECT '%s', 7 %% 2, \"%%s\"")) {
            open(file, good, "5s").close();
            assertThat(warnings).as(good).isEmpty();
        }
        String bad = "SELECT \"'%u'\" FROM t WHERE n = %s AND k = '%d' AND 7 %% 2 = %1";
        open(file, bad, "5s").close();
        String name = warnings.getFirst().substring(0, warnings.getFirst().indexOf(": query"));
        assertThat(name).startsWith("sqlite:" + dir).endsWith(".cf");
        assertThat(warnings).containsExactly(name + ": query >" + bad + "< contains >%u< without the recommended '' quotes", name + ": query >" + bad + "< contains >%s< without the recommended '' quotes",
                name + ": query >" + bad + "< contains >%1< without the recommended '' quotes");
    }

    @Test
    void a_limit_below_zero_is_none() throws Exception {
        Path file = database("db", "CREATE TABLE t (k, v)", "INSERT INTO t VALUES ('k', 'one'), ('k', 'two')");
        try (Table table = open(file, "SELECT v FROM t WHERE k = '%s'\nexpansion_limit = -1", "50s")) {
            assertThat(table.find("k")).isEqualTo(Answer.found("one,two"));
        }
    }

    @Test
    void an_escape_in_a_comment_is_left_out_and_warned_of() throws Exception {
        Path file = database("db", "CREATE TABLE t (k, v)", "INSERT INTO t VALUES ('k@example.test', 'v')");
        String query = "SELECT v FROM t WHERE k = '%s'; -- '%s'";
        try (Table table = open(file, query, "50s")) {
            assertThat(table.find("k@example.test")).isEqualTo(Answer.found("v"));
            assertThat(table.find("x\n@example.test")).isEqualTo(Answer.NOT_FOUND);
            assertThat(warnings).singleElement().asString().startsWith("sqlite:" + dir).endsWith(": query >" + query + "< contains >%s< in a comment -- left out");
        }
    }

    @Test
    void a_query_of_nothing_does_not_open() throws Exception {
        Path file = database("db", "CREATE TABLE t (k, v)");
        for (String query : List.of(";", "-- '%s'")) {
            assertThatThrownBy(() -> open(file, query, "5s")).hasMessageStartingWith(dir.toString()).hasMessageEndingWith(".cf: no statement in a query template: \"" + query + "\"");
        }
    }

    @Test
    void the_file_is_only_read() throws Exception {
        Path file = database("db", "CREATE TABLE t (k, v)");
        try (Table table = open(file, "INSERT INTO t VALUES ('%s', 1) RETURNING k", "5s")) {
            assertThat(table.find("k")).isInstanceOf(Answer.Unavailable.class);
            assertThat(warnings.getLast()).contains("readonly database");
        }
    }

    /** The file keeps any bytes. Replacement characters in an address would send mail to somebody else, or back. */
    @Test
    void a_value_that_is_not_UTF_8_is_unavailable() throws Exception {
        Path file = database("bytes", "CREATE TABLE t (k, v)", "INSERT INTO t VALUES ('k', CAST(X'6772fc6e' AS TEXT)), ('cut', CAST(X'ef' AS TEXT)), ('good', char(65533) || 'x')");
        try (Table table = open(file, "SELECT v FROM t WHERE k = '%s'", "5s")) {
            for (String bad : List.of("k", "cut")) {
                assertThat(table.find(bad)).isInstanceOfSatisfying(Answer.Unavailable.class, why -> assertThat(why.reason()).contains("value is not UTF-8"));
            }
            assertThat(table.find("good")).isEqualTo(Answer.found("\ufffdx"));
        }
    }

    @Test
    void a_query_without_end_is_stopped_at_the_deadline() throws Exception {
        Path file = database("db", "CREATE TABLE t (k, v)", "INSERT INTO t VALUES ('k', 'v')");
        try (Table table = open(file, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c WHERE '%s' = 'x' OR x < 0", "1s"); Table other = open(file, "SELECT v FROM t WHERE k = '%s'", "5s")) {
            assertThat(table.find("k")).isInstanceOf(Answer.Unavailable.class);
            assertThat(other.find("k")).isEqualTo(Answer.found("v"));
        }
    }

    @Test
    void a_file_locked_by_a_writer_is_unavailable_and_then_found() throws Exception {
        Path file = database("db", "CREATE TABLE t (k, v)", "INSERT INTO t VALUES ('k', 'v')");
        try (Table table = open(file, "SELECT v FROM t WHERE k = '%s'", "1s"); var writer = PrivateServers.connect("jdbc:sqlite:" + file); var statement = writer.createStatement()) {
            statement.execute("BEGIN EXCLUSIVE");
            assertThat(table.find("k")).isInstanceOf(Answer.Unavailable.class);
            statement.execute("COMMIT");
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
        }
    }

    @Test
    void what_is_no_database_is_unavailable() throws Exception {
        assertThatThrownBy(() -> open(dir.resolve("none"), "SELECT '%s'", "5s")).hasMessageContaining("open database " + dir.resolve("none") + ": unable to open database file: No such file or directory");
        // The first use in a process loads the library, which takes its time on a busy machine.
        Path text = Files.writeString(dir.resolve("text"), "x".repeat(5000));
        try (Table table = open(text, "SELECT v FROM t WHERE k = '%s'", "50s")) {
            assertThat(table.find("k")).isInstanceOf(Answer.Unavailable.class);
            assertThat(warnings.getLast()).contains("file is not a database");
        }
    }

    @Test
    void a_domain_list_that_cannot_be_read_is_unavailable_never_not_found() throws Exception {
        Path file = database("db", "CREATE TABLE t (k, v)", "INSERT INTO t VALUES ('k@example.test', 'v')");
        for (String domain : new String[] {dir + "/none", "hash:" + dir + "/none", "other.test, !" + dir + "/none"}) {
            try (Table table = open(file, "SELECT v FROM t WHERE k = '%s'\ndomain = " + domain, "50s")) {
                assertThat(table.find("k@example.test")).as(domain).isInstanceOf(Answer.Unavailable.class);
                assertThat(table.find("x@example.test")).as(domain).isInstanceOf(Answer.Unavailable.class);
            }
        }
    }
}
