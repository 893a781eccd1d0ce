// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;
import org.ostler.mail.tck.lookup.Specs;
import org.ostler.mail.tck.lookup.TableContract;

/** Postfix's names of databases that are not here: from the built file, and from the text where nobody has built one. */
class HashTest {

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();

    private TableSpec spec(String type) {
        return Specs.of(type, "t", dir, warnings::add);
    }

    private Table built(String type, Map<String, String> entries) throws Exception {
        new LmdbMaker().change(spec(type), new TableMaker.Options(true, Optional.empty(), 0640, 0), w -> {
            for (var e : entries.entrySet()) {
                w.put(CaseFold.fold(e.getKey()), e.getValue(), true);
            }
        });
        return new HashFactory().open(spec(type));
    }

    @Nested
    class HashKeepsTheContract implements TableContract {
        @Override
        public Table tableWith(Map<String, String> entries) throws Exception {
            return built("hash", entries);
        }
    }

    @Nested
    class BtreeKeepsTheContract implements TableContract {
        @Override
        public Table tableWith(Map<String, String> entries) throws Exception {
            return built("btree", entries);
        }
    }

    @Nested
    class DbmKeepsTheContract implements TableContract {
        @Override
        public Table tableWith(Map<String, String> entries) throws Exception {
            return built("dbm", entries);
        }
    }

    @Nested
    class TextKeepsTheContract implements TableContract {
        @Override
        public Table tableWith(Map<String, String> entries) throws Exception {
            Files.writeString(dir.resolve("t"), entries.entrySet().stream().map(e -> e.getKey() + "\t" + e.getValue() + "\n").collect(Collectors.joining()));
            return new HashFactory().open(spec("hash"));
        }
    }

    private void change(String type, boolean rebuild, TableMaker.Change change) throws Exception {
        new LmdbMaker().change(spec(type), new TableMaker.Options(rebuild, Optional.empty(), 0640, 0), change);
    }

    /** A file with the change alone would hide the text, and say "not found" of whatever else is in it. */
    @ParameterizedTest
    @ValueSource(strings = {"hash", "btree", "dbm"})
    void a_change_in_part_waits_until_the_text_that_answers_is_built(String type) throws Exception {
        Files.writeString(dir.resolve("t"), "a 1\nb 2\n");
        String refused = "open database t.lmdb: No such file or directory; the text of t answers until the table is built, and would be hidden";
        assertThatThrownBy(() -> change(type, false, w -> w.delete("a"))).isInstanceOf(TableOpenException.class).hasMessage(refused);
        assertThatThrownBy(() -> change(type, false, w -> w.put("c", "3", false))).isInstanceOf(TableOpenException.class).hasMessage(refused);
        assertThat(dir.resolve("t.lmdb")).doesNotExist();
        try (Table table = new HashFactory().open(spec(type))) {
            assertThat(table.find("b")).isEqualTo(Answer.found("2"));
        }
    }

    @Test
    void without_a_text_a_change_in_part_makes_the_table() throws Exception {
        change("hash", false, w -> w.put("c", "3", false));
        try (Table table = new HashFactory().open(spec("hash"))) {
            assertThat(table.find("c")).isEqualTo(Answer.found("3"));
        }
    }

    @Test
    void a_key_that_only_Berkeley_DB_takes_is_named_and_the_empty_one_is_not_there() throws Exception {
        assertThatThrownBy(() -> change("btree", true, w -> w.put("k".repeat(511), "v", true)))
                .hasMessage("error updating btree:t: \"" + "k".repeat(40) + "...\" has 511 bytes, and the file here takes keys of 510");
        assertThat(dir.resolve("t.lmdb")).doesNotExist();
        change("btree", true, w -> w.put("k".repeat(510), "v", true));
        change("btree", false, w -> assertThat(w.delete("")).isFalse());
    }

    @Test
    void dbm_is_served_as_they_are() throws Exception {
        assertThat(HashFactory.class.getAnnotation(TableType.class).value()).containsExactly("hash", "btree", "dbm");
        assertThat(LmdbMaker.class.getAnnotation(TableType.class).value()).contains("dbm");
        try (Table table = built("dbm", Map.of("k", "v"))) {
            assertThat(table.find("k")).isEqualTo(Answer.found("v"));
        }
        assertThat(warnings).containsExactly("dbm:t: DBM is not supported, using lmdb:t instead; change \"dbm:\" to \"lmdb:\" in main.cf and run \"postmap lmdb:t\"");
    }
}
