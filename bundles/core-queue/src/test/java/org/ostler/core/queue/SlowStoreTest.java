// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ostler.mail.config.FixedConfiguration;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueManager;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.tck.Gate;

/** A store that takes its time to answer, as one that still reads what an earlier run has left: operators wait for it, deliveries do not. */
@Timeout(60)
class SlowStoreTest {

    private enum Verb {
        FLUSH_ALL, FLUSH_SITE, FLUSH, DELETE, HOLD, RELEASE, REQUEUE;

        void run(QueueManager verbs, QueueId id) throws QueueException {
            switch (this) {
                case FLUSH_ALL -> verbs.flushAll();
                case FLUSH_SITE -> verbs.flushSite("later.example");
                case FLUSH -> verbs.flush(id);
                case DELETE -> verbs.delete(id);
                case HOLD -> verbs.hold(id);
                case RELEASE -> verbs.release(id);
                case REQUEUE -> verbs.requeue(id);
            }
        }
    }

    private static CompletableFuture<Void> ask(Rig rig, Verb verb, QueueId id) {
        return CompletableFuture.runAsync(() -> {
            try {
                verb.run(rig.verbs(), id);
            } catch (QueueException e) {
                throw new AssertionError(e);
            }
        }, Thread::startVirtualThread);
    }

