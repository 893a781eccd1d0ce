// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.lmdb.Env;
import org.ostler.lmdb.Lmdb;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableMaker.Options;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.tck.lookup.Specs;

/** Keys that come in order take another way into the file than others; what is in it then must be the same. */
class LmdbMakerTest {

    @TempDir
    Path dir;

    private TableSpec spec(String name) {
        return Specs.of("lmdb", name, dir, line -> { });
    }

    private static List<String> keys(int count) {
        var keys = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            // Beyond ASCII and of many lengths: bytes are compared as unsigned, a key before those that it begins.
            keys.add("k\u00fc".substring(0, 1 + i % 2) + Integer.toString(i * 7919 % 10_000, 36) + "\u00e9".repeat(i % 3));
        }
        return keys;
    }

    private void change(String name, Options options, TableMaker.Change change) throws Exception {
        new LmdbMaker().change(spec(name), options, change);
    }

    private TreeMap<String, String> content(String name) throws Exception {
        var content = new TreeMap<String, String>();
        try (Table table = new LmdbFactory().open(spec(name))) {
            table.list((key, value) -> assertThat(content.put(key, value)).as("twice: " + key).isNull());
            content.forEach((key, value) -> assertThat(table.find(key)).hasToString("Found[value=" + value + "]"));
        }
        return content;
    }

    @Test
    void any_order_gives_the_same_content_and_every_second_entry_is_found_out() throws Exception {
        for (boolean nul : new boolean[] {true, false}) {
            for (boolean rebuild : new boolean[] {true, false}) {
                for (int order = 0; order < 3; order++) {
                    List<String> keys = keys(3_000);
                    Collections.sort(keys);
                    if (order == 1) {
                        Collections.reverse(keys);
                    } else if (order == 2) {
                        Collections.shuffle(keys, new Random(1));
                    }
                    var expected = new TreeMap<String, String>();
                    change("t", new Options(rebuild, Optional.of(nul), 0644, 0), table -> {
                        for (String key : keys) {
                            assertThat(table.put(key, "v" + key, false)).isEqualTo(expected.putIfAbsent(key, "v" + key) == null);
                            assertThat(table.put(key, "w", false)).isFalse();
                        }
                        String last = expected.lastKey();
                        assertThat(table.put(last, "new", true)).isTrue();
                        expected.put(last, "new");
                        assertThat(table.delete(last)).isTrue();
                        assertThat(table.put(last, "again", false)).isTrue();
                        expected.put(last, "again");
                    });
                    assertThat(content("t")).isEqualTo(expected);
                    Files.delete(dir.resolve("t.lmdb"));
                }
            }
        }
    }

    @Test
    void added_to_in_another_form_a_table_keeps_what_it_has() throws Exception {
        change("t", new Options(true, Optional.of(true), 0644, 0), table -> {
            table.put("a", "1", false);
            table.put("c", "2", false);
        });
        change("t", new Options(false, Optional.of(false), 0644, 0), table -> {
            assertThat(table.put("b", "3", false)).isTrue();
            assertThat(table.put("d", "4", false)).isTrue();
        });
        change("t", new Options(false, Optional.of(true), 0644, 0), table -> {
            assertThat(table.put("a", "x", false)).isFalse();
            assertThat(table.put("da", "5", false)).isTrue();
            assertThat(table.put("e", "6", false)).isTrue();
        });
        assertThat(content("t")).hasToString("{a=1, b=3, c=2, d=4, da=5, e=6}");
    }

    @Test
    void any_sequence_of_changes_gives_what_a_map_gives() throws Exception {
        for (int seed = 0; seed < 20; seed++) {
            var random = new Random(seed);
            var expected = new TreeMap<String, String>();
            change("t", new Options(seed % 3 > 0, Optional.of(seed % 2 > 0), 0644, 0), table -> {
                int number = 0;
                for (int i = 0; i < 5_000; i++) {
                    // In ascending runs, now and then back to the middle, and with deletions from the end.
                    number = random.nextInt(10) > 0 ? number + 1 : random.nextInt(number + 1);
                    String key = "%07d".formatted(number) + "x".repeat(number % 200);
                    if (random.nextInt(20) == 0 && !expected.isEmpty()) {
                        String gone = random.nextBoolean() ? expected.lastKey() : key;
                        assertThat(table.delete(gone)).isEqualTo(expected.remove(gone) != null);
                    }
                    boolean replace = random.nextBoolean();
                    boolean there = expected.containsKey(key);
                    assertThat(table.put(key, "v" + i, replace)).isEqualTo(replace || !there);
                    if (replace || !there) {
                        expected.put(key, "v" + i);
                    }
                }
            });
            assertThat(content("t")).isEqualTo(expected);
            Files.delete(dir.resolve("t.lmdb"));
        }
    }

    /** Without the exclusive lock the second change would write over what an old reader still looks at, and he would find other people's mailboxes, or nothing. */
    @Test
    @Timeout(120)
    void nothing_is_written_while_somebody_lists() throws Exception {
        make("t", 0, () -> { });
        var writing = new CountDownLatch(1);
        var listed = new TreeMap<String, String>();
        Thread[] writer = new Thread[1];
        try (Table table = new LmdbFactory().open(spec("t"))) {
            table.list((key, value) -> {
                if (writer[0] == null) {
                    writer[0] = Thread.ofPlatform().start(() -> makeThrice(writing));
                    // No synchronisation: the longer it is, the surer a lock that is missing is found out.
                    assertThat(begun(writing, Duration.ofSeconds(1))).as("a change has begun").isFalse();
                }
                listed.put(key, value);
            });
        }
        assertThat(begun(writing, Duration.ofSeconds(60))).as("a change has begun when the listing was over").isTrue();
        assertThat(writer[0].join(Duration.ofSeconds(60))).isTrue();
        assertThat(listed).hasSize(1000).allSatisfy((key, value) -> assertThat(value).isEqualTo("round0"));
        assertThat(content("t")).hasSize(1000).allSatisfy((key, value) -> assertThat(value).isEqualTo("round3"));
    }

    private void make(String name, int round, Runnable begun) throws Exception {
        change(name, new Options(true, Optional.empty(), 0644, 0), table -> {
            begun.run();
            for (int i = 0; i < 1000; i++) {
                table.put("key" + i, "round" + round, false);
            }
        });
    }

    private void makeThrice(CountDownLatch writing) {
        try {
            for (int round = 1; round <= 3; round++) {
                make("t", round, writing::countDown);
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static boolean begun(CountDownLatch writing, Duration patience) {
        try {
            return writing.await(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Postfix makes none either: its daemons may not write beside the table, and what one user leaves another could not open. */
    @Test
    void there_is_never_a_lock_file_of_lmdb() throws Exception {
        for (int round = 0; round < 2; round++) {
            change("t", new Options(true, Optional.empty(), 0644, 0), table -> {
                table.put("k", "v", false);
                noLockFile();
            });
            try (Table table = new LmdbFactory().open(spec("t"))) {
                assertThat(table.find("k")).isEqualTo(Answer.found("v"));
                assertThat(table.find("none")).isEqualTo(Answer.NOT_FOUND);
                assertThat(table.size()).hasValue(1);
                noLockFile();
                table.list((key, value) -> noLockFile());
            }
        }
    }

    /** The file says how far it may grow; a change that needs more gets it. */
    @Test
    void lmdb_map_size_is_where_a_file_begins_and_no_limit() throws Exception {
        for (long size : new long[] {1 << 20, 32 << 20}) {
            TableSpec spec = Specs.of("lmdb", "size" + size, dir, line -> { }, Settings.parse("lmdb_map_size = " + size));
            new LmdbMaker().change(spec, new Options(true, Optional.empty(), 0644, 0), table -> table.put("k", "v", false));
            assertThat(mapSize("size" + size)).isEqualTo(size);
        }
        TableSpec small = Specs.of("lmdb", "small", dir, line -> { }, Settings.parse("lmdb_map_size = 65536"));
        new LmdbMaker().change(small, new Options(true, Optional.empty(), 0644, 0), table -> {
            for (int i = 0; i < 1_000; i++) {
                table.put("k" + i, "v".repeat(1_000), false);
            }
        });
        assertThat(content("small")).hasSize(1_000);
        assertThat(mapSize("small")).isGreaterThan(1_000_000);
    }

    private long mapSize(String name) throws Exception {
        try (Env env = Env.open(dir.resolve(name + ".lmdb"), Env.Options.of(Lmdb.NOSUBDIR | Lmdb.NOLOCK | Lmdb.RDONLY))) {
            return env.info().mapSize();
        }
    }

    private void noLockFile() {
        assertThat(dir.toFile().list((folder, name) -> name.endsWith("-lock") || name.equals("lock.mdb"))).isEmpty();
    }
}
