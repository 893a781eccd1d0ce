// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.lookup.Specs;

/** What mysql_table(5) has and the others have not, with a real MariaDB: option files, sockets, modes, TLS, trouble. */
@EnabledIf(value = "org.ostler.lookup.sql.PrivateServers#mariadbIsHere", disabledReason = "MariaDB's server is not installed")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class MysqlOptionsTest {

    private static final String LOOKUP = "query = SELECT v FROM t WHERE k = '%s'\n";

    private PrivateServers.Mariadb server;
    private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());
    @TempDir
    Path dir;

    @BeforeAll
    void startServer() throws Exception {
        server = PrivateServers.mariadb();
        server.certificates();
        server.kill();
        server.start();
        server.sql("CREATE DATABASE m CHARACTER SET utf8mb4", "CREATE TABLE m.t (k varchar(99), v varchar(99))", "INSERT INTO m.t VALUES ('k', 'v'), ('o''x', 'quote'), ('back\\\\x', 'backslash')",
                "CREATE USER mail@'127.0.0.1' IDENTIFIED BY '" + PrivateServers.PASSWORD + "'", "CREATE USER mail@localhost IDENTIFIED BY '" + PrivateServers.PASSWORD + "'", "CREATE USER secure@'127.0.0.1' REQUIRE SSL",
                "CREATE USER known@'127.0.0.1' REQUIRE X509", "GRANT SELECT ON m.* TO mail@'127.0.0.1'", "GRANT SELECT ON m.* TO mail@localhost", "GRANT SELECT ON m.* TO secure@'127.0.0.1'", "GRANT SELECT ON m.* TO known@'127.0.0.1'");
    }

    @AfterAll
    void stopServer() {
        server.close();
    }

    @BeforeEach
    void forget() {
        warnings.clear();
    }

    private Table open(String text, String timeout) throws Exception {
        Path file = Files.createTempFile(dir, "t", ".cf");
        Files.writeString(file, "dbname = m\n" + text);
        return new MysqlFactory().open(Specs.of("mysql", file.toString(), dir, warnings::add, Settings.parse("table_lookup_timeout = " + timeout)));
    }

    private String tcp() {
        return "hosts = 127.0.0.1:" + server.port + "\n";
    }

    @Test
    void option_files_give_login_port_and_socket() throws Exception {
        Path included = Files.writeString(dir.resolve("more.cnf"), "[mailtables]\npassword = '" + PrivateServers.PASSWORD + "'\n");
        Path options = Files.writeString(dir.resolve("my.cnf"), "# test\n[client]\nuser=mail\nsocket = " + server.dir.resolve("s") + "\nport = " + server.port + "\n[mysqld]\nuser=other\n!include " + included + "\n");
        String more = "option_file = " + options + "\noption_group = mailtables\n" + LOOKUP;
        for (String hosts : List.of("hosts = localhost\n", "hosts = 127.0.0.1\n", "hosts = unix:" + server.dir.resolve("s") + "\n")) {
            try (Table table = open(hosts + more, "5s")) {
                assertThat(table.find("k")).as(hosts + warnings).isEqualTo(Answer.found("v"));
            }
        }
    }

    @Test
    void a_comment_asks_nothing() throws Exception {
        for (String query : List.of("SELECT v FROM t WHERE k = '%s' -- '%s'", "SELECT v FROM t WHERE k = '%s' # %s?", "SELECT v /* '%u' %s? */ FROM t WHERE k = '%s'")) {
            try (Table table = open(tcp() + "option_group =\nuser = root\nquery = " + query + "\n", "5s")) {
                assertThat(table.find("k")).as(query + warnings).isEqualTo(Answer.found("v"));
                assertThat(table.find("x\nUNION SELECT 'y'")).as(query + warnings).isEqualTo(Answer.NOT_FOUND);
            }
        }
    }

    /** Without {@code require_result_set} a command that was done is "not found"; one that failed never. */
    @Test
    void what_gives_no_rows_is_not_found_only_where_the_server_has_done_it() throws Exception {
        String base = tcp() + "option_group =\nuser = root\n";
        for (String done : List.of("SET @x = '%s'", "DO '%s'", "DELETE FROM t WHERE k = '%s' AND false")) {
            try (Table table = open(base + "require_result_set = no\nquery = " + done + "\n", "5s"); Table strict = open(base + "query = " + done + "\n", "5s")) {
                assertThat(table.find("k")).as(done + warnings).isEqualTo(Answer.NOT_FOUND);
                assertThat(strict.find("k")).as(done + warnings).isInstanceOf(Answer.Unavailable.class);
            }
        }
        for (String broken : List.of("SE @x = '%s'", "CALL nothing('%s')", "DELETE FROM none WHERE k = '%s'")) {
            try (Table table = open(base + "require_result_set = no\nquery = " + broken + "\n", "5s")) {
                assertThat(table.find("k")).as(broken + warnings).isInstanceOf(Answer.Unavailable.class);
            }
        }
    }

    @Test
    void sockets_come_first_and_a_wrong_password_is_not_logged() throws Exception {
        try (Table table = open("hosts = 127.0.0.1:" + server.port + " unix:/nonexistent\noption_group =\nuser = mail\npassword = Wr0ng-Word\n" + LOOKUP, "5s")) {
            assertThat(table.find("k")).isInstanceOf(Answer.Unavailable.class);
            assertThat(warnings.getFirst()).startsWith("connect to mysql server unix:/nonexistent: ");
            assertThat(warnings.get(1)).startsWith("connect to mysql server 127.0.0.1:" + server.port + ": Access denied for user 'mail'").doesNotContain("Wr0ng");
        }
    }

    /** The rule for literals is the server's; the answer is the same under each. */
    @Test
    void modes_of_the_server_are_heeded() throws Exception {
        for (String mode : List.of("", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES,ANSI_QUOTES")) {
            server.sql("SET GLOBAL sql_mode = '" + mode + "'");
            String quoted = mode.contains("ANSI") ? "'%s'" : "\"%s\"";
            for (String literal : List.of("'%s'", "_utf8mb4'%s'", quoted)) {
                try (Table table = open(tcp() + "option_group =\nuser = root\nquery = SELECT v FROM t WHERE k = " + literal + "\n", "5s")) {
                    assertThat(table.find("o'x")).as(mode + literal + warnings).isEqualTo(Answer.found("quote"));
                    assertThat(table.find("back\\x")).as(mode + literal + warnings).isEqualTo(Answer.found("backslash"));
                    for (String attack : List.of("\\' OR 1=1 -- ", "' OR '1'='1", "\" OR \"1\"=\"1", "x\\", "\\\" OR 1=1 -- ")) {
                        assertThat(table.find(attack)).as(mode + literal + attack + warnings).isEqualTo(Answer.NOT_FOUND);
                    }
                }
            }
        }
        server.sql("SET GLOBAL sql_mode = DEFAULT");
    }

    @Test
    void tls_by_the_files_of_the_manual_page() throws Exception {
        String base = tcp() + "option_group =\n" + LOOKUP;
        String authority = "tls_CAfile = " + server.dir.resolve("ca.pem") + "\n";
        String certificate = "tls_cert_file = " + server.dir.resolve("client.pem") + "\ntls_key_file = " + server.dir.resolve("client.key") + "\n";
        Path directory = Files.createDirectory(dir.resolve("authorities"));
        Files.copy(server.dir.resolve("ca.pem"), directory.resolve("ca.pem"));
        try (Table byPath = open(base + "user = secure\ntls_CApath = " + directory + "\n", "5s")) {
            assertThat(byPath.find("k")).as(warnings.toString()).isEqualTo(Answer.found("v"));
        }
        try (Table plain = open(base + "user = secure\n", "5s"); Table encrypted = open(base + "user = secure\n" + authority, "5s"); Table known = open(base + "user = known\n" + authority + certificate, "5s");
                Table verified = open(base + "user = secure\ntls_verify_cert = yes\ntls_ciphers = ECDHE-RSA-AES256-GCM-SHA384:TLS_AES_256_GCM_SHA384\n" + authority, "5s");
                Table stranger = open(base + "user = secure\ntls_CAfile = " + server.dir.resolve("client.pem") + "\n", "5s")) {
            assertThat(plain.find("k")).isInstanceOf(Answer.Unavailable.class);
            warnings.clear();
            assertThat(encrypted.find("k")).as(warnings.toString()).isEqualTo(Answer.found("v"));
            assertThat(known.find("k")).as(warnings.toString()).isEqualTo(Answer.found("v"));
            assertThat(verified.find("k")).as(warnings.toString()).isEqualTo(Answer.found("v"));
            assertThat(stranger.find("k")).isInstanceOf(Answer.Unavailable.class);
        }
    }

    /** An authority's file that is empty, or the wrong one, does not mean that anybody will do. */
    @Test
    void without_a_certificate_in_the_files_there_is_no_connection() throws Exception {
        String base = tcp() + "option_group =\nuser = secure\n" + LOOKUP;
        String key = server.dir.resolve("client.key").toString();
        Path empty = Files.createDirectory(dir.resolve("no-authorities"));
        String certificate = "tls_CAfile = " + server.dir.resolve("ca.pem") + "\ntls_cert_file = " + key + "\ntls_key_file = " + key + "\n";
        Path missing = dir.resolve("missing.pem");
        try (Table none = open(base + "tls_CAfile = " + missing + "\n", "5s"); Table file = open(base + "tls_CAfile = " + key + "\n", "5s"); Table path = open(base + "tls_CApath = " + empty + "\n", "5s"); Table client = open(base + certificate, "5s")) {
            assertThat(none.find("k")).isInstanceOf(Answer.Unavailable.class);
            assertThat(file.find("k")).isInstanceOf(Answer.Unavailable.class);
            assertThat(path.find("k")).isInstanceOf(Answer.Unavailable.class);
            assertThat(client.find("k")).isInstanceOf(Answer.Unavailable.class);
        }
        assertThat(String.join("\n", warnings)).contains("cannot read CA certificates: " + missing + ": No such file or directory", "no certificate in " + key, "no certificate in " + empty, "cannot read the client certificate " + key);
    }

    @Test
    void other_character_sets_change_what_the_server_sees() throws Exception {
        server.sql("INSERT INTO m.t VALUES ('gr\u00c3\u00bcn', 'mojibake \u00c3\u00bc')");
        String login = tcp() + "option_group =\nuser = mail\npassword = " + PrivateServers.PASSWORD + "\n" + LOOKUP;
        try (Table utf8 = open(login, "5s"); Table latin1 = open(login + "charset = latin1\n", "5s")) {
            assertThat(utf8.find("gr\u00fcn")).isEqualTo(Answer.NOT_FOUND);
            assertThat(latin1.find("gr\u00fcn")).as(warnings.toString()).isEqualTo(Answer.found("mojibake \u00fc"));
        }
    }

    /** Meanwhile nobody is asked. */
    @Test
    void a_host_that_failed_is_asked_again_when_its_time_is_over() throws Exception {
        int free = PrivateServers.freePort();
        try (Table table = open("hosts = 127.0.0.1:" + free + "\noption_group =\nuser = mail\nretry_interval = 1\nidle_interval = 1\n" + LOOKUP, "5s")) {
            assertThat(table.find("k")).isInstanceOf(Answer.Unavailable.class);
            int tried = warnings.size();
            assertThat(table.find("k")).isEqualTo(Answer.unavailable("no host may be asked at the moment"));
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (warnings.size() == tried && System.nanoTime() < end) {
                assertThat(table.find("k")).isInstanceOf(Answer.Unavailable.class);
            }
            assertThat(warnings).hasSizeGreaterThan(tried);
        }
    }

    @Test
    void a_slow_query_is_cancelled_and_a_restart_survived() throws Exception {
        try (Table table = open(tcp() + "option_group =\nuser = root\nquery = SELECT v FROM t WHERE k = 'k' AND sleep('%s') = 0\n", "1s")) {
            assertThat(table.find("40")).isInstanceOf(Answer.Unavailable.class);
            assertThat(table.find("0")).as(warnings.toString()).isEqualTo(Answer.found("v"));
            server.kill();
            server.start();
            assertThat(table.find("0")).as(warnings.toString()).isEqualTo(Answer.found("v"));
        }
    }
}
