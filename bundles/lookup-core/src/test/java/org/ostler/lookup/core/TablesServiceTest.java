// SPDX-License-Identifier: Apache-2.0
// size: lists, replacement and failure are one story
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.TableStatistics;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.Trait;

/** Lists, replacement and failure of tables as workers see them. */
class TablesServiceTest {

    private final TablesService tables = new TablesService();
    private int generation;

    private void configure(String mainCf) {
        tables.renew(new Generation(++generation, Path.of("/nonexistent"), Settings.parse(mainCf), List.of()));
    }

    private FakeFactory type(String type, FakeFactory factory) {
        tables.bind(factory, Map.of("table.type", type), 0);
        return factory;
    }

    @Test
    void the_first_table_that_finds_wins_and_one_that_is_unavailable_ends_the_search() {
        configure("");
        type("a", new FakeFactory(key -> key.equals("x") ? "a-" + key : null));
        type("b", new FakeFactory(key -> key.equals("bad") ? "!" : "b-" + key));
        TableList list = tables.open("a:1, proxy:b:{2, 3} a:4", "test_maps");
        assertThat(list.find("x")).isEqualTo(Answer.found("a-x"));
        assertThat(list.find("y")).isEqualTo(Answer.found("b-y"));
        assertThat(list.find("bad")).isInstanceOf(Answer.Unavailable.class);
        assertThat(list.find("")).isEqualTo(Answer.NOT_FOUND);
        assertThat(tables.open(" ", "test_maps").isEmpty()).isTrue();
        assertThat(tables.open("", "test_maps").find("x")).isEqualTo(Answer.NOT_FOUND);
    }

    @Test
    void keys_are_folded_unless_the_table_says_otherwise_and_pattern_tables_get_no_partial_keys() {
        configure("");
        type("fold", new FakeFactory(key -> key));
        type("case", new FakeFactory(key -> key, Trait.CASE_SENSITIVE_KEYS, Trait.KEYS_ARE_PATTERNS));
        assertThat(tables.open("fold:x", "m").find("AbC")).isEqualTo(Answer.found("abc"));
        assertThat(tables.open("case:x", "m").find("AbC")).isEqualTo(Answer.found("AbC"));
        assertThat(tables.open("case:x fold:x", "m").findExact("AbC")).isEqualTo(Answer.found("abc"));
    }

    @Test
    void tables_of_one_text_are_opened_once() {
        configure("");
        FakeFactory factory = type("a", new FakeFactory(key -> key));
        tables.open("a:x", "m").find("k");
        tables.open("a:x a:y", "n").find("k");
        assertThat(factory.opened).hasValue(1);
    }

    @Test
    void what_cannot_be_opened_is_unavailable_and_check_says_why() {
        configure("table_replacement_timeout = 0s");
        FakeFactory factory = type("a", new FakeFactory(key -> key));
        factory.broken = "open /x: No such file or directory";
        assertThat(tables.open("a:/x", "m").find("k")).isEqualTo(Answer.unavailable("a:/x: open /x: No such file or directory"));
        assertThat(tables.open("foo:/x", "m").find("k")).isEqualTo(Answer.unavailable("foo:/x: unsupported dictionary type: foo"));
        assertThat(tables.open("nothing", "m").find("k")).isInstanceOf(Answer.Unavailable.class);
        assertThat(tables.check("a:/x foo:/x nothing", "m")).containsExactly("m: a:/x is unavailable. open /x: No such file or directory",
                "m: unsupported dictionary type: foo", "m: open dictionary: expecting \"type:name\" form instead of \"nothing\"");
        factory.broken = null;
        assertThat(tables.check("a:/x", "m")).isEmpty();
        assertThat(factory.closed).hasValue(1);
    }

