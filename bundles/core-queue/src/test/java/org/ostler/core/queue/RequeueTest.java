// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.ostler.mail.cleanup.Cleanup;
import org.ostler.mail.cleanup.Submission;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Body;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.Reply;
import org.ostler.mail.model.Ret;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.tck.Gate;

/** postsuper -r. */
@Timeout(60)
class RequeueTest {

    private static final QueueId NOBODY = new QueueId("4NoSuchId0z1");

    @Test
    void requeue_makes_a_new_message_before_the_old_one_goes() throws Exception {
        try (var rig = new Rig("")) {
            var cleanup = new FakeCleanup(rig);
            rig.neighbours.cleanup().bind(cleanup, 0);
            StoredMessage m = rig.awaitDeferred(rig.send("a@one.example", "b@later.example"));
            assertThat(rig.verbs().requeue(m.id())).contains(FakeCleanup.ID);
            assertThat(cleanup.oldWasThere).isTrue();
            assertThat(cleanup.tls).isEqualTo(m.envelope().tls());
            assertThat(cleanup.recipients).as("who is served already is not asked again").containsExactly("b@later.example");
            assertThat(rig.stored(m.id())).isEmpty();
            assertThat(rig.verbs().requeue(NOBODY)).isEmpty();
        }
    }

    @Test
    void requeue_of_a_message_in_delivery_makes_the_new_one_first_as_well() throws Exception {
        try (var rig = new Rig("")) {
            var cleanup = new FakeCleanup(rig);
            rig.neighbours.cleanup().bind(cleanup, 0);
            rig.hang("later.example");
            StoredMessage m = rig.send("b@later.example");
            rig.awaitDeliveriesTo("b@later.example", 1);
            var answer = new java.util.concurrent.CompletableFuture<java.util.Optional<QueueId>>();
            Thread operator = Thread.startVirtualThread(() -> {
                try {
                    answer.complete(rig.verbs().requeue(m.id()));
                } catch (QueueException | RuntimeException e) {
                    answer.completeExceptionally(e);
                }
            });
            rig.events.await("the wish is known and its answer awaited", () -> operator.getState() == Thread.State.TIMED_WAITING);
            rig.open("later.example");
            assertThat(answer.get(60, java.util.concurrent.TimeUnit.SECONDS)).contains(FakeCleanup.ID);
            assertThat(cleanup.oldWasThere).isTrue();
            assertThat(rig.stored(m.id())).isEmpty();
        }
    }

    @Test
    void a_requeue_whose_way_through_cleanup_takes_long_holds_up_no_delivery() throws Exception {
        try (var rig = new Rig("")) {
            var cleanup = new FakeCleanup(rig);
            rig.neighbours.cleanup().bind(cleanup, 0);
            var filter = new Gate();
            cleanup.filter = filter;
            StoredMessage other = rig.awaitDeferred(rig.send("a@later.example"));
            StoredMessage m = rig.awaitDeferred(rig.send("b@later.example"));
            CompletableFuture<Optional<QueueId>> answer = ask(() -> rig.verbs().requeue(m.id()));
            filter.awaitReached();
            rig.advance(Duration.ofHours(1));
            rig.awaitDeliveriesTo("a@later.example", 2);
            rig.awaitUpdates(other, 2);
            for (Executable change : List.<Executable>of(() -> rig.verbs().delete(m.id()), () -> rig.verbs().hold(m.id()), () -> rig.verbs().flush(m.id()), () -> rig.verbs().requeue(m.id()))) {
                assertThatThrownBy(change::execute).hasMessage(m.id() + ": queue file cannot be changed at this moment");
            }
            filter.open();
            assertThat(answer.get(60, TimeUnit.SECONDS)).contains(FakeCleanup.ID);
            assertThat(rig.stored(m.id())).isEmpty();
            assertThat(rig.deliveriesTo("b@later.example")).as("was due, and somebody else's").isOne();
        }
    }

    @Test
    void a_message_that_cleanup_refuses_can_be_tried_and_changed_as_before() throws Exception {
        try (var rig = new Rig("")) {
            var cleanup = new FakeCleanup(rig);
            cleanup.works = false;
            rig.neighbours.cleanup().bind(cleanup, 0);
            StoredMessage m = rig.awaitDeferred(rig.send("b@later.example"));
            assertThatThrownBy(() -> rig.verbs().requeue(m.id())).hasMessageContaining("451 no");
            assertThat(rig.verbs().flush(m.id())).isTrue();
            rig.awaitDeliveriesTo("b@later.example", 2);
            rig.awaitUpdates(m, 2);
            assertThat(rig.verbs().hold(m.id())).isTrue();
            assertThatThrownBy(() -> rig.verbs().requeue(m.id())).hasMessageContaining("451 no");
            cleanup.works = true;
            cleanup.recipients.clear();
            assertThat(rig.verbs().requeue(m.id())).as("from hold").contains(FakeCleanup.ID);
            assertThat(rig.stored(m.id())).isEmpty();
        }
    }

