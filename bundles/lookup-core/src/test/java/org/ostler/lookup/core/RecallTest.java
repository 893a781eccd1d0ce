// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.LeasedTables;
import org.ostler.mail.lookup.Recall;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.Trait;

/** Of which tables an answer is kept within a {@link Recall}, and with what it goes. */
@Timeout(60)
class RecallTest {

    private final TablesService tables = new TablesService();
    private final AtomicInteger asked = new AtomicInteger();
    private final Recall recall = new Recall();
    private volatile String value = "1";

    /** A database: says what {@link #value} is at this moment. */
    private FakeFactory database(Trait... more) {
        var traits = new ArrayList<>(List.of(more));
        traits.add(Trait.MAY_BLOCK);
        return new FakeFactory(key -> {
            asked.incrementAndGet();
            return value;
        }, traits.toArray(Trait[]::new));
    }

    private static Map<String, ?> type(String type) {
        return Map.of("table.type", type);
    }

    private void reload() {
        tables.renew(new Generation(1, Path.of("/nonexistent"), Settings.parse(""), List.of()));
    }

    private TableList open(FakeFactory factory) {
        reload();
        tables.bind(factory, type("db"), 0);
        return tables.open("db:x", "m");
    }

    private String find(TableList list, String key) {
        return recall.during(() -> list.find(key)) instanceof Answer.Found(String found) ? found : null;
    }

    /** Whoever comes first opens the table, and asks it in any case. */
    private static void openAgain(TableList list) {
        list.find("somebody else's");
    }

    @Test
    void a_database_is_asked_once_within_a_recall_and_each_time_outside() {
        TableList list = open(database());
        assertThat(find(list, "k")).isEqualTo("1");
        value = "2";
        assertThat(find(list, "K")).as("the same key for the table").isEqualTo("1");
        assertThat(asked).hasValue(1);
        assertThat(list.find("k")).isEqualTo(Answer.found("2"));
        assertThat(new Recall().during(() -> list.find("k"))).as("another question").isEqualTo(Answer.found("2"));
        assertThat(find(list, "other")).isEqualTo("2");
        assertThat(tables.statistics().getFirst().counts().hits()).as("lookups in the table").isEqualTo(asked.get());
    }

    @Test
    void not_found_is_an_answer_like_another() {
        TableList list = open(database());
        value = null;
        assertThat(find(list, "k")).isNull();
        value = "1";
        assertThat(find(list, "k")).isNull();
        assertThat(asked).hasValue(1);
    }

    @Test
    void unavailable_is_never_kept() {
        TableList list = open(database());
        value = "!";
        assertThat(recall.during(() -> list.find("k"))).isInstanceOf(Answer.Unavailable.class);
        assertThat(recall.isEmpty()).isTrue();
        value = "1";
        assertThat(find(list, "k")).isEqualTo("1");
    }

    @Test
    void a_table_of_this_machine_is_asked_each_time() {
        reload();
        tables.bind(new FakeFactory(key -> value), type("file"), 0);
        TableList list = tables.open("file:x", "m");
        assertThat(find(list, "k")).isEqualTo("1");
        value = "2";
        assertThat(find(list, "k")).isEqualTo("2");
        assertThat(recall.isEmpty()).isTrue();
    }

    @Test
    void a_pattern_table_stays_out_of_a_search_for_parts_of_a_key() {
        TableList list = open(database(Trait.KEYS_ARE_PATTERNS));
        assertThat(find(list, "k")).isEqualTo("1");
        assertThat(recall.during(() -> list.findExact("k"))).isEqualTo(Answer.NOT_FOUND);
    }

    @Test
    void a_reload_empties_it() {
        TableList list = open(database());
        find(list, "k");
        value = "2";
        reload();
        openAgain(list);
        assertThat(find(list, "k")).isEqualTo("2");
    }

    @Test
    void with_its_bundle_go_the_answers() {
        TableList list = open(database());
        find(list, "k");
        tables.unbind(type("db"), 0);
        value = "2";
        tables.bind(database(), type("db"), 0);
        openAgain(list);
        assertThat(find(list, "k")).isEqualTo("2");
        value = "3";
        tables.bind(database(), type("db"), 1);
        openAgain(list);
        assertThat(find(list, "k")).as("a build of higher ranking").isEqualTo("3");
    }

    @Test
    void with_the_bundle_of_all_tables_go_the_answers() {
        var leased = new Leased<Tables>("lookup table service");
        leased.bind(tables, 0);
        TableList list = new LeasedTables(leased).open("db:x", "m");
        open(database());
        find(list, "k");
        value = "2";
        var next = new TablesService();
        next.renew(new Generation(1, Path.of("/nonexistent"), Settings.parse(""), List.of()));
        next.bind(database(), type("db"), 0);
        leased.bind(next, 1);
        leased.unbind(tables, 0);
        openAgain(list);
        assertThat(find(list, "k")).isEqualTo("2");
    }

    /** Of a table that is made of others each part is kept for itself, and what is not kept may change. */
    @Test
    void a_table_made_of_others_is_as_fresh_as_its_parts() {
        reload();
        var own = new AtomicInteger();
        tables.bind(database(), type("db"), 0);
        tables.bind(new FakeFactory(key -> "f" + own.incrementAndGet()), type("file"), 0);
        tables.bind(made(Set.of()), type("made"), 0);
        tables.bind(made(Set.of(Trait.MAY_BLOCK)), type("blocking"), 0);
        TableList list = tables.open("made:x", "m");
        assertThat(find(list, "k")).isEqualTo("1 f1");
        value = "2";
        assertThat(find(list, "k")).isEqualTo("1 f2");
        assertThat(asked).hasValue(1);
        TableList blocking = tables.open("blocking:x", "m");
        assertThat(find(blocking, "k")).isEqualTo("2 f3");
        assertThat(find(blocking, "k")).isEqualTo("2 f4");
    }

    private static TableFactory made(Set<Trait> traits) {
        return spec -> {
            TableList first = spec.tables().open("db:x", "m");
            TableList second = spec.tables().open("file:x", "m");
            return new Table() {
                @Override
                public Answer find(String key) {
                    return Answer.found(((Answer.Found) first.find(key)).value() + " " + ((Answer.Found) second.find(key)).value());
                }

                @Override
                public Set<Trait> traits() {
                    return traits;
                }
            };
        };
    }

    /** The file of a database table says which database it is. It is noticed although nobody asks the database. */
    @Test
    void a_changed_file_empties_it(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("db.cf"), "1\n");
        var stage = new Stage(Duration.ofSeconds(5), () -> dir);
        stage.bind("db", spec -> new FromFile(Files.exists(file) ? text(file) : "", List.of(file)));
        TableList list = stage.handles.open("db:" + file, "m");
        assertThat(find(list, "k")).isEqualTo("1");
        Files.writeString(file, "other\n");
        for (int looks = 0; !"other".equals(find(list, "k")); looks++) {
            assertThat(looks).as("looks").isLessThan(1_000_000);
            stage.pass(Duration.ofMillis(1_100));
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record FromFile(String content, List<Path> sources) implements Table {
        @Override
        public Answer find(String key) {
            return Answer.found(content);
        }

        @Override
        public Set<Trait> traits() {
            return Set.of(Trait.MAY_BLOCK);
        }
    }
}