    /** A table that names itself is looked at once. */
    @Test
    void a_check_opens_what_a_table_is_made_of_too() {
        configure("table_replacement_timeout = 1s\n");
        type("a", new FakeFactory(key -> key));
        TableFactory made = spec -> {
            spec.tables().open(spec.name().equals("self") ? "a:x, made:self" : spec.name(), spec.text());
            return key -> Answer.NOT_FOUND;
        };
        tables.bind(made, Map.of("table.type", "made"), 0);
        assertThat(tables.check("made:a:/x made:self", "m")).isEmpty();
        TableFactory refusing = spec -> {
            spec.tables().open(spec.name(), spec.text());
            throw new TableOpenException("bad syntax");
        };
        tables.bind(refusing, Map.of("table.type", "refusing"), 0);
        assertThat(tables.check("refusing:nosuch:/x", "m")).containsExactly("m: refusing:nosuch:/x: unsupported dictionary type: nosuch", "m: refusing:nosuch:/x is unavailable. bad syntax");
        assertThat(tables.check("made:made:nosuch:/x", "m")).containsExactly("m: made:made:nosuch:/x: made:nosuch:/x: unsupported dictionary type: nosuch");
    }

    @Test
    void a_reload_opens_again_and_a_table_that_has_become_bad_goes_on_as_it_was() {
        configure("");
        FakeFactory factory = type("a", new FakeFactory(key -> key));
        TableList list = tables.open("a:x", "m");
        list.find("k");
        configure("");
        list.find("k");
        assertThat(factory.opened).hasValue(2);
        assertThat(factory.closed).hasValue(1);
        factory.broken = "spoilt";
        configure("");
        assertThat(list.find("k")).isEqualTo(Answer.found("k"));
        assertThat(factory.closed).hasValue(1);
    }

    @Test
    void tables_that_nobody_asks_are_closed_at_the_second_reload_and_open_when_they_are_asked_again() {
        configure("");
        FakeFactory factory = type("a", new FakeFactory(key -> key));
        TableList list = tables.open("a:x", "m");
        list.find("k");
        configure("");
        configure("");
        assertThat(factory.closed).hasValue(1);
        assertThat(list.find("k")).isEqualTo(Answer.found("k"));
    }

    @Test
    void a_lookup_that_takes_too_long_is_interrupted_and_unavailable() throws Exception {
        configure("table_lookup_timeout = 1s");
        var interrupted = new CountDownLatch(1);
        FakeFactory factory = type("slow", new FakeFactory(key -> {
            if (!key.equals("hang")) {
                return key;
            }
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            return "late";
        }, Trait.MAY_BLOCK));
        TableList list = tables.open("slow:x", "m");
        assertThat(list.find("quick")).isEqualTo(Answer.found("quick"));
        assertThat(list.find("hang")).isEqualTo(Answer.unavailable("no answer in 1 s"));
        assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(tables.unbind(Map.of("table.type", "slow"), 0)).isTrue();
        assertThat(factory.closed).hasValue(1);
        assertThat(factory.usedAfterClose).hasValue(0);
    }

    @Test
    void a_bug_in_a_table_is_unavailable() {
        configure("");
        type("bug", new FakeFactory(key -> {
            throw new IllegalStateException("oops");
        }));
        assertThat(tables.open("bug:x", "m").find("k")).isInstanceOfSatisfying(Answer.Unavailable.class, u -> assertThat(u.reason()).contains("oops"));
    }

