// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.model.Notify;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.StoredMessage;

/** postqueue and postsuper. */
@Timeout(60)
class VerbsTest {

    private static final QueueId NOBODY = new QueueId("4NoSuchId0z1");

    @Test
    void delete_takes_deferred_mail_and_says_whether_there_was_any() throws Exception {
        try (var rig = new Rig("")) {
            StoredMessage m = rig.awaitDeferred(rig.send("a@later.example"));
            assertThat(rig.verbs().delete(m.id())).isTrue();
            assertThat(rig.stored(m.id())).isEmpty();
            assertThat(rig.verbs().delete(NOBODY)).isFalse();
            assertThat(rig.logged("postfix/postsuper: " + m.id() + ": removed")).isOne();
        }
    }

    @Test
    void delete_during_delivery_waits_for_it_and_starts_no_other() throws Exception {
        try (var rig = new Rig("initial_destination_concurrency = 1\n")) {
            rig.hang("hang.example");
            StoredMessage m = rig.send("a@hang.example", "b@one.example");
            rig.awaitDeliveriesTo("a@hang.example", 1);
            StoredMessage behind = rig.send("c@hang.example");
            rig.events.await("the other is active", () -> rig.isActive(behind.id()));
            assertThat(rig.verbs().delete(behind.id())).isTrue();
            rig.awaitGone(behind);
            assertThat(rig.verbs().delete(m.id())).isTrue();
            assertThat(rig.stored(m.id())).as("still under way").isPresent();
            rig.open("hang.example");
            rig.awaitGone(m);
            assertThat(rig.deliveriesTo("c@hang.example")).isZero();
        }
    }

    @Test
    void hold_during_delivery_keeps_what_was_delivered() throws Exception {
        try (var rig = new Rig("initial_destination_concurrency = 1\nsmtp_destination_recipient_limit = 2\n")) {
            rig.hang("hang.example");
            StoredMessage m = rig.send("a@hang.example", "b@hang.example", "c@hang.example");
            rig.awaitDeliveriesTo("a@hang.example", 1);
            assertThat(rig.verbs().hold(m.id())).isTrue();
            rig.open("hang.example");
            rig.events.await("on hold", () -> rig.stored(m.id()).orElseThrow().queue() == QueueName.HOLD);
            assertThat(rig.stored(m.id()).orElseThrow().states().stream().map(Rig::isDone)).containsExactly(true, true, false);
            assertThat(rig.verbs().hold(m.id())).as("is on hold already").isFalse();
            assertThat(rig.verbs().flush(m.id())).as("held mail is not flushed").isFalse();
            assertThat(rig.verbs().release(m.id())).isTrue();
            rig.awaitGone(m);
            assertThat(rig.deliveriesTo("c@hang.example")).isOne();
            assertThat(rig.deliveriesTo("a@hang.example")).isOne();
        }
    }

    @Test
    void a_success_is_told_although_the_message_is_put_on_hold_or_the_server_stopped() throws Exception {
        var rig = new Rig("");
        try (rig) {
            var everything = new Notify(true, true, true, false);
            rig.hang("hang.example");
            StoredMessage held = rig.sendFrom("sender@example.org", everything, "a@one.example", "b@hang.example");
            rig.awaitDeliveriesTo("a@one.example", 1);
            rig.awaitDeliveriesTo("b@hang.example", 1);
            assertThat(rig.verbs().hold(held.id())).isTrue();
            rig.open("hang.example");
            rig.events.await("on hold", () -> rig.stored(held.id()).orElseThrow().queue() == QueueName.HOLD);
            assertThat(rig.reports).containsExactly("delivered " + held.id() + " [0:relayed, 1:relayed]");
            rig.hang("hang.example");
            StoredMessage stopped = rig.sendFrom("sender@example.org", everything, "c@hang.example");
            for (int i = 0; i < 5; i++) {
                rig.send("u" + i + "@hang.example");
            }
            rig.events.await("five under way", () -> rig.deliveries.stream().filter(d -> d.nextHop().equals("hang.example")).count() == 6);
            var gate = rig.gates.get("hang.example");
            Thread.startVirtualThread(() -> {
                rig.events.await("the one that waits is given back", () -> activeNow(rig) == 5);
                gate.countDown();
            });
            rig.engine.close();
            assertThat(rig.reports).contains("delivered " + stopped.id() + " [0:relayed]");
            assertThat(rig.stored(stopped.id())).isEmpty();
        }
    }

