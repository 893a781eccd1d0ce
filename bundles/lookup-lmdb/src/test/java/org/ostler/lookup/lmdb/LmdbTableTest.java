// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.lmdb.Env;
import org.ostler.lmdb.FileLock;
import org.ostler.lmdb.Lmdb;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.tck.lookup.Specs;
import org.ostler.mail.tck.lookup.OutageContract;

/** Tables that this bundle has written itself. */
class LmdbTableTest implements OutageContract {

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();
    private final LmdbFactory factory = new LmdbFactory();

    private TableSpec spec(String name) {
        return Specs.of("lmdb", name, dir, warnings::add);
    }

    private void make(String name, boolean rebuild, Optional<Boolean> nul, Map<String, String> entries) throws Exception {
        new LmdbMaker().change(spec(name), new TableMaker.Options(rebuild, nul, 0640, 0), w -> {
            for (var e : entries.entrySet()) {
                w.put(CaseFold.fold(e.getKey()), e.getValue(), true);
            }
        });
    }

    @Override
    public Table tableWith(Map<String, String> entries) throws Exception {
        make("t", true, Optional.empty(), entries);
        return factory.open(spec("t"));
    }

    /** Somebody writes, and takes longer than a lookup may. */
    @Override
    public AutoCloseable outage() throws Exception {
        Env env = Env.open(dir.resolve("t.lmdb"), Env.Options.of(Lmdb.NOSUBDIR | Lmdb.NOLOCK));
        // Once the window of the last readers is over.
        if (!FileLock.lock(env.descriptor(), FileLock.Kind.EXCLUSIVE, Duration.ofSeconds(30))) {
            throw new IOException("no lock");
        }
        return env::close;
    }

    /** As at every reload: tables of one file share what is open, and do not disturb each other. */
    @Test
    void one_table_is_closed_while_another_of_the_same_data_is_asked() throws Exception {
        Map<String, String> entries = Map.of("k", "v");
        try (Table asked = tableWith(entries)) {
            var over = new AtomicBoolean();
            try (var threads = Executors.newFixedThreadPool(4)) {
                var results = new ArrayList<Future<Long>>();
                for (int t = 0; t < 4; t++) {
                    results.add(threads.submit(() -> {
                        long wrong = 0;
                        while (!over.get()) {
                            wrong += asked.find("k").equals(Answer.found("v")) ? 0 : 1;
                        }
                        return wrong;
                    }));
                }
                try {
                    for (int i = 0; i < 10; i++) {
                        try (Table other = tableWith(entries)) {
                            assertThat(other.find("k")).isEqualTo(Answer.found("v"));
                        }
                    }
                } finally {
                    over.set(true);
                }
                for (Future<Long> result : results) {
                    assertThat(result.get(60, TimeUnit.SECONDS)).isZero();
                }
            }
        }
    }

    /** Between rm and postmap, say: nobody waits for that. */
    @Test
    void an_open_table_goes_on_while_its_file_has_no_name() throws Exception {
        try (Table table = tableWith(Map.of("k", "one")); Env other = Env.open(dir.resolve("t.lmdb"), Env.Options.of(Lmdb.NOSUBDIR | Lmdb.NOLOCK))) {
            assertThat(table.find("k")).isEqualTo(Answer.found("one"));
            Files.delete(dir.resolve("t.lmdb"));
            waitForReaders(other);
            assertThat(table.find("k")).isEqualTo(Answer.found("one"));
            make("t", true, Optional.empty(), Map.of("k", "two"));
            waitForReaders(other);
            assertThat(table.find("k")).isEqualTo(Answer.found("two"));
        }
    }

    /** Until the window of the last readers is over, and the next looks after the file again. */
    private static void waitForReaders(Env other) throws IOException {
        assertThat(FileLock.lock(other.descriptor(), FileLock.Kind.EXCLUSIVE, Duration.ofSeconds(30))).isTrue();
        FileLock.unlock(other.descriptor());
    }

    @Test
    void a_rebuild_is_seen_by_a_table_that_is_open_and_old_keys_are_gone() throws Exception {
        try (Table table = tableWith(Map.of("a", "1"))) {
            assertThat(table.find("a")).isEqualTo(Answer.found("1"));
            make("t", true, Optional.empty(), Map.of("b", "2"));
            assertThat(table.find("a")).isEqualTo(Answer.NOT_FOUND);
            assertThat(table.find("b")).isEqualTo(Answer.found("2"));
        }
    }