    /** Hot swap: the factory is replaced again and again, with and without overlap, under fifty threads. No lookup fails, none is inside a closed table. */
    @Test
    @Timeout(120)
    void fifty_threads_notice_nothing_of_a_factory_being_replaced() throws Exception {
        configure("table_replacement_timeout = 60s");
        var over = new AtomicBoolean();
        var asked = new AtomicLong();
        var factories = new ArrayList<FakeFactory>();
        factories.add(type("lmdb", new FakeFactory(key -> "v-" + key)));
        // Platform threads: fifty virtual ones that never wait keep the two carriers to themselves, and those woken from outside may not run for seconds.
        try (var threads = Executors.newFixedThreadPool(50)) {
            var results = new ArrayList<Future<Long>>();
            for (int t = 0; t < 50; t++) {
                results.add(threads.submit(() -> {
                    long wrong = 0;
                    TableList list = tables.open("lmdb:/etc/t", "m");
                    while (!over.get()) {
                        wrong += list.find("K").equals(Answer.found("v-k")) ? 0 : 1;
                        asked.incrementAndGet();
                    }
                    return wrong;
                }));
            }
            try {
                for (int round = 1; round <= 200; round++) {
                    var next = new FakeFactory(key -> "v-" + key);
                    factories.add(next);
                    boolean overlap = round % 2 == 0;
                    if (overlap) {
                        tables.bind(next, Map.of("table.type", "lmdb"), round);
                    }
                    assertThat(tables.unbind(Map.of("table.type", "lmdb"), round - 1)).isTrue();
                    FakeFactory gone = factories.get(round - 1);
                    assertThat(gone.closed.get()).isEqualTo(gone.opened.get());
                    if (!overlap) {
                        tables.bind(next, Map.of("table.type", "lmdb"), round);
                    }
                    long before = asked.get();
                    while (asked.get() < before + 100) {
                        Thread.onSpinWait();
                    }
                }
            } finally {
                over.set(true);
            }
            for (Future<Long> result : results) {
                assertThat(result.get(60, TimeUnit.SECONDS)).isZero();
            }
        }
        assertThat(factories).allSatisfy(f -> assertThat(f.usedAfterClose).hasValue(0));
    }

    /** Nobody waits for one that hangs: five hundred do, the next is told at once, and other tables answer as ever. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(120)
    void many_lookups_that_hang_are_bounded_and_hold_up_no_other_table(boolean holdsThreads) throws Exception {
        configure("table_lookup_timeout = 60s");
        int most = holdsThreads ? SlowLookup.MOST_HOLDING : SlowLookup.MOST;
        var inside = new CountDownLatch(most);
        var platform = new AtomicLong();
        FakeFactory factory = type("slow", new FakeFactory(key -> {
            platform.addAndGet(Thread.currentThread().isVirtual() ? 0 : 1);
            inside.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                return "late";
            }
            return "never";
        }, holdsThreads ? new Trait[] {Trait.MAY_BLOCK, Trait.HOLDS_THREADS} : new Trait[] {Trait.MAY_BLOCK}));
        type("quick", new FakeFactory(key -> key));
        TableList slow = tables.open("slow:x", "m");
        var callers = new ArrayList<Thread>();
        for (int i = 0; i < most; i++) {
            callers.add(Thread.ofVirtual().start(() -> slow.find("hang")));
        }
        assertThat(inside.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(slow.find("one more")).isEqualTo(Answer.unavailable("too many lookups are waiting"));
        assertThat(tables.open("quick:x", "m").find("k")).isEqualTo(Answer.found("k"));
        assertThat(platform).hasValue(holdsThreads ? most : 0);
        // Interruption of those who asked is honoured, and passed on.
        callers.forEach(Thread::interrupt);
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(tables.unbind(Map.of("table.type", "slow"), 0)).isTrue();
        assertThat(factory.closed).hasValue(1);
        assertThat(factory.usedAfterClose).hasValue(0);
    }

    /** A file on a dead disk, say: who asks gets an answer in time, and those who come later at once. */
    @Test
    @Timeout(60)
    void a_table_that_takes_for_ever_to_open_is_unavailable_in_time() throws Exception {
        configure("table_lookup_timeout = 1s\ntable_replacement_timeout = 1s");
        var dead = new CountDownLatch(1);
        FakeFactory factory = type("a", new FakeFactory(key -> key));
        factory.beforeOpening = dead;
        TableList list = tables.open("a:x", "m");
        assertThat(list.find("k")).isEqualTo(Answer.unavailable("a:x: not opened in time"));
        dead.countDown();
        while (!list.find("k").equals(Answer.found("k"))) {
            Thread.onSpinWait();
        }
        assertThat(factory.opened).hasValue(1);
    }

