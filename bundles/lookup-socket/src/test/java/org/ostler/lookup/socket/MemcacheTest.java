// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.tck.lookup.Memcached;
import org.ostler.mail.tck.lookup.OutageContract;
import org.ostler.mail.tck.lookup.ScriptedServer;
import org.ostler.mail.tck.lookup.Specs;

/** With the real memcached; left out by name where it is not installed. Lookups that Postfix answers too are in the postmap module. */
@Timeout(120)
@EnabledIf(value = "org.ostler.mail.tck.lookup.Memcached#isHere", disabledReason = "memcached is not installed")
class MemcacheTest implements OutageContract {

    private static Memcached memcached;
    /** Each table has keys of its own in the one server. */
    private static final AtomicInteger NUMBER = new AtomicInteger();

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();

    private AutoCloseable fill;

    @BeforeAll
    static void start() throws Exception {
        memcached = new Memcached();
    }

    @AfterAll
    static void stop() throws Exception {
        memcached.close();
    }

    private TableSpec spec(String parameters) throws Exception {
        Path file = dir.resolve("mc" + NUMBER.incrementAndGet() + ".cf");
        Files.writeString(file, "memcache = inet:127.0.0.1:" + memcached.port + "\n" + parameters);
        return Specs.of("memcache", file.toString(), dir, warnings::add);
    }

    @Override
    public Table tableWith(Map<String, String> entries) throws Exception {
        String prefix = "t" + NUMBER.incrementAndGet() + ":";
        TableSpec spec = spec("timeout = 60\nkey_format = " + prefix + "%s\n");
        fill = () -> {
            try (var server = new Memcache(spec)) {
                for (var e : entries.entrySet()) {
                    server.set((prefix + CaseFold.fold(e.getKey())).getBytes(UTF_8), e.getValue().getBytes(UTF_8), inAMinute());
                }
            }
        };
        fill.close();
        return new MemcacheFactory().open(spec);
    }

    /** Afterwards another process listens on the same port, which has forgotten everything. */
    @Override
    public AutoCloseable outage() throws Exception {
        memcached.close();
        return () -> {
            memcached = new Memcached(memcached.port);
            fill.close();
        };
    }

    private static long inAMinute() {
        return System.nanoTime() + Duration.ofMinutes(1).toNanos();
    }

    /** A backup that counts how often it is asked. */
    private record Backup(Answer answer, AtomicInteger asked, List<String> wrong) implements Tables, TableList {
        Backup(Answer answer, AtomicInteger asked) {
            this(answer, asked, List.of());
        }

        @Override
        public TableList open(String maps, String title) {
            return this;
        }

        @Override
        public List<String> check(String maps, String title) {
            return wrong;
        }

        @Override
        public Answer find(String key) {
            asked.incrementAndGet();
            return answer;
        }

        @Override
        public Answer findExact(String key) {
            return find(key);
        }

        @Override
        public boolean isEmpty() {
            return false;
        }

        @Override
        public String text() {
            return "backup";
        }
    }

    private Table backed(String parameters, Backup backup) throws Exception {
        TableSpec s = spec("backup = x:y\n" + parameters);
        return new MemcacheFactory().open(new TableSpec(s.type(), s.name(), s.settings(), s.configDirectory(), backup, s.warnings()));
    }

    @Test
    void what_the_backup_knows_is_asked_once() throws Exception {
        var backup = new Backup(Answer.found("from backup"), new AtomicInteger());
        try (Table table = backed("key_format = once:%s\nflags = 7\nttl = 100\n", backup)) {
            for (int i = 0; i < 3; i++) {
                assertThat(table.find("k")).isEqualTo(Answer.found("from backup"));
            }
            assertThat(backup.asked.get()).isEqualTo(1);
            // Cannot be a key of the server.
            assertThat(table.find("with blank")).isEqualTo(Answer.found("from backup"));
            assertThat(table.find("l".repeat(300))).isEqualTo(Answer.found("from backup"));
        }
        assertThat(warnings).isEmpty();
    }

    @Test
    void a_backup_that_is_unavailable_is_not_taken_for_not_found_and_not_remembered() throws Exception {
        var backup = new Backup(Answer.unavailable("down"), new AtomicInteger());
        try (Table table = backed("key_format = down:%s\n", backup)) {
            assertThat(table.find("k")).isEqualTo(Answer.unavailable("down"));
            assertThat(table.find("k")).isEqualTo(Answer.unavailable("down"));
        }
        assertThat(backup.asked.get()).isEqualTo(2);
    }

