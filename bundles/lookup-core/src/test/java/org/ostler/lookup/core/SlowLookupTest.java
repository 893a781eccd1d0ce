// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.TableStatistics.Source;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableFactory;
import org.ostler.mail.lookup.spi.Trait;

/** What stays behind when a lookup on a thread of its own has ended. */
class SlowLookupTest {

    private final TablesService tables = new TablesService();

    /** As Felix keeps some: a bundle that was replaced would stay in memory for good. */
    @Test
    @Timeout(60)
    void a_thread_that_has_answered_holds_no_table() throws Exception {
        tables.renew(new Generation(1, Path.of("/nonexistent"), Settings.parse(""), List.of()));
        var threads = new ArrayList<Thread>();
        var opened = new ArrayList<WeakReference<Table>>();
        TableFactory factory = spec -> {
            var table = new Table() {
                @Override
                public Answer find(String key) {
                    threads.add(Thread.currentThread());
                    return Answer.found("old");
                }

                @Override
                public Set<Trait> traits() {
                    return Set.of(Trait.MAY_BLOCK);
                }
            };
            opened.add(new WeakReference<>(table));
            return table;
        };
        tables.bind(factory, Map.of("table.type", "slow"), 0);
        TableList list = tables.open("slow:x", "m");
        assertThat(list.find("k")).isEqualTo(Answer.found("old"));
        threads.getFirst().join();
        tables.unbind(Map.of("table.type", "slow"), 0);
        tables.bind(new FakeFactory(key -> "new"), Map.of("table.type", "slow"), 0);
        assertThat(list.find("k")).isEqualTo(Answer.found("new"));
        for (int i = 0; i < 50 && opened.getFirst().get() != null; i++) {
            System.gc();
            Thread.onSpinWait();
        }
        assertThat(threads).hasSize(1);
        assertThat(opened.getFirst().get()).isNull();
    }

    @Test
    @Timeout(60)
    void an_answer_does_not_wait_for_the_table_to_close() throws Exception {
        var answered = new CountDownLatch(1);
        var closed = new CountDownLatch(1);
        var opened = new ArrayList<OpenTable>();
        var table = new Table() {
            @Override
            public Answer find(String key) {
                opened.getFirst().retire();
                return Answer.found("v");
            }

            @Override
            public Set<Trait> traits() {
                return Set.of(Trait.MAY_BLOCK);
            }

            @Override
            public void close() {
                try {
                    answered.await();
                    closed.countDown();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        var provider = new Provider(_ -> table, new Source("test", "1.0.0"));
        opened.add(new OpenTable(table, provider, new FileWatch(List.of(), Map.of(), 0, System::nanoTime), new OpenTable.Origin(0, false, _ -> { }, _ -> { })));
        assertThat(opened.getFirst().slow.ask("k", Duration.ofSeconds(5), Duration.ofSeconds(5), Table::find)).isEqualTo(Answer.found("v"));
        answered.countDown();
        closed.await();
    }
}