    @ParameterizedTest
    @EnumSource
    void what_an_operator_asks_for_holds_up_no_delivery(Verb verb) throws Exception {
        try (var rig = new Rig("")) {
            rig.awaitDeferred(rig.send("a@later.example"));
            var reading = new Gate();
            rig.store.beforeRead = reading;
            CompletableFuture<Void> answer = ask(rig, verb, new QueueId("4NoSuchId0z1"));
            reading.awaitReached();
            rig.advance(Duration.ofHours(1));
            rig.awaitDeliveriesTo("a@later.example", 2);
            reading.open();
            answer.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void tasks_without_end_hold_up_no_delivery_either() throws Exception {
        try (var rig = new Rig("")) {
            rig.awaitDeferred(rig.send("a@later.example"));
            var over = new AtomicBoolean();
            var endless = new AtomicReference<Runnable>();
            endless.set(() -> {
                if (!over.get()) {
                    rig.engine.clerk().later(endless.get(), () -> { });
                }
            });
            rig.engine.clerk().later(endless.get(), () -> { });
            rig.advance(Duration.ofHours(1));
            rig.awaitDeliveriesTo("a@later.example", 2);
            over.set(true);
        }
    }

    @Test
    void a_scan_that_ends_in_an_error_is_made_again_soon() throws Exception {
        try (var rig = new Rig("")) {
            rig.awaitDeferred(rig.send("a@later.example"));
            rig.store.scanError = new OutOfMemoryError("Java heap space");
            rig.pass(Duration.ofMinutes(6));
            rig.events.await("the scan failed", () -> rig.store.scanError == null);
            rig.awaitLog("queue scan: java.lang.OutOfMemoryError: Java heap space");
            // Run when that round is over: the next scan is set by then.
            rig.engine.clerk().call(() -> true);
            rig.pass(Duration.ofSeconds(11));
            rig.awaitDeliveriesTo("a@later.example", 2);
        }
    }

    @Test
    void what_a_scan_had_claimed_when_it_ended_in_an_error_is_tried() throws Exception {
        try (var rig = new Rig("")) {
            StoredMessage first = rig.awaitDeferred(rig.send("a@later.example"));
            rig.awaitDeferred(rig.send("b@later.example"));
            rig.store.heavy = first.id();
            rig.pass(Duration.ofMinutes(6));
            rig.awaitLog("queue scan: java.lang.OutOfMemoryError: for a moment");
            // Run when that round is over: the next scan is set by then.
            rig.engine.clerk().call(() -> true);
            rig.pass(Duration.ofSeconds(11));
            rig.awaitDeliveriesTo("a@later.example", 2);
            rig.awaitDeliveriesTo("b@later.example", 2);
        }
    }

    /** It would wait for a second each time until it knows the message, and every delivery with it. */
    @Test
    void a_store_that_still_reads_is_not_told_of_results_in_part() throws Exception {
        try (var rig = new Rig("smtp_destination_recipient_limit = 2\n")) {
            rig.hang("one.example");
            rig.hang("hang.example");
            StoredMessage m = rig.send("a@one.example", "b@hang.example");
            rig.awaitDeliveriesTo("a@one.example", 1);
            rig.awaitDeliveriesTo("b@hang.example", 1);
            rig.unbindStore();
            rig.store.loading = true;
            rig.rebindStore();
            rig.open("one.example");
            rig.events.await("a has it", () -> firstHasIt(rig));
            rig.pass(Duration.ofSeconds(2));
            rig.awaitClerk();
            assertThat(rig.store.updatesOf(m.id())).isEmpty();
            rig.store.loading = false;
            rig.open("hang.example");
            rig.awaitGone(m);
            assertThat(rig.deliveries).hasSize(2);
        }
    }

    /** Until then the clerk looks around: the store that has come is there already. */
    @Test
    void a_store_that_takes_its_time_to_let_go_does_not_close_the_door_of_the_next() throws Exception {
        try (var rig = new Rig("")) {
            var letsGo = new Gate();
            rig.store.beforeClose = letsGo;
            var better = new FakeStore(rig.events);
            rig.neighbours.store().bind(better, 1);
            CompletableFuture<Void> change = CompletableFuture.runAsync(rig.engine::storeCame, Thread::startVirtualThread);
            letsGo.awaitReached();
            rig.awaitClerk();
            letsGo.open();
            change.get(60, TimeUnit.SECONDS);
            rig.events.await("attached", rig.engine::isAttached);
            rig.awaitClerk();
            rig.hang("hang.example");
            StoredMessage m = better.put(rig.send("a@hang.example").envelope(), "text", rig.now());
            assertThat(rig.isActive(m.id())).as("taken from memory").isTrue();
        }
    }

    /** Whoever unbinds it would stop there: the store would be called for ever. */
    @Test
    void a_store_that_breaks_while_it_lets_go_holds_nobody_up() throws Exception {
        try (var rig = new Rig("")) {
            rig.awaitGone(rig.send("a@one.example"));
            rig.store.beforeClose = () -> {
                throw new NoClassDefFoundError("store/Part");
            };
            rig.unbindStore();
            assertThat(rig.logged("queue store: claims are not given back: java.lang.NoClassDefFoundError: store/Part")).isOne();
            var better = new FakeStore(rig.events);
            rig.neighbours.store().bind(better, 1);
            rig.engine.storeCame();
            rig.events.await("attached", rig.engine::isAttached);
            rig.store.beforeClose = () -> { };
        }
    }

    private static boolean firstHasIt(Rig rig) {
        var has = new AtomicBoolean();
        try {
            rig.verbs().list(listed -> {
                has.set(Rig.isDone(listed.message().states().getFirst()));
                return false;
            });
        } catch (QueueException e) {
            throw new AssertionError(e);
        }
        return has.get();
    }

    @Test
    void values_that_nobody_can_read_count_as_their_defaults() throws Exception {
        try (var rig = new Rig("")) {
            rig.engine.close();
            var generation = rig.generation("queue_run_delay = soon\nqmgr_message_active_limit = many\nminimal_backoff_time = 1x\n");
            var service = QueueManagerService.assembled(new FixedConfiguration(generation), rig.store, rig.router(), rig.reporter(), null, Map.of("smtp", rig::deliver));
            try {
                rig.awaitGone(rig.send("a@one.example"));
                assertThat(rig.deliveriesTo("a@one.example")).isOne();
            } finally {
                service.deactivate();
            }
        }
    }

    @Test
    void a_message_that_was_put_on_hold_after_a_flush_had_found_it_stays_there() throws Exception {
        try (var rig = new Rig("")) {
            StoredMessage held = rig.awaitDeferred(rig.send("a@later.example"));
            StoredMessage other = rig.awaitDeferred(rig.send("b@later.example"));
            rig.store.afterList = () -> {
                rig.store.afterList = () -> { };
                try {
                    assertThat(rig.verbs().hold(held.id())).isTrue();
                } catch (QueueException e) {
                    throw new AssertionError(e);
                }
            };
            assertThat(rig.verbs().flushSite("later.example")).isOne();
            rig.awaitUpdates(other, 3);
            assertThat(rig.stored(held.id()).orElseThrow().queue()).isEqualTo(QueueName.HOLD);
            assertThat(rig.deliveriesTo("a@later.example")).isOne();
        }
    }
}