    @Test
    void a_server_that_is_down_leaves_the_work_to_the_backup() throws Exception {
        var backup = new Backup(Answer.found("v"), new AtomicInteger());
        Path file = dir.resolve("gone.cf");
        Files.writeString(file, "memcache = inet:127.0.0.1:" + ScriptedServer.closedPort() + "\nbackup = x:y\n");
        TableSpec s = Specs.of("memcache", file.toString(), dir, warnings::add);
        try (Table table = new MemcacheFactory().open(new TableSpec(s.type(), s.name(), s.settings(), s.configDirectory(), backup, s.warnings()))) {
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
        }
        assertThat(warnings).singleElement().asString().contains("connect to 127.0.0.1:").endsWith(": Connection refused");
    }

    /** All tries and pauses would take longer than the lookup may. */
    @Test
    void a_server_that_hangs_leaves_the_work_to_the_backup_and_is_left_alone() throws Exception {
        var backup = new Backup(Answer.found("v"), new AtomicInteger());
        try (var server = new ScriptedServer(ScriptedServer.Framing.LINE, _ -> ScriptedServer.SILENCE); Table table = new MemcacheFactory().open(spec(server, "timeout = 5\n", backup))) {
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
            assertThat(server.requests()).containsExactly("get k");
            assertThat(warnings).hasSize(2);
            assertThat(warnings.getFirst()).startsWith("database memcache:").endsWith(": I/O error: timeout");
            assertThat(warnings.getLast()).isEqualTo("connect to 127.0.0.1:" + server.port() + ": timeout a moment ago");
        }
    }

    /** What the backup said must not be lost for that. */
    @Test
    void a_server_that_hangs_when_it_is_to_store_is_asked_once() throws Exception {
        var backup = new Backup(Answer.found("v"), new AtomicInteger());
        try (var server = new ScriptedServer(ScriptedServer.Framing.LINE, request -> request.startsWith("get ") ? "END\r\n" : ScriptedServer.SILENCE)) {
            assertThat(find(server, "timeout = 5\n", backup)).isEqualTo(Answer.found("v"));
            assertThat(server.requests()).containsExactly("get k", "set k 0 3600 1", "v");
        }
        assertThat(warnings).singleElement().asString().endsWith(": I/O error: timeout");
    }

    /** The deadline of the lookup interrupts it: the backup would be blamed for that. */
    @Test
    void a_backup_is_not_asked_when_nobody_waits_any_more() throws Exception {
        var backup = new Backup(Answer.found("v"), new AtomicInteger());
        Thread asking = Thread.currentThread();
        try (var server = new ScriptedServer(ScriptedServer.Framing.LINE, _ -> {
            asking.interrupt();
            return ScriptedServer.SILENCE;
        })) {
            Answer answer = find(server, "timeout = 60\n", backup);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(answer).isEqualTo(Answer.unavailable("interrupted"));
        }
        assertThat(backup.asked).hasValue(0);
    }

    @Test
    void main_cf_may_hold_the_parameters_and_mistakes_are_named() throws Exception {
        var settings = Settings.parse("mc_memcache = inet:localhost:" + memcached.port + "\nmc_key_format = %u-%1\n");
        try (Table table = new MemcacheFactory().open(Specs.of("memcache", "mc", dir, warnings::add, settings))) {
            assertThat(table.find("nobody@example.org")).isEqualTo(Answer.NOT_FOUND);
            assertThat(table.find("nobody")).isEqualTo(Answer.NOT_FOUND);
        }
        for (String bad : new String[] {"max_try = 0", "retry_pause = 0", "timeout = -1", "flags = -1", "line_size_limit = 0", "data_size_limit = 0", "flags = x", "key_format = %z", "memcache = tcp:x:1"}) {
            assertThatThrownBy(() -> new MemcacheFactory().open(spec(bad + "\n"))).as(bad).isInstanceOf(org.ostler.mail.lookup.spi.TableOpenException.class);
        }
    }

    /** Keys that the server knows would be answered for hours, and then mail waits. */
    @Test
    void a_backup_that_cannot_be_opened_keeps_the_table_from_opening() {
        var backup = new Backup(Answer.unavailable("none"), new AtomicInteger(), List.of("memcache:x: unsupported dictionary type: nosuch"));
        assertThatThrownBy(() -> backed("", backup)).isInstanceOf(org.ostler.mail.lookup.spi.TableOpenException.class).hasMessage("backup: memcache:x: unsupported dictionary type: nosuch");
    }

    /** As in Postfix: no timeout but that of the lookup, and a cache that keeps nothing. */
    @Test
    void there_may_be_no_timeout_and_no_time_to_live() throws Exception {
        var backup = new Backup(Answer.found("v"), new AtomicInteger());
        try (var server = new ScriptedServer(ScriptedServer.Framing.LINE, request -> request.startsWith("get ") ? "END\r\n" : request.equals("v") ? "STORED\r\n" : ScriptedServer.SILENCE)) {
            assertThat(find(server, "timeout = 0\nttl = -1\n", backup)).isEqualTo(Answer.found("v"));
            assertThat(server.requests()).containsExactly("get k", "set k 0 -1 1", "v");
        }
        assertThat(warnings).isEmpty();
    }

