// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.queue.StoredMessage;

/** One destination never holds up another, and none gets more than it is trusted with. */
@Timeout(60)
class DestinationsTest {

    @Test
    void a_destination_that_hangs_for_ever_does_not_delay_another() throws Exception {
        try (var rig = new Rig("")) {
            rig.hang("hang.example");
            for (int i = 0; i < 50; i++) {
                rig.send("u" + i + "@hang.example");
            }
            rig.events.await("five deliveries hang", () -> rig.deliveries.size() == 5);
            var others = new ArrayList<StoredMessage>();
            for (int i = 0; i < 200; i++) {
                others.add(rig.send("u@d" + i + ".example"));
            }
            others.forEach(rig::awaitGone);
            assertThat(rig.deliveries.stream().filter(d -> d.nextHop().equals("hang.example")).count()).as("initial_destination_concurrency").isEqualTo(5);
            rig.open("hang.example");
            rig.events.await("all delivered", () -> rig.store.size() == 0);
        }
    }

    @Test
    void a_dead_destination_is_left_alone_for_a_while_and_then_tried_again() throws Exception {
        try (var rig = new Rig("initial_destination_concurrency = 1\n")) {
            StoredMessage first = rig.send("a@down.example");
            rig.awaitDeferred(first);
            StoredMessage second = rig.awaitDeferred(rig.send("b@down.example"));
            assertThat(rig.deliveriesTo("b@down.example")).as("not tried").isZero();
            assertThat(rig.logged("postfix/error: " + second.id() + ": to=<b@down.example>, relay=none, delay=0, delays=0/0/0/0, dsn=4.4.1, "
                    + "status=deferred (delivery temporarily suspended: connect to mx[192.0.2.1]:25: Connection refused)")).isOne();
            StoredMessage other = rig.send("c@one.example");
            rig.awaitGone(other);
            rig.advance(Duration.ofSeconds(301));
            rig.events.await("somebody tries again", () -> rig.deliveriesTo("a@down.example") + rig.deliveriesTo("b@down.example") >= 2);
        }
    }

    @Test
    void what_waits_for_a_destination_is_deferred_when_it_dies() throws Exception {
        try (var rig = new Rig("initial_destination_concurrency = 1\n")) {
            rig.hang("down.example");
            var all = new ArrayList<StoredMessage>();
            for (int i = 0; i < 30; i++) {
                all.add(rig.send("u" + i + "@down.example"));
            }
            rig.events.await("one under way", () -> rig.deliveries.size() == 1);
            rig.open("down.example");
            all.forEach(rig::awaitDeferred);
            assertThat(rig.deliveries).hasSize(1);
            assertThat(rig.logged("delivery temporarily suspended")).isEqualTo(29);
        }
    }

    @Test
    void flushing_one_message_tries_a_dead_destination() throws Exception {
        try (var rig = new Rig("initial_destination_concurrency = 1\n")) {
            StoredMessage m = rig.send("a@down.example");
            rig.awaitDeferred(m);
            assertThat(rig.verbs().flush(m.id())).isTrue();
            rig.awaitDeliveriesTo("a@down.example", 2);
        }
    }

    @Test
    void recipients_of_one_delivery_are_limited() throws Exception {
        try (var rig = new Rig("smtp_destination_recipient_limit = 3\n")) {
            StoredMessage m = rig.send("a@one.example", "b@one.example", "c@one.example", "d@one.example", "e@one.example", "f@one.example", "g@one.example");
            rig.awaitGone(m);
            assertThat(rig.deliveries.stream().map(d -> d.recipients().size())).containsExactlyInAnyOrder(3, 3, 1);
        }
    }

    @Test
    void with_a_recipient_limit_of_one_each_recipient_is_a_destination() throws Exception {
        try (var rig = new Rig("smtp_destination_recipient_limit = 1\nsmtp_destination_concurrency_limit = 1\n")) {
            rig.hang("hang.example");
            rig.send("a@hang.example", "b@hang.example", "c@hang.example");
            rig.send("a@hang.example");
            rig.events.await("three at once", () -> rig.deliveries.size() == 3);
            rig.open("hang.example");
            rig.events.await("all delivered", () -> rig.store.size() == 0);
        }
    }