    @Test
    void the_log_says_so_where_a_success_will_never_be_told() throws Exception {
        try (var rig = new Rig("")) {
            rig.reporterWorks = false;
            rig.hang("hang.example");
            StoredMessage held = rig.sendFrom("sender@example.org", new Notify(true, true, true, false), "a@one.example", "b@hang.example");
            rig.awaitDeliveriesTo("a@one.example", 1);
            rig.awaitDeliveriesTo("b@hang.example", 1);
            assertThat(rig.verbs().hold(held.id())).isTrue();
            rig.open("hang.example");
            rig.events.await("on hold", () -> rig.stored(held.id()).orElseThrow().queue() == QueueName.HOLD);
            rig.awaitLog("; the sender will not be told that the message was delivered");
            assertThat(rig.log).noneMatch(line -> line.contains("delivery status notification not queued") && line.contains("tried again"));
        }
    }

    /** When it ends it would take the message from hold, and have those served again whom another attempt has served meanwhile. */
    @Test
    void a_message_that_waits_for_its_report_is_left_alone() throws Exception {
        try (var rig = new Rig("")) {
            rig.reporterWorks = false;
            var everything = new Notify(true, true, true, false);
            StoredMessage m = rig.sendFrom("sender@example.org", everything, "a@one.example", "b@later.example");
            StoredMessage gone = rig.sendFrom("sender@example.org", everything, "a@one.example", "b@later.example");
            for (StoredMessage each : List.of(m, gone)) {
                rig.events.await("waits", () -> Rig.isDone(rig.stored(each.id()).orElseThrow().states().getFirst()) && !rig.isActive(each.id()));
            }
            assertThatThrownBy(() -> rig.verbs().hold(m.id())).hasMessage(m.id() + ": queue file cannot be changed at this moment");
            assertThatThrownBy(() -> rig.verbs().flush(m.id())).hasMessage(m.id() + ": queue file cannot be changed at this moment");
            rig.replaceStore();
            rig.awaitClerk();
            assertThat(rig.isActive(m.id())).as("a scan of the store that came").isFalse();
            assertThat(rig.deliveriesTo("b@later.example")).isEqualTo(2);
            assertThat(rig.verbs().delete(gone.id())).isTrue();
            rig.reporterWorks = true;
            rig.pass(java.time.Duration.ofSeconds(61));
            rig.awaitDeferred(m);
            assertThat(rig.stored(gone.id())).isEmpty();
            // Its last update has been seen; that it is in hand no longer comes right after.
            for (int i = 0; !isOnHold(rig, m.id()); i++) {
                assertThat(i).isLessThan(100_000);
            }
        }
    }

    private static boolean isOnHold(Rig rig, QueueId id) {
        try {
            return rig.verbs().hold(id);
        } catch (QueueException e) {
            return false;
        }
    }

    @Test
    void no_more_wait_for_their_reports_than_memory_has_room_for() {
        var inHand = new InHand();
        for (int i = 0; i < InHand.MOST_PARKED; i++) {
            assertThat(inHand.park(new QueueId("4NoSuchId0z" + i))).isTrue();
        }
        assertThat(inHand.park(NOBODY)).as("is one of them").isTrue();
        assertThat(inHand.park(new QueueId("4NoSuchId0y1"))).isFalse();
        assertThat(inHand.isParked(new QueueId("4NoSuchId0y1"))).isFalse();
    }

    private static int activeNow(Rig rig) {
        try {
            return rig.verbs().ids(Set.of(QueueName.ACTIVE), 100).size();
        } catch (QueueException e) {
            return -1;
        }
    }

    @Test
    void flush_all_tries_every_deferred_message_once() throws Exception {
        try (var rig = new Rig("")) {
            var all = new ArrayList<StoredMessage>();
            for (int i = 0; i < 300; i++) {
                all.add(rig.send("u" + i + "@later" + ".d" + i % 7 + ".example"));
            }
            all.forEach(rig::awaitDeferred);
            rig.verbs().flushAll();
            rig.events.await("all tried again", () -> rig.deliveries.size() == 600);
            all.forEach(m -> rig.awaitUpdates(m, 3));
            assertThat(rig.deliveries).hasSize(600);
        }
    }