    @Test
    void keys_without_the_zero_byte_are_found_too_also_after_the_form_has_changed() throws Exception {
        try (Table table = tableWith(Map.of("a", "1"))) {
            assertThat(table.find("a")).isEqualTo(Answer.found("1"));
            make("t", true, Optional.of(false), Map.of("a", "2"));
            assertThat(table.find("a")).isEqualTo(Answer.found("2"));
            make("t", true, Optional.of(true), Map.of("a", "3"));
            assertThat(table.find("a")).isEqualTo(Answer.found("3"));
        }
    }

    @Test
    void a_file_that_was_replaced_or_has_outgrown_the_map_is_opened_anew() throws Exception {
        try (Table table = tableWith(Map.of("a", "1"))) {
            assertThat(table.find("a")).isEqualTo(Answer.found("1"));
            make("other", true, Optional.empty(), Map.of("a", "2"));
            Files.move(dir.resolve("other.lmdb"), dir.resolve("t.lmdb"), StandardCopyOption.REPLACE_EXISTING);
            // What is open may go on for as long as its window.
            eventually(table, "a", Answer.found("2"));
            var many = new TreeMap<String, String>();
            for (int i = 0; i < 3000; i++) {
                many.put("key" + i, "x".repeat(12_000));
            }
            make("t", true, Optional.empty(), many);
            assertThat(Files.size(dir.resolve("t.lmdb"))).isGreaterThan(32 << 20);
            assertThat(table.find("key2999")).isEqualTo(Answer.found("x".repeat(12_000)));
        }
    }

    private static void eventually(Table table, String key, Answer answer) {
        long end = System.nanoTime() + 10_000_000_000L;
        while (!table.find(key).equals(answer)) {
            assertThat(System.nanoTime()).isLessThan(end);
        }
    }

    @Test
    void a_change_keeps_what_is_there_and_one_that_fails_changes_nothing() throws Exception {
        try (Table table = tableWith(Map.of("a", "1", "b", "2"))) {
            var results = new ArrayList<Boolean>();
            new LmdbMaker().change(spec("t"), new TableMaker.Options(false, Optional.empty(), 0644, 0), w -> {
                results.add(w.put("a", "x", false));
                results.add(w.put("c", "3", false));
                results.add(w.delete("b"));
                results.add(w.delete("b"));
            });
            assertThat(results).containsExactly(false, true, true, false);
            assertThatThrownBy(() -> new LmdbMaker().change(spec("t"), new TableMaker.Options(true, Optional.empty(), 0644, 0), w -> {
                w.put("z", "z", false);
                throw new java.io.IOException("half way");
            })).hasMessage("half way");
            var all = new TreeMap<String, String>();
            assertThat(table.list(all::put)).isTrue();
            assertThat(all).isEqualTo(Map.of("a", "1", "c", "3"));
        }
    }

