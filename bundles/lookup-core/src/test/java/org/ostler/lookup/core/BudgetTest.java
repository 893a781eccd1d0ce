// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.TableStatistics.Source;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.Trait;

/** The deadline of a table that is made of others. Time is moved by the test. */
@Timeout(60)
class BudgetTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Answer LATE = Answer.unavailable("no answer in 60 s");

    private final long start = System.nanoTime();
    private final AtomicLong ahead = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final Registry registry = new Registry();
    private final Opener opener = new Surroundings();
    private final Handles handles = new Handles(opener);

    private final class Surroundings implements Opener {
        @Override
        public State state() {
            return new State(Settings.parse("table_lookup_timeout = 60s\n"), Path.of("/nonexistent"), Duration.ofSeconds(7), Duration.ofSeconds(3));
        }

        @Override
        public Consumer<String> warnings() {
            return _ -> { };
        }

        @Override
        public Tables tables() {
            return handles;
        }

        @Override
        public Registry registry() {
            return registry;
        }

        @Override
        public LongSupplier clock() {
            // It stands still: a second that this machine has lost would leave nothing for the last part. What was waited for parts is real, and leaves more.
            return () -> start + ahead.get();
        }
    }

    /** Asks all of its parts; the last one's answer counts. */
    private record All(List<TableList> parts) implements Table {

        static Table open(TableSpec spec) {
            return new All(Lists.split(spec.braced().orElseThrow()).stream().map(map -> spec.tables().open(Lists.unbrace(map), "parts")).toList());
        }

        @Override
        public Answer find(String key) {
            Answer answer = Answer.NOT_FOUND;
            for (TableList part : parts) {
                answer = part.find(key);
                if (answer instanceof Answer.Unavailable) {
                    return answer;
                }
            }
            return answer;
        }
    }

    @BeforeEach
    void tables() {
        bind("all", All::open);
        // Answers after as many seconds as its name says.
        bind("after", spec -> new FakeFactory(key -> {
            asked.incrementAndGet();
            ahead.addAndGet(TimeUnit.SECONDS.toNanos(Long.parseLong(spec.name())));
            return "late but true";
        }, Trait.MAY_BLOCK).open(spec));
        bind("never", new FakeFactory(key -> {
            asked.incrementAndGet();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            return "too late";
        }, Trait.MAY_BLOCK));
    }

    private void bind(String type, org.ostler.mail.lookup.spi.TableFactory factory) {
        registry.bind(factory, new Source("test", "1"), List.of(type), 0);
    }

    private Answer ask(String table) {
        return handles.open(table, "m").find("k");
    }

    @Test
    void parts_that_are_quick_enough_together_answer() {
        assertThat(ask("all:{after:20, after:20}")).isEqualTo(Answer.found("late but true"));
    }

    /** Each alone would be in time. The last one has the second that is left, and is interrupted then. */
    @Test
    void a_part_has_what_the_others_have_left() throws Exception {
        assertThat(ask("all:{after:59, never:x}")).isEqualTo(LATE);
        assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(asked).hasValue(2);
    }

    @Test
    void a_part_is_not_asked_when_the_time_is_over_and_the_next_lookup_begins_anew() {
        assertThat(ask("all:{after:30, after:50, after:30}")).isEqualTo(LATE);
        assertThat(asked).hasValue(2);
        assertThat(ask("all:{after:30}")).isEqualTo(Answer.found("late but true"));
        assertThat(ask("after:59")).isEqualTo(Answer.found("late but true"));
    }

    @Test
    void a_whole_inside_another_shares_its_time() {
        assertThat(ask("all:{after:30, {all:{after:20, after:20, after:20}}}")).isEqualTo(LATE);
        assertThat(asked).hasValue(3);
    }

    /** A part whose bundle is being replaced keeps its time for the answer; but not every part waits as long as one may. */
    @Test
    void waiting_for_parts_is_bounded_apart() {
        Budget.spend(opener, null, () -> {
            Budget budget = Budget.current();
            ahead.addAndGet(TimeUnit.SECONDS.toNanos(9));
            budget.waited(TimeUnit.SECONDS.toNanos(9));
            assertThat(Duration.ofNanos(budget.left())).isBetween(LIMIT.minusSeconds(8), LIMIT);
            assertThat(Duration.ofNanos(budget.deadline(Long.MAX_VALUE / 2 + System.nanoTime()) - System.nanoTime())).isBetween(Duration.ofSeconds(-30), Duration.ofSeconds(1));
            return Answer.NOT_FOUND;
        });
        assertThat(Budget.current()).isNull();
    }
}
