// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.lookup.core.PlainTables;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.sql.SqlDriver;
import org.ostler.mail.lookup.sql.SqlServer;
import org.ostler.mail.tck.lookup.Specs;
import org.ostler.sql.postgresql.PostgresqlDriver;

/** Servers that are away, slow, killed or changed, with a real PostgreSQL. */
@EnabledIf(value = "org.ostler.lookup.sql.PrivateServers#postgresIsHere", disabledReason = "PostgreSQL is not installed")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class TroubleTest {

    private static final String LOOKUP = "query = SELECT v FROM t WHERE k = '%s'\n";

    private PrivateServers.Postgres server;
    private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());
    @TempDir
    Path dir;

    @BeforeAll
    void startServer() throws Exception {
        server = PrivateServers.postgres();
        server.sql("CREATE TABLE t (k text, v text)", "INSERT INTO t VALUES ('k', 'v'), ('gr\u00fcn', '\u00fc')");
        Files.createSymbolicLink(server.dir.resolve(".s.PGSQL.5432"), server.dir.resolve(".s.PGSQL." + server.port));
    }

    @AfterAll
    void stopServer() {
        server.close();
    }

    @BeforeEach
    void forget() {
        warnings.clear();
    }

    private String here() {
        return "127.0.0.1:" + server.port;
    }

    private String cf(String hosts, String more) {
        return "hosts = " + hosts + "\ndbname = postgres\nuser = mail\npassword = " + PrivateServers.PASSWORD + "\n" + more;
    }

    private SqlTable open(String text) throws Exception {
        return open(text, "5s");
    }

    private SqlTable open(String text, String timeout) throws Exception {
        Path file = Files.createTempFile(dir, "t", ".cf");
        Files.writeString(file, text);
        return (SqlTable) new PgsqlFactory().open(Specs.of("pgsql", file.toString(), dir, warnings::add, Settings.parse("table_lookup_timeout = " + timeout)));
    }

    @Test
    void the_next_host_is_asked_and_the_failed_one_left_alone() throws Exception {
        try (Table table = open(cf("unix:/nonexistent " + here(), LOOKUP))) {
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
            assertThat(warnings).singleElement().asString().startsWith("connect to pgsql server unix:/nonexistent: ");
            assertThat(table.find("none")).isEqualTo(Answer.NOT_FOUND);
            assertThat(warnings).hasSize(1);
        }
    }

    @Test
    void nobody_to_ask_is_unavailable_and_says_so_without_secrets() throws Exception {
        String free = "127.0.0.1:" + PrivateServers.freePort();
        try (Table table = open(cf(free, LOOKUP)); Table uri = open("hosts = postgresql://mail:Very-S3cret@" + free + "/x?sslpassword=An0ther\n" + LOOKUP);
                Table wrong = open(cf(here(), LOOKUP).replace(PrivateServers.PASSWORD, "Wr0ng-Word"))) {
            assertThat(table.find("k")).isInstanceOf(Answer.Unavailable.class);
            assertThat(warnings).hasSize(2).allMatch(line -> line.startsWith("connect to pgsql server " + free + ": "));
            assertThat(table.find("k")).isEqualTo(Answer.unavailable("no host may be asked at the moment"));
            assertThat(warnings).hasSize(2);
            warnings.add(String.valueOf(uri.find("k")));
            warnings.add(String.valueOf(wrong.find("k")));
            assertThat(String.join("\n", warnings)).contains("password authentication failed").contains("mail:...@").doesNotContain("S3cret").doesNotContain("An0ther").doesNotContain("Wr0ng");
        }
    }

    @Test
    void sockets_and_connection_uris_lead_there_too() throws Exception {
        String login = "mail:" + PrivateServers.PASSWORD;
        for (String hosts : List.of(server.dir.toString(), "unix:" + server.dir, "postgresql://" + login + "@127.0.0.1:" + server.port + "/postgres?connect_timeout=3",
                "postgres://" + login + "@" + server.dir.toString().replace("/", "%2F") + "/postgres", "postgresql:///postgres?host=" + server.dir + "&port=" + server.port + "&user=mail&password=" + PrivateServers.PASSWORD)) {
            try (Table table = open(cf(hosts, LOOKUP))) {
                assertThat(table.find("k")).as(hosts + warnings).isEqualTo(Answer.found("v"));
            }
        }
        try (Table table = open("hosts = postgresql://x@127.0.0.1/y?nosuch=1\n" + LOOKUP)) {
            assertThat(table.find("k")).isInstanceOf(Answer.Unavailable.class);
            assertThat(warnings.getLast()).contains("invalid URI query parameter: \"nosuch\"");
        }
    }

    @Test
    void a_restarted_server_is_noticed_by_the_lookup_that_needs_it() throws Exception {
        try (SqlTable table = open(cf(here() + " " + here(), LOOKUP))) {
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
            assertThat(table.idleConnections()).isOne();
            server.kill();
            server.start();
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
            assertThat(warnings).isEmpty();
        }
    }

    @Test
    void a_server_killed_in_the_middle_is_unavailable_not_not_found() throws Exception {
        try (Table table = open(cf(here(), "query = SELECT v FROM t, pg_sleep(30) WHERE k = '%s'\n"), "50s")) {
            Future<Answer> answer = CompletableFuture.supplyAsync(() -> table.find("k"), command -> Thread.ofVirtual().start(command));
            await("SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid()");
            server.kill();
            assertThat(answer.get(50, TimeUnit.SECONDS)).isInstanceOf(Answer.Unavailable.class);
        } finally {
            server.start();
        }
    }

    @Test
    void a_slow_query_is_cancelled_at_the_server() throws Exception {
        try (Table table = open(cf(here(), "query = SELECT '%u' FROM pg_sleep('%s'::integer * 40)\n"), "1s")) {
            assertThat(table.find("1")).isEqualTo(Answer.unavailable(here() + ": no answer in 1 s"));
            await("SELECT count(*) = 0 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%* 40%' AND pid <> pg_backend_pid()");
            assertThat(table.find("0")).isEqualTo(Answer.found("0"));
        }
    }

    @Test
    void a_frozen_server_holds_nobody_past_the_deadline() throws Exception {
        Path file = Files.writeString(dir.resolve("frozen.cf"), cf(here(), LOOKUP));
        var tables = new PlainTables().tables(Settings.parse("table_lookup_timeout = 1s"), dir, warnings::add).open("pgsql:" + file, "test");
        assertThat(tables.find("k")).isEqualTo(Answer.found("v"));
        server.signal("STOP");
        try {
            assertThat(tables.find("k")).isInstanceOf(Answer.Unavailable.class);
        } finally {
            server.signal("CONT");
        }
    }

    @Test
    void a_comment_asks_nothing() throws Exception {
        for (String query : List.of("SELECT v FROM t WHERE k = '%s'; -- '%s'", "SELECT v FROM t -- '%s'\r WHERE k = '%s'", "SELECT v /* '%u' /* %s? */ */ FROM t WHERE k = '%s'")) {
            try (Table table = open(cf(here(), "query = " + query + "\n"))) {
                assertThat(table.find("k")).as(query + warnings).isEqualTo(Answer.found("v"));
                assertThat(table.find("x\nSELECT 'y'")).as(query + warnings).isEqualTo(Answer.NOT_FOUND);
            }
        }
    }

    /** As libpq tells Postfix: a command that was done is an answer without rows; what is none, or of another kind, is a failure. */
    @Test
    void what_gives_no_rows_is_not_found_only_where_the_server_has_done_it() throws Exception {
        for (String done : List.of("UPDATE pg_temp.c SET n = '%s'", "DO $$ BEGIN END $$", "SET statement_timeout = 4000", "SELECT v FROM t WHERE false")) {
            try (Table table = open(cf(here(), "query = CREATE TEMPORARY TABLE IF NOT EXISTS c (n text); " + done + "\n"))) {
                assertThat(table.find("k")).as(done + warnings).isEqualTo(Answer.NOT_FOUND);
            }
        }
        for (String broken : List.of("COPY t TO STDOUT", "CALL nothing('%s')", "SELECT v FROM t WHERE k = '%s'; SELEC", "UPDATE none SET n = '%s'")) {
            try (Table table = open(cf(here(), "query = " + broken + "\n"))) {
                assertThat(table.find("k")).as(broken + warnings).isInstanceOf(Answer.Unavailable.class);
            }
        }
    }

    /** A single bad key must not cut off the others, as it does where the host is left alone after it. */
    @Test
    void a_key_that_the_query_chokes_on_costs_only_its_own_lookup() throws Exception {
        try (Table table = open(cf(here(), "query = SELECT 10 / '%s'::integer\n"))) {
            assertThat(table.find("x")).isInstanceOf(Answer.Unavailable.class);
            assertThat(table.find("0")).isInstanceOf(Answer.Unavailable.class);
            assertThat(table.find("5")).isEqualTo(Answer.found("2"));
            assertThat(warnings).hasSize(2).allMatch(line -> line.startsWith("pgsql query failed: fatal error from host " + here() + ": ERROR: "));
        }
    }

    @Test
    void idle_connections_are_closed_and_busy_ones_shared() throws Exception {
        try (SqlTable table = open(cf(here(), LOOKUP + "connection_limit = 2\nidle_interval = 1\n")); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<Answer>>();
            for (int i = 0; i < 200; i++) {
                answers.add(threads.submit(() -> table.find("k")));
            }
            for (Future<Answer> answer : answers) {
                assertThat(answer.get()).isEqualTo(Answer.found("v"));
            }
            assertThat(table.idleConnections()).isBetween(1, 2);
            while (table.idleConnections() > 0) {
                LockSupport.parkNanos(20_000_000);
            }
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
        }
    }

    @Test
    void a_connection_of_a_driver_that_has_gone_is_not_used_again() throws Exception {
        Path file = Files.writeString(dir.resolve("driver.cf"), cf(here(), LOOKUP));
        var drivers = new Drivers("pgsql");
        drivers.contained();
        var opened = Collections.synchronizedList(new ArrayList<String>());
        SqlDriver one = counting("one", opened);
        SqlDriver two = counting("two", opened);
        try (SqlTable table = drivers.opened(new SqlTable(new TableSetup(Specs.of("pgsql", file.toString(), dir, warnings::add), Dialect.PGSQL), drivers, null))) {
            drivers.bind(one, 1);
            table.find("k");
            table.find("k");
            drivers.unbind(one, 1);
            assertThat(table.idleConnections()).isZero();
            Future<Answer> waiting = CompletableFuture.supplyAsync(() -> table.find("k"));
            drivers.bind(two, 1);
            assertThat(waiting.get()).isEqualTo(Answer.found("v"));
        }
        assertThat(opened).containsExactly("one", "two");
    }

    private static SqlDriver counting(String name, List<String> opened) {
        var driver = new PostgresqlDriver();
        return (SqlServer target) -> {
            opened.add(name);
            return driver.source(target);
        };
    }

    @Test
    void other_encodings_change_what_the_server_sees() throws Exception {
        server.sql("INSERT INTO t VALUES ('gr\u00c3\u00bcn', 'mojibake \u00c3\u00bc')");
        try (Table utf8 = open(cf(here(), LOOKUP)); Table latin1 = open(cf(here(), LOOKUP + "encoding = LATIN1\n"))) {
            assertThat(utf8.find("gr\u00fcn")).isEqualTo(Answer.found("\u00fc"));
            assertThat(latin1.find("gr\u00fcn")).isEqualTo(Answer.found("mojibake \u00fc"));
        }
    }

    @Test
    void keys_that_are_no_text_are_not_found_and_not_asked_for() throws Exception {
        try (Table table = open(cf("127.0.0.1:" + PrivateServers.freePort(), LOOKUP))) {
            assertThat(table.find("k\0")).isEqualTo(Answer.NOT_FOUND);
            assertThat(table.find("k\ud800")).isEqualTo(Answer.NOT_FOUND);
            assertThat(warnings).isEmpty();
        }
    }

    private void await(String question) throws Exception {
        try (var connection = PrivateServers.connect(server.url()); var statement = connection.createStatement()) {
            for (int i = 0; i < 500; i++) {
                try (var rows = statement.executeQuery(question)) {
                    rows.next();
                    if (rows.getBoolean(1)) {
                        return;
                    }
                }
                LockSupport.parkNanos(20_000_000);
            }
        }
        throw new AssertionError(question);
    }
}