    @Test
    void the_window_bounds_what_is_under_way_at_once() throws Exception {
        try (var rig = new Rig("smtp_destination_concurrency_limit = 3\n")) {
            var now = new AtomicInteger();
            var most = new AtomicInteger();
            rig.smtp = delivery -> {
                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                Thread.yield();
                DeliveryResult result = rig.deliver(delivery);
                now.decrementAndGet();
                return result;
            };
            for (int i = 0; i < 500; i++) {
                rig.send("u" + i + "@one.example");
            }
            rig.events.await("all delivered", () -> rig.store.size() == 0);
            assertThat(most.get()).isBetween(1, 3);
        }
    }

    @Test
    void a_rate_delay_spaces_deliveries() throws Exception {
        try (var rig = new Rig("smtp_destination_rate_delay = 60s\n")) {
            StoredMessage first = rig.send("a@one.example");
            StoredMessage second = rig.send("b@one.example");
            rig.events.await("one delivered", () -> rig.store.size() == 1);
            assertThat(rig.deliveries).hasSize(1);
            rig.awaitGone(rig.send("c@two.example"));
            rig.advance(Duration.ofSeconds(61));
            rig.awaitGone(first);
            rig.awaitGone(second);
        }
    }

    @Test
    void a_transport_rate_delay_spaces_deliveries_to_all_destinations() throws Exception {
        try (var rig = new Rig("smtp_transport_rate_delay = 10s\n")) {
            for (int i = 0; i < 3; i++) {
                rig.send("a@d" + i + ".example");
            }
            for (int left = 2; left >= 0; left--) {
                int rest = left;
                rig.events.await("one more delivered", () -> rig.store.size() == rest);
                assertThat(rig.deliveries).hasSize(3 - left);
                rig.advance(Duration.ofSeconds(11));
            }
        }
    }

    @Test
    void a_destination_that_fills_the_active_queue_is_named() throws Exception {
        try (var rig = new Rig("qmgr_message_active_limit = 50\n")) {
            rig.hang("hang.example");
            for (int i = 0; i < 40; i++) {
                rig.send("u" + i + "@hang.example");
            }
            rig.awaitLog("postfix/qmgr: warning: mail for hang.example is using up 11 of 50 active queue entries");
            assertThat(rig.logged("is using up")).as("not every time").isOne();
            rig.open("hang.example");
            rig.events.await("all delivered", () -> rig.store.size() == 0);
        }
    }

    @Test
    void a_transport_that_master_cf_does_not_know_defers() throws Exception {
        try (var rig = new Rig("")) {
            rig.awaitDeferred(rig.send("a@unknown.transport"));
            assertThat(rig.logged("dsn=4.3.0, status=deferred (mail transport unavailable)")).isOne();
            assertThat(rig.logged("warning: connect to transport private/nosuch: No such file or directory")).isOne();
        }
    }

    @Test
    void mail_waits_for_a_transport_bundle_that_is_being_replaced() throws Exception {
        try (var rig = new Rig("")) {
            StoredMessage m = rig.send("user@example.test");
            rig.events.await("taken", () -> rig.isActive(m.id()));
            rig.neighbours.transports().bind(rig::deliver, Set.of("local"), 0);
            rig.awaitGone(m);
            assertThat(rig.logged("mail transport unavailable")).isZero();
        }
    }

    @Test
    void deferred_transports_wait_for_a_flush() throws Exception {
        try (var rig = new Rig("defer_transports = smtp\n")) {
            StoredMessage m = rig.send("a@one.example");
            rig.awaitDeferred(m);
            assertThat(rig.logged("dsn=4.3.2, status=deferred (deferred transport)")).isOne();
            rig.verbs().flushAll();
            rig.awaitGone(m);
        }
    }

    @Test
    void transports_are_bounded_by_their_row_or_the_default_that_is_set() {
        var rig = generation("");
        assertThat(LaneLimits.read("smtp", rig, row(0)).processLimit()).isEqualTo(Integer.MAX_VALUE);
        assertThat(LaneLimits.read("smtp", rig, row(7)).processLimit()).isEqualTo(7);
        assertThat(LaneLimits.read("smtp", rig, row(-1)).processLimit()).isEqualTo(500);
        assertThat(LaneLimits.read("smtp", generation("default_process_limit = 9\n"), row(-1)).processLimit()).isEqualTo(9);
    }

    private static org.ostler.mail.config.Settings generation(String text) {
        return org.ostler.mail.config.Settings.parse(text);
    }

    private static org.ostler.mail.config.ServiceRow row(int maxproc) {
        var number = maxproc < 0 ? java.util.OptionalInt.empty() : java.util.OptionalInt.of(maxproc);
        return new org.ostler.mail.config.ServiceRow("smtp", "unix", true, true, false, "-", number, "smtp", List.of(), java.util.Map.of(), "", 1);
    }
}