    @Test
    void keys_can_be_deleted_and_nothing_else() throws Exception {
        TableSpec spec = spec("key_format = del:%s\n");
        try (var server = new Memcache(spec)) {
            server.set("del:k".getBytes(UTF_8), "v".getBytes(UTF_8), inAMinute());
        }
        var deleted = new ArrayList<Boolean>();
        new MemcacheMaker().change(spec, new TableMaker.Options(false, Optional.empty(), 0, 0), table -> {
            deleted.add(table.delete("k"));
            deleted.add(table.delete("k"));
            deleted.add(table.delete("a b"));
        });
        assertThat(deleted).containsExactly(true, false, false);
        assertThatThrownBy(() -> new MemcacheMaker().change(spec, new TableMaker.Options(true, Optional.empty(), 0, 0), table -> { })).hasMessageContaining("bulk-mode");
        assertThat(new MemcacheMaker().behind(spec)).isEmpty();
        assertThat(new MemcacheMaker().behind(spec("backup = lmdb:x\n"))).contains("lmdb:x");
    }

    /** The backup is changed already: what the server remembers is forgotten by itself. */
    @Test
    void a_server_that_is_down_does_not_fail_a_removal_from_the_backup() throws Exception {
        Path file = dir.resolve("down.cf");
        Files.writeString(file, "memcache = inet:127.0.0.1:" + ScriptedServer.closedPort() + "\nbackup = lmdb:x\n");
        TableSpec spec = Specs.of("memcache", file.toString(), dir, warnings::add);
        new MemcacheMaker().change(spec, new TableMaker.Options(false, Optional.empty(), 0, 0), table -> assertThat(table.delete("k")).isFalse());
        assertThat(warnings).singleElement().asString().contains("connect to 127.0.0.1:").endsWith(": Connection refused");
    }

    /** Keys as Postfix 3.12 sent them; with a digest none is too long or cannot be asked for. */
    @Test
    void keys_may_be_hidden_in_a_digest() throws Exception {
        for (String[] known : new String[][] {{"sha256", "b39857f4afcb045f379a226d19f1f953104664ec43bbf5b870b005bdf85c0f71"}, {"MD5", "d60c6ca9bf21851f8e65428a1163786b"},
            {"sha1", "ab2668cda0f396708c42f31406e1eafb986f34c2"}, {"sha3-256", "d4021dc0becdb10f997acc16ab3099385bbfde3493038cc1b14993b069da54f8"},
            {"sha-224", "6d130fb47b87d1abd29b38896b21ebedf28a3e96cc86c79dd6e23e10"}}) {
            try (var server = new Memcache(spec("key_format = p:%s\nkey_digest = " + known[0] + "\n"))) {
                assertThat(new String(server.key("key"), UTF_8)).as(known[0]).isEqualTo(known[1]);
            }
        }
        var backup = new Backup(Answer.found("from backup"), new AtomicInteger());
        try (Table table = backed("key_format = digest:%s\nkey_digest = sha512-256\n", backup)) {
            for (String key : new String[] {"a b", "l".repeat(300), "x\r\nflush_all"}) {
                assertThat(table.find(key)).isEqualTo(Answer.found("from backup"));
                assertThat(table.find(key)).isEqualTo(Answer.found("from backup"));
            }
        }
        assertThat(backup.asked.get()).isEqualTo(3);
        TableSpec bad = spec("key_digest = nonsense\n");
        assertThatThrownBy(() -> new MemcacheFactory().open(bad)).hasMessage("open " + bad.name() + ": key digest nonsense is not available");
    }

    @Override
    public Optional<String> whyNotAsked(String key) {
        return key.getBytes(UTF_8).length > 200 ? Optional.of("key longer than 250 bytes") : Optional.empty();
    }

    /** But for the long one. */
    @Test
    @Override
    public void long_and_foreign_keys_are_found_or_not_found_but_never_an_error() throws Exception {
        try (Table table = tableWith(Map.of("m\u00fcller@stra\u00dfe.example", "gr\u00fc\u00dfe", "k", "v"))) {
            assertThat(table.find(CaseFold.fold("m\u00fcller@stra\u00dfe.example"))).isEqualTo(Answer.found("gr\u00fc\u00dfe"));
            for (String key : new String[] {"x".repeat(200), "\0", "k\0", "$1", "x ".repeat(10_000)}) {
                assertThat(table.find(key)).as(key).isEqualTo(Answer.NOT_FOUND);
            }
            assertThat(table.find("x".repeat(10_000))).isEqualTo(Answer.unavailable("key longer than 250 bytes"));
        }
    }

