// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.tck.Gate;

/** The hold of a message in delivery is written with its result; the store may have come anew before that is taken. */
@Timeout(60)
class WaitingHoldTest {

    private static final String ONE_BY_ONE = "initial_destination_concurrency = 1\nsmtp_destination_recipient_limit = 2\n";

    /** A message on hold of which a and b have been delivered to, c has not; the store has it, and takes no update. */
    private static StoredMessage heldBack(Rig rig) throws QueueException {
        rig.hang("hang.example");
        StoredMessage m = rig.send("a@hang.example", "b@hang.example", "c@hang.example");
        rig.awaitDeliveriesTo("a@hang.example", 1);
        assertThat(rig.verbs().hold(m.id())).isTrue();
        rig.unbindStore();
        rig.open("hang.example");
        rig.awaitLog("queue file update: queue store is not available; will be tried again");
        rig.events.await("finished", () -> !rig.isActive(m.id()));
        rig.store.mode = FakeStore.Mode.CANNOT_READ;
        rig.rebindStore();
        return m;
    }

    @Test
    void a_message_on_hold_is_not_taken_up_before_the_store_knows_of_the_hold() throws Exception {
        try (var rig = new Rig(ONE_BY_ONE)) {
            StoredMessage m = heldBack(rig);
            StoredMessage behind = rig.send("b@one.example");
            rig.awaitDeliveriesTo("b@one.example", 1);
            assertThat(isListed(rig, m)).as("listed as on hold").isTrue();
            assertThat(rig.verbs().flush(m.id())).as("held mail is not flushed").isFalse();
            assertThat(rig.verbs().hold(m.id())).as("is on hold already").isFalse();
            rig.store.mode = FakeStore.Mode.WORKS;
            rig.events.await("on hold after all", () -> {
                rig.advance(Duration.ofSeconds(11));
                return rig.stored(m.id()).orElseThrow().queue() == QueueName.HOLD && rig.stored(behind.id()).isEmpty();
            });
            assertThat(rig.deliveriesTo("c@hang.example")).isZero();
        }
    }

    private static boolean isListed(Rig rig, StoredMessage message) {
        try {
            return rig.verbs().ids(Set.of(QueueName.HOLD), 10).equals(List.of(message.id()));
        } catch (QueueException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_release_takes_the_place_of_a_hold_that_waits() throws Exception {
        try (var rig = new Rig(ONE_BY_ONE)) {
            StoredMessage m = heldBack(rig);
            assertThat(rig.verbs().release(m.id())).isTrue();
            assertThat(rig.logged("postfix/postsuper: " + m.id() + ": released from hold")).isOne();
            rig.store.mode = FakeStore.Mode.WORKS;
            rig.events.await("delivered", () -> {
                rig.advance(Duration.ofSeconds(11));
                return rig.stored(m.id()).isEmpty();
            });
            assertThat(rig.deliveriesTo("a@hang.example")).isOne();
            assertThat(rig.deliveriesTo("c@hang.example")).isOne();
        }
    }

    /** A scan claims it and leaves it alone, because it is on its way through cleanup. */
    @Test
    void a_message_released_during_a_requeue_that_fails_is_delivered() throws Exception {
        try (var rig = new Rig(ONE_BY_ONE)) {
            var cleanup = new RequeueTest.FakeCleanup(rig);
            var filter = new Gate();
            cleanup.filter = filter;
            cleanup.works = false;
            rig.neighbours.cleanup().bind(cleanup, 0);
            StoredMessage m = heldBack(rig);
            var answer = RequeueTest.ask(() -> rig.verbs().requeue(m.id()));
            filter.awaitReached();
            assertThat(rig.verbs().release(m.id())).isTrue();
            rig.store.mode = FakeStore.Mode.WORKS;
            rig.events.await("released, and claimed", () -> {
                rig.advance(Duration.ofSeconds(11));
                return rig.stored(m.id()).orElseThrow().queue() == QueueName.DEFERRED && nextDue(rig).isEmpty();
            });
            filter.open();
            assertThatThrownBy(() -> answer.get(60, TimeUnit.SECONDS)).hasMessageContaining("451 no");
            rig.events.await("delivered", () -> {
                rig.advance(Duration.ofSeconds(11));
                return rig.stored(m.id()).isEmpty();
            });
            assertThat(rig.deliveriesTo("c@hang.example")).isOne();
        }
    }

    static Optional<Instant> nextDue(Rig rig) {
        try {
            return rig.store.claims.nextDue();
        } catch (QueueException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void results_that_wait_are_offered_once_more_when_the_manager_stops() throws Exception {
        for (boolean works : new boolean[] {true, false}) {
            try (var rig = new Rig("")) {
                rig.store.mode = FakeStore.Mode.CANNOT_READ;
                StoredMessage m = rig.send("a@one.example");
                rig.awaitLog("queue file update: disk trouble; will be tried again");
                rig.events.await("finished", () -> !rig.isActive(m.id()));
                rig.store.mode = works ? FakeStore.Mode.WORKS : FakeStore.Mode.CANNOT_READ;
                rig.engine.close();
                assertThat(rig.stored(m.id()).isEmpty()).isEqualTo(works);
                assertThat(rig.logged("stopped before all results of deliveries could be written")).isEqualTo(works ? 0 : 1);
            }
        }
    }

    @Test
    void a_limit_lowered_below_what_the_store_has_taken_already_ends_no_delivery() throws Exception {
        try (var rig = new Rig("")) {
            rig.store.mode = FakeStore.Mode.FAILS_TO_WRITE;
            for (int i = 0; i < 3; i++) {
                rig.awaitDeferred(rig.send("a@later.example"));
            }
            rig.events.await("kept", () -> rig.logged("queue file update: disk trouble; will be tried again") == 3);
            rig.store.mode = FakeStore.Mode.WORKS;
            rig.engine.configured(rig.generation("qmgr_message_active_limit = 2\n"));
            assertThat(rig.logged("1 results of deliveries that could not be written at once are kept no longer")).isOne();
            rig.awaitGone(rig.send("b@one.example"));
        }
    }

    @Test
    void however_many_results_wait_the_hold_is_not_forgotten_nor_anybody_served_twice() throws Exception {
        try (var rig = new Rig(ONE_BY_ONE + "qmgr_message_active_limit = 2\n")) {
            StoredMessage m = heldBack(rig);
            var others = List.of(rig.send("a@one.example"), rig.send("b@two.example"));
            rig.awaitDeliveriesTo("a@one.example", 1);
            rig.awaitDeliveriesTo("b@two.example", 1);
            rig.awaitLog("no mail is taken up until some are written");
            StoredMessage late = rig.send("c@three.example");
            assertThat(rig.isActive(late.id())).isFalse();
            assertThatThrownBy(() -> rig.verbs().delete(late.id())).hasMessage(late.id() + ": queue file cannot be changed at this moment");
            rig.store.mode = FakeStore.Mode.WORKS;
            rig.events.await("all written, and the late one delivered", () -> {
                rig.advance(Duration.ofSeconds(11));
                return rig.stored(m.id()).orElseThrow().queue() == QueueName.HOLD && rig.stored(late.id()).isEmpty()
                        && others.stream().allMatch(other -> rig.stored(other.id()).isEmpty());
            });
            assertThat(List.of(rig.deliveriesTo("a@one.example"), rig.deliveriesTo("b@two.example"), rig.deliveriesTo("c@three.example"))).containsOnly(1L);
            assertThat(rig.deliveriesTo("c@hang.example")).isZero();
            assertThat(rig.logged("kept no longer")).isZero();
        }
    }
}
