// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.tck.lookup.PostfixPostmap;
import org.ostler.mail.tck.lookup.Specs;

/** One file, the real postmap on one side and this bundle on the other. Left out by name where Debian's postfix-lmdb is not installed. */
@EnabledIf(value = "postmapIsHere", disabledReason = "Postfix's postmap with lmdb (Debian packages postfix, postfix-lmdb) is not installed")
class SharedWithPostfixTest {

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();

    static boolean postmapIsHere() {
        return PostfixPostmap.isHere("lmdb");
    }

    private String postmap(String... arguments) throws Exception {
        return new PostfixPostmap(dir).run(arguments);
    }

    private TableSpec spec(String name) {
        return Specs.of("lmdb", name, dir, warnings::add);
    }

    @Test
    void what_postmap_has_built_is_read_with_and_without_zero_bytes() throws Exception {
        Files.writeString(dir.resolve("t"), "user@example.org value one\nstra\u00dfe x\u00fc\n");
        for (String option : new String[] {"-N", "-n"}) {
            assertThat(postmap(option, "lmdb:t")).isEqualTo("0:");
            try (Table table = new LmdbFactory().open(spec("t"))) {
                assertThat(table.find("user@example.org")).isEqualTo(Answer.found("value one"));
                assertThat(table.find("strasse")).isEqualTo(Answer.found("x\u00fc"));
                assertThat(table.find("none")).isEqualTo(Answer.NOT_FOUND);
            }
        }
    }

    @Test
    void what_is_built_here_is_read_and_changed_by_postmap() throws Exception {
        for (boolean nul : new boolean[] {true, false}) {
            new LmdbMaker().change(spec("t"), new TableMaker.Options(true, Optional.of(nul), 0644, 0), w -> {
                w.put("a", "1", false);
                w.put("\u00fc", "\u00e4", false);
            });
            assertThat(postmap("-q", "a", "lmdb:t")).isEqualTo("0:1\n");
            assertThat(postmap("-q", "\u00dc", "lmdb:t")).isEqualTo("0:\u00e4\n");
            assertThat(postmap("-d", "a", "lmdb:t")).isEqualTo("0:");
            try (Table table = new LmdbFactory().open(spec("t"))) {
                assertThat(table.find("a")).isEqualTo(Answer.NOT_FOUND);
                assertThat(table.find("\u00fc")).isEqualTo(Answer.found("\u00e4"));
            }
        }
    }

    @Test
    void a_table_grown_by_postmap_past_its_map_is_read_on() throws Exception {
        Files.writeString(dir.resolve("t"), "k v\n");
        postmap("lmdb:t");
        try (Table table = new LmdbFactory().open(spec("t"))) {
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
            var text = new StringBuilder("k v2\n");
            for (int i = 0; i < 4000; i++) {
                text.append("key").append(i).append(' ').append("x".repeat(8000)).append('\n');
            }
            Files.writeString(dir.resolve("t"), text);
            assertThat(postmap("lmdb:t")).isEqualTo("0:");
            assertThat(Files.size(dir.resolve("t.lmdb"))).isGreaterThan(17 << 20);
            assertThat(table.find("k")).isEqualTo(Answer.found("v2"));
            assertThat(table.find("key3999")).isInstanceOf(Answer.Found.class);
        }
    }

    /** Makes the table that belongs to a round. */
    private interface Rebuild {
        void of(int round) throws Exception;
    }

    /** The promise behind "postmap is safe while the server reads": the key that is in every version is found by every lookup. */
    @Test
    @Timeout(180)
    void real_rebuilds_under_readers_never_hide_a_key() throws Exception {
        rebuildUnderReaders(15, round -> {
            write(round);
            assertThat(postmap("lmdb:t")).isEqualTo("0:");
        });
    }

    /** The same with our own maker, on which Postfix's programs rely as much as ours. */
    @Test
    @Timeout(180)
    void our_rebuilds_under_readers_never_hide_a_key() throws Exception {
        rebuildUnderReaders(60, round -> new LmdbMaker().change(spec("t"), new TableMaker.Options(true, Optional.empty(), 0644, 0), table -> {
            table.put("always", "round" + round, false);
            for (int i = 0; i < 5000; i++) {
                table.put("key" + i, "value" + i + "-" + round, false);
            }
        }));
    }

    private void rebuildUnderReaders(int rounds, Rebuild rebuild) throws Exception {
        rebuild.of(0);
        var over = new AtomicBoolean();
        var lookups = new AtomicLong();
        try (Table table = new LmdbFactory().open(spec("t")); var threads = Executors.newFixedThreadPool(5)) {
            var results = new ArrayList<Future<List<String>>>();
            for (int t = 0; t < 4; t++) {
                results.add(threads.submit(() -> wrong(over, () -> {
                    lookups.incrementAndGet();
                    Answer always = table.find("always");
                    Answer last = table.find("key4999");
                    return always instanceof Answer.Found && last instanceof Answer.Found ? "" : always + ", " + last;
                })));
            }
            results.add(threads.submit(() -> wrong(over, () -> {
                String found = postmap("-q", "always", "lmdb:t") + postmap("-q", "key4999", "lmdb:t");
                return found.matches("0:round\\d+\n0:value4999-\\d+\n") ? "" : found;
            })));
            try {
                for (int round = 1; round <= rounds; round++) {
                    rebuild.of(round);
                    assertThat(table.find("always")).isEqualTo(Answer.found("round" + round));
                }
            } finally {
                over.set(true);
            }
            for (var result : results) {
                assertThat(result.get(60, TimeUnit.SECONDS)).isEmpty();
            }
        }
        assertThat(lookups.get()).isGreaterThan(1000);
    }

    /** Looks again and again, once at least. @param look what is wrong; empty where nothing is */
    private static List<String> wrong(AtomicBoolean over, Callable<String> look) throws Exception {
        var wrong = new ArrayList<String>();
        do {
            String found = look.call();
            if (!found.isEmpty()) {
                wrong.add(found);
            }
        } while (!over.get() && wrong.size() < 5);
        return wrong;
    }

    private void write(int round) throws IOException {
        var text = new StringBuilder("always round" + round + "\n");
        for (int i = 0; i < 5000; i++) {
            text.append("key").append(i).append(" value").append(i).append("-").append(round).append('\n');
        }
        Files.writeString(dir.resolve("t"), text);
    }
}
