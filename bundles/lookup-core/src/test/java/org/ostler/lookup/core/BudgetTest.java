// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.config.Lists;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.Trait;

/** The deadline of a table that is made of others. Time is moved by the test. */
@Timeout(60)
class BudgetTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Answer LATE = Answer.unavailable("no answer in 60 s");

    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final Stage stage = new Stage(LIMIT, () -> Path.of("/nonexistent"));

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
        stage.bind("all", All::open);
        // Answers after as many seconds as its name says.
        stage.bind("after", spec -> new FakeFactory(key -> {
            asked.incrementAndGet();
            stage.pass(Duration.ofSeconds(Long.parseLong(spec.name())));
            return "late but true";
        }, Trait.MAY_BLOCK).open(spec));
        stage.bind("never", new FakeFactory(key -> {
            asked.incrementAndGet();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            return "too late";
        }, Trait.MAY_BLOCK));
    }

    private Answer ask(String table) {
        return stage.handles.open(table, "m").find("k");
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
        Budget.spend(stage, null, () -> {
            Budget budget = Budget.current();
            stage.pass(Duration.ofSeconds(64));
            budget.waited(TimeUnit.SECONDS.toNanos(64));
            assertThat(Duration.ofNanos(budget.left())).isBetween(LIMIT.minusSeconds(8), LIMIT);
            assertThat(Duration.ofNanos(budget.deadline(Long.MAX_VALUE / 2 + System.nanoTime()) - System.nanoTime())).isBetween(Duration.ofSeconds(-30), Duration.ofSeconds(1));
            return Answer.NOT_FOUND;
        });
        assertThat(Budget.current()).isNull();
    }
}
