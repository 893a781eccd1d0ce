// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ostler.mail.queue.StoredMessage;

/** Bounds, crash points, and a store that goes away: repeated deliveries at most. */
@Timeout(120)
class StoreTroubleTest {

    @Test
    void hundred_thousand_messages_pass_through_a_bounded_active_queue() throws Exception {
        try (var rig = new Rig("qmgr_message_active_limit = 500\nsmtp_destination_concurrency_limit = 100\n", false)) {
            rig.log.clear();
            var quiet = org.ostler.mail.log.MailLog.attach((when, severity, tag, text) -> { });
            for (int i = 0; i < 100_000; i++) {
                rig.send("u@d" + i % 50 + ".example");
            }
            var most = new java.util.concurrent.atomic.AtomicInteger();
            var count = new java.util.concurrent.atomic.AtomicInteger();
            rig.smtp = delivery -> {
                if (count.incrementAndGet() % 1000 == 0) {
                    var active = new java.util.concurrent.atomic.AtomicInteger();
                    try {
                        rig.verbs().list(listed -> listed.queue() == org.ostler.mail.queue.QueueName.ACTIVE && active.incrementAndGet() > 0);
                    } catch (org.ostler.mail.queue.QueueException e) {
                        throw new AssertionError(e);
                    }
                    most.accumulateAndGet(active.get(), Math::max);
                }
                int number = delivery.recipients().getFirst();
                return org.ostler.mail.delivery.DeliveryResult.of(java.util.List.of(new org.ostler.mail.delivery.Outcome.Delivered(number,
                        org.ostler.mail.model.EnhancedStatus.of("2.0.0"), "ok", false, "mx", org.ostler.mail.delivery.Outcome.Timing.NONE)));
            };
            rig.start();
            rig.events.await("all delivered", () -> count.get() == 100_000);
            rig.events.await("all removed", () -> rig.store.size() == 0);
            quiet.close();
            assertThat(count.get()).isEqualTo(100_000);
            assertThat(most.get()).isBetween(1, 500);
        }
    }

    @Test
    void arrivals_that_find_no_room_are_fetched_when_there_is_some() throws Exception {
        try (var rig = new Rig("qmgr_message_active_limit = 10\n")) {
            rig.hang("hang.example");
            for (int i = 0; i < 10; i++) {
                rig.send("u@hang.example");
            }
            StoredMessage late = rig.send("a@one.example");
            assertThat(rig.isActive(late.id())).isFalse();
            rig.open("hang.example");
            rig.advance(Duration.ofSeconds(1));
            rig.events.await("all delivered", () -> {
                rig.advance(Duration.ofMillis(200));
                return rig.store.size() == 0;
            });
        }
    }

    @Test
    void content_in_memory_is_bounded() throws Exception {
        try (var rig = new Rig("qmgr_content_memory_limit = 50\n")) {
            rig.hang("hang.example");
            for (int i = 0; i < 20; i++) {
                rig.send("u@hang.example");
            }
            var active = rig.verbs().ids(java.util.Set.of(org.ostler.mail.queue.QueueName.ACTIVE), 100);
            assertThat(active).as("three times 23 bytes").hasSize(3);
            rig.open("hang.example");
        }
    }

    @Test
    void a_lost_update_costs_a_second_delivery_and_nothing_else() throws Exception {
        try (var rig = new Rig("")) {
            rig.store.mode = FakeStore.Mode.LOSES_UPDATES;
            StoredMessage m = rig.send("a@one.example");
            rig.awaitLog(m.id() + ": removed");
            assertThat(rig.stored(m.id())).isPresent();
            rig.store.mode = FakeStore.Mode.WORKS;
            // A restart: the claims end, the next scan brings the message again.
            rig.replaceStore();
            rig.awaitGone(m);
            assertThat(rig.deliveriesTo("a@one.example")).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"REFUSES_UPDATES", "CANNOT_READ"})
    void a_refused_update_is_offered_again_and_nobody_gets_the_mail_twice(FakeStore.Mode mode) throws Exception {
        try (var rig = new Rig("")) {
            rig.store.mode = mode;
            StoredMessage m = rig.send("a@one.example");
            rig.awaitLog("queue file update: disk trouble; will be tried again");
            rig.events.await("finished", () -> !rig.isActive(m.id()));
            rig.replaceStore();
            rig.events.await("seen again and seen as done", () -> rig.store.updatesOf(m.id()).size() >= 3);
            rig.store.mode = FakeStore.Mode.WORKS;
            rig.events.await("offered again after ten seconds, written", () -> {
                rig.advance(Duration.ofSeconds(11));
                return rig.stored(m.id()).isEmpty();
            });
            assertThat(rig.deliveriesTo("a@one.example")).isOne();
        }
    }

