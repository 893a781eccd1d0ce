// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecallTest {

    private static final Answer VALUE = Answer.found("x");

    private final Object table = new Object();
    private final Recall recall = new Recall();

    @Test
    void an_answer_is_that_of_one_table_to_one_key() {
        recall.keep(table, "k", VALUE);
        recall.keep(table, "none", Answer.NOT_FOUND);
        assertThat(recall.find(table, "k")).isSameAs(VALUE);
        assertThat(recall.find(table, "none")).isEqualTo(Answer.NOT_FOUND);
        assertThat(recall.find(table, "other")).isNull();
        assertThat(recall.find(new Object(), "k")).isNull();
    }

    @Test
    void unavailable_is_not_kept() {
        recall.keep(table, "k", Answer.unavailable("down"));
        assertThat(recall.isEmpty()).isTrue();
    }

    @Test
    void it_is_bounded() {
        recall.keep(table, "long", Answer.found("x".repeat(1_001)));
        recall.keep(table, "k".repeat(1_001), VALUE);
        assertThat(recall.isEmpty()).isTrue();
        for (int i = 0; i < 1_000; i++) {
            recall.keep(table, "k" + i, VALUE);
        }
        assertThat(recall.find(table, "k49")).isEqualTo(VALUE);
        assertThat(recall.find(table, "k50")).isNull();
    }

    @Test
    void who_asks_within_it_is_on_this_thread_and_inside() throws Exception {
        var inner = new Recall();
        var seen = recall.during(() -> {
            Recall deeper = inner.during(Recall::current);
            return new Recall[] {Recall.current(), deeper};
        });
        assertThat(seen).containsExactly(recall, inner);
        assertThat(Recall.current()).isNull();
        var other = new Recall[] {recall};
        recall.during(() -> Thread.ofVirtual().start(() -> other[0] = Recall.current())).join();
        assertThat(other[0]).isNull();
    }
}
