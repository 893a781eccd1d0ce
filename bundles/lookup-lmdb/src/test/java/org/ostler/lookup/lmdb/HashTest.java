// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.CaseFold;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableMaker;
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
