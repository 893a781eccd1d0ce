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
            rig.engine.storeLeaves(rig.store);
            rig.engine.storeCame();
            rig.awaitGone(m);
            assertThat(rig.deliveriesTo("a@one.example")).isEqualTo(2);
        }
    }

    @Test
    void of_two_updates_that_wait_the_later_one_counts() {
        var later = new org.ostler.mail.queue.RecipientState.Pending(java.util.Optional.of(Rig.LATER));
        var due = new org.ostler.mail.queue.Disposition.Defer(java.time.Instant.EPOCH);
        var first = new org.ostler.mail.queue.MessageUpdate(java.util.Map.of(0, later, 1, later), due, true);
        var second = new org.ostler.mail.queue.MessageUpdate(java.util.Map.of(1, org.ostler.mail.queue.RecipientState.DONE), new org.ostler.mail.queue.Disposition.Keep(), false);
        assertThat(StoreLink.merge(first, second)).isEqualTo(
                new org.ostler.mail.queue.MessageUpdate(java.util.Map.of(0, later, 1, org.ostler.mail.queue.RecipientState.DONE), due, true));
        var gone = org.ostler.mail.queue.MessageUpdate.of(new org.ostler.mail.queue.Disposition.Remove());
        assertThat(StoreLink.merge(gone, first).disposition()).as("what was to go goes").isEqualTo(gone.disposition());
        assertThat(StoreLink.merge(second, gone).disposition()).isEqualTo(gone.disposition());
    }

    /** A link and a store, without the clerk that offers again. */
    private static final class Alone implements AutoCloseable {
        final FakeStore store = new FakeStore(new Events());
        final StoreLink link;
        private final java.util.List<String> log = new java.util.ArrayList<>();
        private final AutoCloseable listening = org.ostler.mail.log.MailLog.attach((when, severity, tag, text) -> log.add(text));

        Alone() {
            var leased = new org.ostler.mail.lease.Leased<org.ostler.mail.queue.spi.QueueStore>("queue store");
            leased.bind(store, 0);
            link = new StoreLink(leased);
            assertThat(link.attach(message -> false)).isTrue();
        }

        org.ostler.mail.model.QueueId send() {
            var address = org.ostler.mail.model.Address.of("a@one.example");
            return store.put(org.ostler.mail.model.Envelope.of(address, java.util.List.of(org.ostler.mail.model.Recipient.of(address))), "text", java.time.Instant.EPOCH).id();
        }

        @Override
        public void close() throws Exception {
            listening.close();
        }
    }

    private static final org.ostler.mail.queue.MessageUpdate REMOVED = org.ostler.mail.queue.MessageUpdate.of(new org.ostler.mail.queue.Disposition.Remove());

    @Test
    void updates_are_offered_again_until_one_is_not_taken_and_that_one_goes_last() throws Exception {
        try (var alone = new Alone()) {
            var ids = java.util.List.of(alone.send(), alone.send(), alone.send());
            alone.store.mode = FakeStore.Mode.CANNOT_READ;
            ids.forEach(id -> assertThat(alone.link.update(id, REMOVED)).isFalse());
            alone.store.updates.clear();
            alone.link.rewrite();
            alone.link.rewrite();
            assertThat(alone.store.updates).extracting(FakeStore.Update::id).containsExactly(ids.get(0), ids.get(1));
            alone.store.mode = FakeStore.Mode.WORKS;
            alone.link.rewrite();
            assertThat(alone.link.hasUnwritten()).isFalse();
            assertThat(alone.store.size()).isZero();
        }
    }

    @Test
    void a_flush_that_was_not_taken_pushes_out_no_result() throws Exception {
        try (var alone = new Alone()) {
            alone.link.settings(org.ostler.mail.config.Settings.parse("qmgr_message_active_limit = 1\n"));
            var delivered = alone.send();
            var flushed = alone.send();
            alone.store.mode = FakeStore.Mode.CANNOT_READ;
            alone.link.update(delivered, REMOVED);
            assertThat(alone.link.update(flushed, org.ostler.mail.queue.MessageUpdate.of(new org.ostler.mail.queue.Disposition.Release()))).isFalse();
            assertThat(alone.log).contains(flushed + ": queue file update: disk trouble; not released");
            alone.store.mode = FakeStore.Mode.WORKS;
            alone.link.rewrite();
            assertThat(alone.store.load(delivered)).isEmpty();
            assertThat(alone.store.updatesOf(flushed)).hasSize(1);
        }
    }

    @Test
    void a_flush_that_was_not_taken_leaves_what_was_kept_before_it() throws Exception {
        try (var alone = new Alone()) {
            var id = alone.send();
            alone.store.mode = FakeStore.Mode.FALLS_APART;
            alone.link.update(id, org.ostler.mail.queue.MessageUpdate.of(new org.ostler.mail.queue.Disposition.Hold()));
            assertThat(alone.link.isHeldBack(id)).isTrue();
            alone.link.update(id, org.ostler.mail.queue.MessageUpdate.of(new org.ostler.mail.queue.Disposition.Release()));
            alone.store.mode = FakeStore.Mode.WORKS;
            alone.link.rewrite();
            assertThat(alone.store.updatesOf(id)).as("nobody else would give the claim back").hasSize(3);
            assertThat(alone.link.hasUnwritten()).isFalse();
        }
    }

    /** Of two updates that were not taken the older one may be kept after the newer one. */
    @Test
    void who_has_the_message_keeps_it_whatever_is_remembered_in_which_order() {
        var done = new org.ostler.mail.queue.MessageUpdate(java.util.Map.of(0, org.ostler.mail.queue.RecipientState.DONE), new org.ostler.mail.queue.Disposition.Keep(), false);
        var pending = new org.ostler.mail.queue.MessageUpdate(java.util.Map.of(0, org.ostler.mail.queue.RecipientState.FRESH, 1, org.ostler.mail.queue.RecipientState.FRESH),
                new org.ostler.mail.queue.Disposition.Keep(), false);
        assertThat(StoreLink.merge(done, pending).states()).containsEntry(0, org.ostler.mail.queue.RecipientState.DONE).containsEntry(1, org.ostler.mail.queue.RecipientState.FRESH);
    }

    @Test
    void what_the_store_knows_may_be_dropped_and_what_nobody_knows_fills_the_link() throws Exception {
        try (var alone = new Alone()) {
            alone.link.settings(org.ostler.mail.config.Settings.parse("qmgr_message_active_limit = 1\n"));
            var ids = java.util.List.of(alone.send(), alone.send(), alone.send());
            alone.store.mode = FakeStore.Mode.FAILS_TO_WRITE;
            alone.link.update(ids.get(0), REMOVED);
            alone.store.mode = FakeStore.Mode.CANNOT_READ;
            alone.link.update(ids.get(1), REMOVED);
            assertThat(alone.log).contains(ids.get(0) + ": result of a delivery is kept no longer; recipients may get this message again");
            assertThat(alone.link.isFull()).isFalse();
            alone.link.update(ids.get(2), REMOVED);
            assertThat(alone.link.isFull()).isTrue();
            assertThat(alone.log).filteredOn(line -> line.endsWith("no mail is taken up until some are written")).hasSize(1);
            alone.store.mode = FakeStore.Mode.WORKS;
            alone.link.rewrite();
            assertThat(alone.link.isFull()).isFalse();
            assertThat(alone.store.size()).isZero();
        }
    }

    @Test
    void a_result_outlives_a_store_that_falls_apart() throws Exception {
        try (var alone = new Alone()) {
            var delivered = alone.send();
            alone.store.mode = FakeStore.Mode.FALLS_APART;
            assertThat(alone.link.update(delivered, REMOVED)).isFalse();
            alone.store.mode = FakeStore.Mode.WORKS;
            alone.link.rewrite();
            assertThat(alone.store.load(delivered)).isEmpty();
        }
    }

    @Test
    void a_hold_that_waits_is_one_also_while_there_is_no_store() throws Exception {
        try (var alone = new Alone()) {
            var id = alone.send();
            alone.link.detach(null, () -> { });
            alone.link.update(id, org.ostler.mail.queue.MessageUpdate.of(new org.ostler.mail.queue.Disposition.Hold()));
            assertThat(alone.link.hasUnwritten()).isTrue();
            assertThat(alone.link.isHeldBack(id)).isTrue();
            alone.link.update(id, new org.ostler.mail.queue.MessageUpdate(java.util.Map.of(0, org.ostler.mail.queue.RecipientState.DONE), new org.ostler.mail.queue.Disposition.Keep(), false));
            assertThat(alone.link.corrected(alone.store.load(id).orElseThrow()).states()).containsExactly(org.ostler.mail.queue.RecipientState.DONE);
        }
    }

    /** By a clerk that was held up for longer than the stop has waited: no successor could attach. */
    @Test
    void who_has_stopped_claims_no_more() throws Exception {
        try (var alone = new Alone()) {
            assertThat(alone.link.close()).isTrue();
            assertThat(alone.link.attach(message -> false)).isFalse();
            alone.store.attach(message -> false).close();
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
            rig.engine.storeLeaves(rig.store);
            rig.engine.storeCame();
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
            rig.neighbours.store().bind(rig.store, 1);
            rig.engine.storeCame();
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
            rig.engine.storeLeaves(rig.store);
            rig.engine.storeCame();
            rig.events.await("attached again", rig.engine::isAttached);
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