    /** The server refuses to look: Postfix takes that for a failed lookup too. */
    @Test
    void a_key_that_is_too_long_for_the_server_is_unavailable_without_a_backup() throws Exception {
        try (Table table = new MemcacheFactory().open(spec("key_format = long:%s\n"))) {
            assertThat(table.find("l".repeat(245))).isEqualTo(Answer.NOT_FOUND);
            assertThat(warnings).isEmpty();
            assertThat(table.find("l".repeat(246))).isEqualTo(Answer.unavailable("key longer than 250 bytes"));
            assertThat(warnings).singleElement().asString().startsWith("table memcache:").endsWith("...: key longer than 250 bytes");
        }
    }

    /** A line end in a key would be a second command. */
    @Test
    void one_key_is_one_command() throws Exception {
        try (Table table = tableWith(Map.of("k", "v"))) {
            assertThat(table.find("x\r\nflush_all\r\nget k")).isEqualTo(Answer.NOT_FOUND);
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
        }
    }

    @Test
    void a_value_that_is_not_UTF_8_is_unavailable() throws Exception {
        TableSpec spec = spec("key_format = bytes:%s\n");
        try (var server = new Memcache(spec)) {
            server.set("bytes:k".getBytes(UTF_8), new byte[] {'g', 'r', (byte) 0xfc, 'n'}, inAMinute());
        }
        try (Table table = new MemcacheFactory().open(spec)) {
            assertThat(table.find("k")).isEqualTo(Answer.unavailable("value is not UTF-8"));
        }
    }

    /** A backup is asked instead. */
    @Test
    void a_value_with_a_NUL_is_unavailable() throws Exception {
        var backup = new Backup(Answer.found("from backup"), new AtomicInteger());
        try (var server = new ScriptedServer(ScriptedServer.Framing.LINE, _ -> "VALUE k 0 3\r\na\0b\r\nEND\r\n")) {
            assertThat(find(server, "", null)).isEqualTo(Answer.unavailable("NUL in value"));
            assertThat(warnings).singleElement().asString().startsWith("table memcache:").endsWith(": key k: NUL in value");
            assertThat(find(server, "", backup)).isEqualTo(Answer.found("from backup"));
        }
    }

    private TableSpec spec(ScriptedServer server, String parameters, Backup backup) throws Exception {
        Path file = dir.resolve("scripted" + NUMBER.incrementAndGet() + ".cf");
        Files.writeString(file, "memcache = inet:127.0.0.1:" + server.port() + "\n" + (backup == null ? "" : "backup = x:y\n") + parameters);
        TableSpec s = Specs.of("memcache", file.toString(), dir, warnings::add, Settings.parse("table_lookup_timeout = 2s\n"));
        return backup == null ? s : new TableSpec(s.type(), s.name(), s.settings(), s.configDirectory(), backup, s.warnings());
    }

    /** {@code k}, from a new table. */
    private Answer find(ScriptedServer server, String parameters, Backup backup) throws Exception {
        try (Table table = new MemcacheFactory().open(spec(server, parameters, backup))) {
            return table.find("k");
        }
    }

    /** After the pause, and not at a server that takes no connection. */
    @Test
    void a_command_is_tried_as_often_as_max_try_says() throws Exception {
        for (int tries : new int[] {1, 2}) {
            var left = new AtomicInteger(1);
            try (var server = new ScriptedServer(ScriptedServer.Framing.LINE, _ -> left.getAndDecrement() > 0 ? "" : "VALUE k 0 1\r\nv\r\nEND\r\n")) {
                Path file = Files.writeString(dir.resolve("tries.cf"), "memcache = inet:127.0.0.1:" + server.port() + "\nmax_try = " + tries + "\n");
                try (Table table = new MemcacheFactory().open(Specs.of("memcache", file.toString(), dir, warnings::add))) {
                    assertThat(table.find("k")).isEqualTo(tries == 1 ? Answer.unavailable("unexpected disconnect") : Answer.found("v"));
                }
                assertThat(server.requests()).hasSize(tries);
            }
        }
    }

    @Test
    void a_domain_list_that_cannot_be_read_is_unavailable_never_not_found() throws Exception {
        for (String domain : new String[] {dir + "/none", "hash:" + dir + "/none"}) {
            try (Table table = new MemcacheFactory().open(spec("domain = " + domain + "\n"))) {
                assertThat(table.find("k@example.test")).as(domain).isInstanceOf(Answer.Unavailable.class);
            }
        }
    }
}