    /** A bug in the bundle, say, of which the next one is free. */
    @Test
    @Timeout(60)
    void an_opening_that_hangs_is_given_up_when_its_bundle_has_been_replaced() throws Exception {
        configure("table_lookup_timeout = 1s\ntable_replacement_timeout = 0s");
        var ends = new CountDownLatch(1);
        FakeFactory hanging = type("a", new FakeFactory(key -> "old"));
        hanging.beforeOpening = ends;
        TableList list = tables.open("a:x", "m");
        assertThat(list.find("k")).isEqualTo(Answer.unavailable("a:x: not opened in time"));
        assertThat(tables.unbind(Map.of("table.type", "a"), 0)).isFalse();
        type("a", new FakeFactory(key -> "new"));
        while (!list.find("k").equals(Answer.found("new"))) {
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
        ends.countDown();
        while (hanging.closed.get() == 0) {
            Thread.onSpinWait();
        }
        assertThat(list.find("k")).isEqualTo(Answer.found("new"));
    }

    /** The drain is bounded; the table is closed when the lookup has come back, not before. */
    @Test
    @Timeout(60)
    void a_bundle_leaves_while_a_lookup_hangs_and_the_table_closes_after_it() throws Exception {
        configure("table_lookup_timeout = 1s\ntable_replacement_timeout = 0s");
        var stuck = new CountDownLatch(1);
        FakeFactory factory = type("net", new FakeFactory(key -> {
            boolean over = false;
            while (!over) {
                try {
                    stuck.await();
                    over = true;
                } catch (InterruptedException e) {
                    // Deaf, as native code is.
                    over = false;
                }
            }
            return "late";
        }, Trait.MAY_BLOCK));
        TableList list = tables.open("net:x", "m");
        assertThat(list.find("k")).isEqualTo(Answer.unavailable("no answer in 1 s"));
        assertThat(tables.unbind(Map.of("table.type", "net"), 0)).as("drained").isFalse();
        assertThat(factory.closed).hasValue(0);
        assertThat(list.find("k")).isInstanceOf(Answer.Unavailable.class);
        stuck.countDown();
        while (factory.closed.get() == 0) {
            Thread.onSpinWait();
        }
        assertThat(factory.usedAfterClose).hasValue(0);
    }

    /** A table of tables from the same bundle: the whole waits for its part, the part must not wait for the next bundle. */
    @Test
    @Timeout(60)
    void a_bundle_leaves_while_its_table_of_tables_asks_its_other_table() throws Exception {
        configure("table_replacement_timeout = 60s");
        var inside = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        FakeFactory part = type("part", new FakeFactory(key -> key));
        TableFactory whole = spec -> {
            TableList list = spec.tables().open("part:x", "m");
            return key -> {
                inside.countDown();
                try {
                    go.await();
                } catch (InterruptedException e) {
                    return Answer.unavailable("interrupted");
                }
                return list.find(key);
            };
        };
        tables.bind(whole, Map.of("table.type", "whole"), 0);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Answer> answer = threads.submit(() -> tables.open("whole:x", "m").find("k"));
            inside.await();
            assertThat(tables.unbind(Map.of("table.type", "part"), 0)).isTrue();
            Future<Boolean> drained = threads.submit(() -> tables.unbind(Map.of("table.type", "whole"), 0));
            while (tables.isProvided("whole")) {
                Thread.onSpinWait();
            }
            go.countDown();
            assertThat(drained.get(60, TimeUnit.SECONDS)).as("drained").isTrue();
            tables.bind(part, Map.of("table.type", "part"), 1);
            tables.bind(whole, Map.of("table.type", "whole"), 1);
            assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo(Answer.found("k"));
        }
    }