    /** Its scan brings the message, which is still on its way. */
    @Test
    void a_store_that_comes_anew_during_a_requeue_has_nobody_served_twice() throws Exception {
        try (var rig = new Rig("")) {
            var cleanup = new FakeCleanup(rig);
            rig.neighbours.cleanup().bind(cleanup, 0);
            var filter = new Gate();
            cleanup.filter = filter;
            StoredMessage m = rig.awaitDeferred(rig.send("b@later.example"));
            CompletableFuture<Optional<QueueId>> answer = ask(() -> rig.verbs().requeue(m.id()));
            filter.awaitReached();
            rig.unbindStore();
            rig.rebindStore();
            rig.advance(Duration.ofHours(1));
            StoredMessage behind = rig.send("a@one.example");
            rig.awaitGone(behind);
            rig.engine.clerk().call(() -> true);
            filter.open();
            assertThat(answer.get(60, TimeUnit.SECONDS)).contains(FakeCleanup.ID);
            rig.awaitGone(m);
            assertThat(rig.deliveriesTo("b@later.example")).isOne();
        }
    }

    /** Its claim has gone back with all others. */
    @Test
    void what_has_not_come_to_cleanup_when_the_manager_has_stopped_is_the_next_ones() throws Exception {
        try (var rig = new Rig("")) {
            StoredMessage m = rig.awaitDeferred(rig.send("b@later.example"));
            CompletableFuture<Optional<QueueId>> answer = ask(() -> rig.verbs().requeue(m.id()));
            rig.events.await("claimed", () -> WaitingHoldTest.nextDue(rig).isEmpty());
            rig.engine.close();
            var cleanup = new FakeCleanup(rig);
            rig.neighbours.cleanup().bind(cleanup, 0);
            assertThatThrownBy(() -> answer.get(60, TimeUnit.SECONDS)).hasMessageContaining(m.id() + ": queue manager is stopping");
            assertThat(rig.stored(m.id())).isPresent();
        }
    }

    /** Its claim goes back with all others; the stop must not wait for it. */
    @Test
    void what_waits_for_the_clerk_when_the_manager_stops_is_answered() throws Exception {
        try (var rig = new Rig("")) {
            var busy = new Gate();
            CompletableFuture<Boolean> first = ask(() -> rig.engine.clerk().call(() -> {
                busy.run();
                return true;
            }));
            busy.awaitReached();
            var dropped = new CompletableFuture<Void>();
            rig.engine.clerk().later(() -> dropped.completeExceptionally(new AssertionError("run though stopped")), () -> dropped.complete(null));
            CompletableFuture<Void> stop = ask(() -> {
                rig.engine.clerk().close();
                return null;
            });
            rig.events.await("no more tasks are taken", () -> {
                var refused = new CompletableFuture<Void>();
                rig.engine.clerk().later(() -> { }, () -> refused.complete(null));
                return refused.isDone();
            });
            busy.open();
            stop.get(60, TimeUnit.SECONDS);
            first.get(60, TimeUnit.SECONDS);
            assertThat(dropped).isCompleted();
        }
    }

    static <T> CompletableFuture<T> ask(Callable<T> what) {
        var answer = new CompletableFuture<T>();
        Thread.startVirtualThread(() -> {
            try {
                answer.complete(what.call());
            } catch (Exception | Error e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    /** Takes one message and looks whether the old one is still there when it ends. */
    static final class FakeCleanup implements Cleanup {
        static final QueueId ID = new QueueId("4NewOne00z2");
        final Rig rig;
        final List<String> recipients = new ArrayList<>();
        volatile boolean oldWasThere;
        TlsRequest tls;
        /** Before it answers. */
        volatile Runnable filter = () -> { };
        volatile boolean works = true;

        FakeCleanup(Rig rig) {
            this.rig = rig;
        }

        @Override
        public Submission open(org.ostler.mail.cleanup.Origin origin, org.ostler.mail.config.Settings settings) {
            return new Submission() {
                @Override
                public QueueId id() {
                    return ID;
                }

                @Override
                public void sender(Address sender, Ret ret, String envelopeId, Body body, boolean smtpUtf8) {
                }

                @Override
                public void tls(TlsRequest request) {
                    tls = request;
                }

                @Override
                public void recipient(Recipient recipient) {
                    recipients.add(recipient.address().text());
                }

                @Override
                public void action(String name, String argument) {
                }

                @Override
                public void content(byte[] bytes, int offset, int length) {
                }

                @Override
                public boolean isFailed() {
                    return false;
                }

                @Override
                public Result finish() {
                    filter.run();
                    oldWasThere = rig.store.size() > 0;
                    return recipients.isEmpty() || !works ? new Result.Refused(Reply.of(451, "no"), "") : new Result.Queued(ID, 1, rig.now());
                }

                @Override
                public void close() {
                }
            };
        }
    }
}
