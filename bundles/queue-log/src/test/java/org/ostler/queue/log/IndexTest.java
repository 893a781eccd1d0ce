// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.ostler.mail.model.QueueId;

class IndexTest {

    @Test
    void finds_what_was_inserted_and_not_removed_through_random_churn() {
        var random = new SplittableRandom(7);
        var model = new HashMap<Long, Long>();
        var keys = new ArrayList<Long>();
        try (var index = new Index()) {
            for (int i = 0; i < 300_000; i++) {
                if (keys.isEmpty() || random.nextInt(5) < 3) {
                    long sequence = i * 7L;
                    index.insert(sequence, i);
                    model.put(sequence, (long) i);
                    keys.add(sequence);
                } else {
                    int at = random.nextInt(keys.size());
                    long gone = keys.set(at, keys.getLast());
                    keys.removeLast();
                    index.remove(index.find(gone));
                    model.remove(gone);
                    assertThat(index.find(gone)).isEqualTo(-1);
                }
            }
            assertThat(index.size()).isEqualTo(model.size());
            model.forEach((sequence, micros) -> assertThat(index.micros(index.find(sequence))).isEqualTo(micros));
        }
    }

    @Test
    void due_time_and_flags_share_a_word_without_disturbing_each_other() {
        try (var index = new Index()) {
            int slot = index.insert(1, 1);
            index.setFlags(slot, Index.CLAIMED | 3);
            index.setDue(slot, Long.MAX_VALUE);
            assertThat(index.flags(slot)).isEqualTo(Index.CLAIMED | 3);
            assertThat(index.due(slot)).isEqualTo(Index.LATEST_SECOND * 1000);
            index.setFlags(slot, 0);
            index.setDue(slot, 1234);
            assertThat(index.due(slot)).isEqualTo(1234);
        }
    }

    @Test
    void a_window_gives_all_entries_in_order_however_many_there_are() {
        var random = new SplittableRandom(3);
        var model = new TreeMap<Long, Integer>();
        try (var index = new Index()) {
            var window = new Window(index, slot -> index.flags(slot) == 0, index::due);
            for (int i = 0; i < 4 * Window.WIDTH; i++) {
                long due = random.nextLong(1L << 40);
                int slot = index.insert(i, i);
                index.setDue(slot, due);
                window.add(slot);
                model.put(due, slot);
            }
            while (!model.isEmpty()) {
                int slot = window.peek();
                assertThat(slot).isEqualTo(model.firstEntry().getValue());
                if (random.nextInt(10) == 0) {
                    // Put off: comes again later.
                    window.remove(slot);
                    model.pollFirstEntry();
                    index.setDue(slot, index.due(slot) + random.nextLong(1L << 36));
                    window.add(slot);
                    model.put(index.due(slot), slot);
                } else {
                    window.remove(slot);
                    index.setFlags(slot, 1);
                    model.pollFirstEntry();
                }
            }
            assertThat(window.peek()).isEqualTo(-1);
        }
    }

    @Test
    void portions_in_id_order_join_without_gap_or_repetition() {
        var random = new SplittableRandom(5);
        try (var index = new Index()) {
            var expected = new ArrayList<QueueId>();
            for (int i = 0; i < 5_000; i++) {
                long micros = 1_700_000_000_000_000L + random.nextInt(2_000);
                index.insert(i, micros);
                expected.add(Ids.of(micros, i));
            }
            expected.sort(null);
            var walked = new ArrayList<QueueId>();
            long micros = -1;
            long sequence = -1;
            while (true) {
                var portion = IdOrder.after(index, micros, sequence, 777);
                if (portion.isEmpty()) {
                    break;
                }
                portion.forEach(slot -> walked.add(Ids.of(index.micros(slot), index.sequence(slot))));
                micros = index.micros(portion.getLast());
                sequence = index.sequence(portion.getLast());
            }
            assertThat(walked).isEqualTo(expected);
        }
    }

    @Test
    void ids_are_taken_apart_as_they_were_put_together() {
        var random = new SplittableRandom(11);
        for (int i = 0; i < 10_000; i++) {
            long micros = random.nextLong(4_000_000_000_000_000L);
            long sequence = random.nextLong(1L << 50);
            QueueId id = Ids.of(micros, sequence);
            assertThat(Ids.sequence(id)).isEqualTo(sequence);
            assertThat(Ids.micros(id)).isEqualTo(micros);
        }
        assertThat(Ids.sequence(new QueueId("0123456789AB"))).isEqualTo(-1);
        assertThat(Ids.sequence(new QueueId("4AEIOUz"))).isEqualTo(-1);
    }
}
