// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ModelTest {

    @Test
    void an_address_splits_at_its_last_at_sign() {
        assertThat(Address.of("a@b@example.org")).isEqualTo(new Address("a@b", "example.org"));
        assertThat(Address.of("joe")).isEqualTo(new Address("joe", ""));
        assertThat(Address.of("").isNull()).isTrue();
        assertThat(Address.of("Joe@Example.ORG").folded()).isEqualTo("joe@example.org");
    }

    @Test
    void an_enhanced_status_is_read_only_where_it_stands_alone() {
        assertThat(EnhancedStatus.parse("5.1.1 unknown")).contains(new EnhancedStatus(5, 1, 1));
        assertThat(EnhancedStatus.parse("4.7.25")).contains(new EnhancedStatus(4, 7, 25));
        for (String bad : List.of("", "5", "5.1", "5.1.", "3.1.1", "5.1.1x", "5..1", "5.1.1.1", "5.1000.1", "x5.1.1")) {
            assertThat(EnhancedStatus.parse(bad)).as(bad).isEmpty();
        }
        assertThat(EnhancedStatus.of("5.1.1").as(4)).hasToString("4.1.1");
    }

    @Test
    void a_queue_id_reads_like_postfix_s_long_form_and_orders_by_time() {
        QueueId id = QueueId.of(1_326_210_000L, 123_456, 7_654_321);
        assertThat(id.text()).matches("[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]{10}z[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]+");
        assertThat(QueueId.of(1_326_210_001L, 0, 1)).isGreaterThan(id);
        assertThat(QueueId.isValid("C3CD21F3E90")).isTrue();
        assertThat(QueueId.isValid("../../etc")).isFalse();
    }

    @Test
    void a_reply_never_smuggles_a_line_end() {
        assertThatIllegalArgumentException().isThrownBy(() -> Reply.of(250, "a\r\nb"));
        assertThat(new Reply(550, Optional.of(EnhancedStatus.of("5.1.1")), List.of("one", "two"))).hasToString("550 5.1.1 one two");
    }

    @Test
    void notify_follows_RFC_3461() {
        assertThat(Notify.DEFAULT.wantsFailure()).isTrue();
        assertThat(Notify.DEFAULT.wantsSuccess()).isFalse();
        assertThat(Notify.NEVER.isNever()).isTrue();
        assertThat(Notify.NEVER.wantsFailure()).isFalse();
        assertThat(new Notify(true, true, false, true)).hasToString("SUCCESS,DELAY");
    }
}