    /** A delivery may outlive the claim of its message; its result must not be lost because the message cannot be read just then. */
    @Test
    void an_update_that_the_store_could_not_take_is_offered_to_the_same_store_again() throws Exception {
        try (var rig = new Rig("")) {
            rig.store.mode = FakeStore.Mode.CANNOT_READ;
            StoredMessage m = rig.send("a@one.example");
            rig.awaitLog("queue file update: disk trouble; will be tried again");
            rig.events.await("finished", () -> !rig.isActive(m.id()));
            rig.store.mode = FakeStore.Mode.WORKS;
            rig.events.await("offered again after ten seconds, written", () -> {
                rig.advance(Duration.ofSeconds(11));
                return rig.stored(m.id()).isEmpty();
            });
            assertThat(rig.deliveriesTo("a@one.example")).isOne();
        }
    }

    @Test
    void an_update_that_the_store_has_taken_is_not_offered_to_it_again() throws Exception {
        try (var rig = new Rig("")) {
            rig.store.mode = FakeStore.Mode.FAILS_TO_WRITE;
            StoredMessage m = rig.awaitDeferred(rig.send("a@later.example"));
            rig.awaitLog("queue file update: disk trouble");
            rig.store.mode = FakeStore.Mode.WORKS;
            rig.hang("later.example");
            rig.advance(Duration.ofSeconds(301));
            rig.awaitDeliveriesTo("a@later.example", 2);
            rig.advance(Duration.ofSeconds(3001));
            StoredMessage other = rig.send("b@one.example");
            rig.awaitGone(other);
            assertThat(rig.store.updatesOf(m.id())).as("an old update would end the new claim").hasSize(1);
            rig.open("later.example");
            rig.awaitUpdates(m, 2);
            assertThat(rig.deliveriesTo("a@later.example")).isEqualTo(2);
        }
    }

    @Test
    void deliveries_under_way_survive_a_store_that_is_replaced() throws Exception {
        try (var rig = new Rig("")) {
            rig.hang("hang.example");
            StoredMessage m = rig.send("a@hang.example");
            StoredMessage waiting = rig.send("b@hang.example", "c@one.example");
            rig.awaitDeliveriesTo("a@hang.example", 1);
            rig.awaitDeliveriesTo("c@one.example", 1);
            rig.unbindStore();
            rig.open("hang.example");
            rig.awaitLog(m.id() + ": queue file update: queue store is not available");
            assertThat(rig.stored(m.id())).isPresent();
            rig.rebindStore();
            rig.awaitGone(m);
            rig.awaitGone(waiting);
            assertThat(rig.deliveriesTo("a@hang.example")).isOne();
            assertThat(rig.deliveriesTo("c@one.example")).isOne();
        }
    }

    @Test
    void a_delivery_that_outlives_the_change_of_stores_is_not_begun_twice() throws Exception {
        try (var rig = new Rig("")) {
            rig.hang("hang.example");
            StoredMessage m = rig.send("a@hang.example");
            rig.awaitDeliveriesTo("a@hang.example", 1);
            rig.replaceStore();
            StoredMessage other = rig.send("b@one.example");
            rig.awaitGone(other);
            rig.open("hang.example");
            rig.awaitGone(m);
            assertThat(rig.deliveriesTo("a@hang.example")).isOne();
        }
    }

    @Test
    void results_are_written_while_other_recipients_are_still_under_way() throws Exception {
        try (var rig = new Rig("")) {
            rig.hang("hang.example");
            StoredMessage m = rig.send("a@one.example", "b@hang.example");
            rig.awaitDeliveriesTo("a@one.example", 1);
            rig.events.await("written after a second", () -> {
                rig.advance(Duration.ofMillis(600));
                return Rig.isDone(rig.stored(m.id()).orElseThrow().states().getFirst());
            });
            rig.open("hang.example");
            rig.awaitGone(m);
        }
    }

    private static int activeNow(Rig rig) {
        try {
            return rig.verbs().ids(java.util.Set.of(org.ostler.mail.queue.QueueName.ACTIVE), 100).size();
        } catch (org.ostler.mail.queue.QueueException e) {
            return -1;
        }
    }

    @Test
    void a_stop_gives_all_mail_back() throws Exception {
        var rig = new Rig("");
        rig.hang("hang.example");
        for (int i = 0; i < 20; i++) {
            rig.send("u" + i + "@hang.example");
        }
        rig.events.await("five under way", () -> rig.deliveries.size() == 5);
        var gate = rig.gates.get("hang.example");
        Thread.startVirtualThread(() -> {
            rig.events.await("those that wait are given back", () -> activeNow(rig) == 5);
            gate.countDown();
        });
        rig.engine.close();
        assertThat(rig.store.size()).isEqualTo(15);
        try (var claims = rig.store.attach(message -> false)) {
            assertThat(claims.incoming(100)).hasSize(15);
        }
        rig.close();
    }
}