    /** Whoever flushes may have changed a moment ago where mail goes. */
    @Test
    void a_flush_asks_anew_where_its_mail_goes() throws Exception {
        try (var rig = new Rig("")) {
            StoredMessage one = rig.awaitDeferred(rig.send("one@later.example"));
            StoredMessage two = rig.awaitDeferred(rig.send("two@later.example"));
            assertThat(rig.resolvedAnew).isEmpty();
            assertThat(rig.verbs().flush(one.id())).isTrue();
            rig.events.await("tried again", () -> rig.deliveries.size() == 3);
            assertThat(rig.resolvedAnew).containsExactly("one@later.example");
            rig.awaitUpdates(one, 2);
            rig.verbs().flushAll();
            rig.events.await("both tried again", () -> rig.deliveries.size() == 5);
            assertThat(rig.resolvedAnew).hasSize(3).contains(two.envelope().recipients().getFirst().address().text());
        }
    }

    /** A message among the first that is active at this moment, and those behind it. */
    @Test
    void flush_all_takes_as_many_walks_as_the_queue_is_long() throws Exception {
        try (var rig = new Rig("", true, 2)) {
            var all = new ArrayList<StoredMessage>();
            for (int i = 0; i < 7; i++) {
                all.add(rig.awaitDeferred(rig.send("u@later.d" + i + ".example")));
            }
            rig.hang("later.d0.example");
            assertThat(rig.verbs().flush(all.getFirst().id())).isTrue();
            rig.awaitDeliveriesTo("u@later.d0.example", 2);
            assertThat(rig.isActive(all.getFirst().id())).isTrue();
            rig.verbs().flushAll();
            rig.events.await("all others tried again", () -> rig.deliveries.size() == 14);
            rig.open("later.d0.example");
        }
    }

    @Test
    void flush_site_tries_only_mail_for_that_domain() throws Exception {
        try (var rig = new Rig("")) {
            rig.awaitDeferred(rig.send("a@later.example"));
            rig.awaitDeferred(rig.send("b@later.org"));
            assertThat(rig.verbs().flushSite("Later.Example")).isOne();
            rig.awaitDeliveriesTo("a@later.example", 2);
            assertThat(rig.deliveriesTo("b@later.org")).isOne();
        }
    }

    @Test
    void a_flush_counts_what_the_store_has_taken() throws Exception {
        try (var rig = new Rig("")) {
            for (int i = 0; i < 3; i++) {
                rig.awaitDeferred(rig.send("u@later.example"));
            }
            rig.store.afterUpdate = () -> rig.store.mode = FakeStore.Mode.CANNOT_READ;
            assertThat(rig.verbs().flushSite("later.example")).isOne();
            rig.awaitDeliveriesTo("u@later.example", 4);
        }
    }

    /** Each costs a failing disk's wait on the thread that all delivery depends on. */
    @Test
    void a_flush_ends_where_the_store_takes_nothing() throws Exception {
        try (var rig = new Rig("")) {
            for (int i = 0; i < 30; i++) {
                rig.awaitDeferred(rig.send("u@later.example"));
            }
            rig.store.afterUpdate = () -> rig.store.mode = FakeStore.Mode.CANNOT_READ;
            assertThatThrownBy(() -> rig.verbs().flushSite("later.example")).isInstanceOf(QueueException.class)
                    .hasMessage("queue files cannot be changed at this moment; 1 released");
            assertThat(rig.logged("not released")).isEqualTo(Flush.MOST_MISSED);
            rig.awaitDeliveriesTo("u@later.example", 31);
        }
    }

    @Test
    void the_list_shows_active_mail_first_and_each_message_once() throws Exception {
        try (var rig = new Rig("")) {
            StoredMessage deferred = rig.awaitDeferred(rig.send("a@later.example"));
            rig.hang("hang.example");
            StoredMessage active = rig.send("b@hang.example");
            var seen = new ArrayList<String>();
            rig.verbs().list(listed -> seen.add(listed.message().id() + " " + listed.queue().text()));
            assertThat(seen).containsExactly(active.id() + " active", deferred.id() + " deferred");
            assertThat(rig.verbs().ids(Set.of(QueueName.DEFERRED), 10)).containsExactly(deferred.id());
        }
    }
}