    @Test
    void a_new_file_gets_the_permissions_asked_for_and_nothing_is_left_beside_it() throws Exception {
        make("t", true, Optional.empty(), Map.of("a", "1"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("t.lmdb")))).isEqualTo("rw-r-----");
        try (var files = Files.list(dir)) {
            assertThat(files).containsExactly(dir.resolve("t.lmdb"));
        }
    }

    @Test
    void errors_are_those_of_postfix() throws Exception {
        assertThatThrownBy(() -> factory.open(spec("none"))).isInstanceOf(TableOpenException.class).hasMessage("open database none.lmdb: No such file or directory");
        Files.writeString(dir.resolve("bad.lmdb"), "no database".repeat(1000));
        assertThatThrownBy(() -> factory.open(spec("bad"))).hasMessage("open database bad.lmdb: MDB_INVALID: File is not an LMDB file");
        assertThatThrownBy(() -> make("long", true, Optional.empty(), Map.of("k".repeat(600), "v"))).hasMessage(
                "error updating lmdb:long: MDB_BAD_VALSIZE: Unsupported size of key/DB name/data, or wrong DUPFIXED size");
        assertThat(dir.resolve("long.lmdb")).doesNotExist();
        assertThatThrownBy(() -> make("no/dir/t", true, Optional.empty(), Map.of())).hasMessage("open database no/dir/t.lmdb: No such file or directory");
    }

    @Test
    void a_source_edited_without_postmap_is_warned_about() throws Exception {
        make("t", true, Optional.empty(), Map.of("a", "1"));
        Files.writeString(dir.resolve("t"), "a 2\n");
        Files.setLastModifiedTime(dir.resolve("t.lmdb"), FileTime.fromMillis(0));
        Files.setLastModifiedTime(dir.resolve("t"), FileTime.fromMillis(1000));
        factory.open(spec("t")).close();
        assertThat(warnings).containsExactly("database t.lmdb is older than source file t");
    }

    /** As in Postfix, which looks at the source only if it can: a link into a directory that the mail system may not read, or in a circle. */
    @Test
    void a_source_that_cannot_be_looked_at_takes_nothing_from_the_table() throws Exception {
        make("t", true, Optional.empty(), Map.of("a", "1"));
        Files.createSymbolicLink(dir.resolve("t"), Path.of("t"));
        try (Table table = factory.open(spec("t"))) {
            assertThat(table.find("a")).isEqualTo(Answer.found("1"));
        }
        assertThat(warnings).singleElement().asString().startsWith("database t.lmdb may be older than source file t: Too many levels of symbolic links");
    }

    @Test
    void the_lock_goes_back_when_no_reader_comes_any_more() throws Exception {
        try (Table table = tableWith(Map.of("a", "1")); Env env = Env.open(dir.resolve("t.lmdb"), Env.Options.of(Lmdb.NOSUBDIR | Lmdb.NOLOCK))) {
            assertThat(table.find("a")).isEqualTo(Answer.found("1"));
            assertThat(FileLock.lock(env.descriptor(), FileLock.Kind.EXCLUSIVE, java.time.Duration.ofSeconds(10))).isTrue();
        }
    }

    @Test
    void two_tables_of_one_file_share_it_and_close_apart() throws Exception {
        Table one = tableWith(Map.of("a", "1"));
        Table two = factory.open(spec("t"));
        one.close();
        assertThat(two.find("a")).isEqualTo(Answer.found("1"));
        two.close();
    }

    /** {@code postmap -u} of Postfix keeps such a value. Replacement characters in an address would send mail to somebody else, or back. */
    @Test
    void a_value_that_is_not_UTF_8_is_unavailable_and_named() throws Exception {
        for (byte[] bad : new byte[][] {{'g', 'r', (byte) 0xfc, 'n'}, {(byte) 0xef}, {(byte) 0xc0, (byte) 0x80}, {(byte) 0xed, (byte) 0xa0, (byte) 0x80}}) {
            new LmdbMaker().change(spec("t"), new TableMaker.Options(true, Optional.empty(), 0640, 0), w -> {
                w.put("k".getBytes(UTF_8), bad, true);
                w.put("good", "\ufffd gr\u00fcn", true);
            });
            try (Table table = factory.open(spec("t"))) {
                assertThat(table.find("k")).isEqualTo(Answer.unavailable("value is not UTF-8"));
                assertThat(table.find("good")).isEqualTo(Answer.found("\ufffd gr\u00fcn"));
            }
        }
        assertThat(warnings).first().isEqualTo("lmdb:t: key \"k\": non-UTF-8 value \"gr?n\": malformed UTF-8 or invalid codepoint");
        assertThat(warnings).hasSize(4);
    }

    @Test
    void hash_names_are_answered_from_the_lmdb_file_or_from_the_source_text() throws Exception {
        var hash = new HashFactory();
        var settings = Settings.parse("alias_maps = hash:" + dir.resolve("aliases"));
        Files.writeString(dir.resolve("t"), "Key one\nkey two\n");
        Files.writeString(dir.resolve("aliases"), "Root: a,b\n");
        TableSpec spec = Specs.of("hash", "t", dir, warnings::add, settings);
        try (Table text = hash.open(spec)) {
            assertThat(text.find("key")).isEqualTo(Answer.found("one"));
            assertThat(text.sources()).containsExactly(dir.resolve("t"), dir.resolve("t.lmdb"));
        }
        make("t", true, Optional.empty(), Map.of("key", "built"));
        try (Table built = hash.open(spec)) {
            assertThat(built.find("key")).isEqualTo(Answer.found("built"));
        }
        try (Table aliases = hash.open(Specs.of("hash", dir.resolve("aliases").toString(), dir, line -> { }, settings))) {
            assertThat(aliases.find("root")).isEqualTo(Answer.found("a, b"));
        }
        assertThat(warnings).containsExactly("t, line 2: duplicate entry: \"key\"",
                "hash:t: Berkeley DB is not supported, using the text of t instead; change \"hash:\" to \"lmdb:\" in main.cf and run \"postmap lmdb:t\"");
        assertThatThrownBy(() -> hash.open(Specs.of("btree", "none", dir, warnings::add))).hasMessage("open database none.lmdb: No such file or directory");
    }
}