    /** Whoever asks last closes it. */
    @Test
    void a_table_whose_close_fails_spoils_no_lookup() {
        configure("");
        TableList list = tables.open("a:x", "m");
        var retire = new AtomicBoolean();
        FakeFactory factory = type("a", new FakeFactory(key -> {
            if (retire.compareAndSet(true, false)) {
                configure("");
                assertThat(list.find("other")).isEqualTo(Answer.found("other"));
            }
            return key;
        }));
        for (Supplier<Error> trouble : List.<Supplier<Error>>of(() -> new NoClassDefFoundError("gone"), () -> new InternalError("a fault"))) {
            factory.closeFails = trouble;
            retire.set(true);
            assertThat(list.find("k")).isEqualTo(Answer.found("k"));
        }
        assertThat(factory.closed).hasValue(2);
        assertThat(tables.unbind(Map.of("table.type", "a"), 0)).isTrue();
    }

    /** Whoever has kept a list asks the service that has replaced this one, or is told to wait. */
    @Test
    void what_has_ended_opens_no_table_any_more() throws Exception {
        configure("");
        FakeFactory factory = type("a", new FakeFactory(key -> key));
        TableList list = tables.open("a:x", "m");
        list.find("k");
        tables.stop();
        assertThat(factory.closed).hasValue(1);
        assertThat(list.find("k")).isEqualTo(Answer.unavailable("a:x: being replaced"));
        assertThat(factory.opened).hasValue(1);
    }

    @Test
    void a_check_tells_of_a_bug_in_a_type_and_goes_on_to_the_next() {
        configure("");
        TableFactory bug = spec -> {
            throw new NoClassDefFoundError("gone");
        };
        tables.bind(bug, Map.of("table.type", "bug"), 0);
        type("a", new FakeFactory(key -> key)).broken = "spoilt";
        assertThat(tables.check("bug:x a:x", "m")).containsExactly("m: bug:x is unavailable. bug in table type bug: java.lang.NoClassDefFoundError: gone", "m: a:x is unavailable. spoilt");
    }

    @Test
    void statistics_count_what_was_asked_and_say_what_is_wrong() {
        configure("table_replacement_timeout = 0s");
        FakeFactory factory = type("a", new FakeFactory(key -> key.equals("x") ? "v" : key.equals("bad") ? "!" : null));
        TableList list = tables.open("a:1 a:2", "m");
        list.find("x");
        list.find("y");
        list.find("bad");
        tables.open("none:3", "m").find("k");
        assertThat(tables.statistics()).extracting(TableStatistics::table).containsExactly("a:1", "a:2", "none:3");
        TableStatistics first = tables.statistics().getFirst();
        assertThat(first.counts()).isEqualTo(new TableStatistics.Counts(1, 1, 1));
        assertThat(first.source()).isEqualTo(new TableStatistics.Source("test", "1.0.0"));
        assertThat(first.condition()).isEqualTo(new TableStatistics.Condition(true, OptionalLong.of(7), ""));
        assertThat(first.latency().count()).as("the opening was waited for").isBetween(1L, 3L);
        assertThat(first.latency().percentile(1)).isPositive();
        TableStatistics last = tables.statistics().getLast();
        assertThat(last.condition()).isEqualTo(new TableStatistics.Condition(false, OptionalLong.empty(), "unsupported dictionary type: none"));
        assertThat(last.counts()).isEqualTo(new TableStatistics.Counts(0, 0, 1));
        factory.broken = "spoilt";
        configure("");
        list.find("x");
        first = tables.statistics().getFirst();
        assertThat(first.condition()).isEqualTo(new TableStatistics.Condition(true, OptionalLong.of(7), "spoilt"));
        assertThat(first.counts().hits()).isEqualTo(2);
    }

    @Test
    void with_the_factory_gone_for_good_lookups_wait_and_are_then_unavailable() {
        configure("table_replacement_timeout = 1s");
        type("a", new FakeFactory(key -> key));
        TableList list = tables.open("a:x", "m");
        assertThat(list.find("k")).isEqualTo(Answer.found("k"));
        tables.unbind(Map.of("table.type", "a"), 0);
        assertThat(list.find("k")).isInstanceOf(Answer.Unavailable.class);
        type("a", new FakeFactory(key -> "new"));
        assertThat(list.find("k")).isEqualTo(Answer.found("new"));
    }
}
