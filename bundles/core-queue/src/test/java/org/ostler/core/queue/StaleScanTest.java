// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.model.Notify;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.tck.Gate;

/** The first scan of a store that has come anew brings what is still under way from before; that may end after the scan has read it, and before it is looked at. */
@Timeout(60)
class StaleScanTest {

    /** The store comes anew. @param between what happens when its first scan has read the message and nobody has looked at that yet */
    private static void comesAnew(Rig rig, Runnable between) throws QueueException {
        var happened = new CompletableFuture<Void>();
        rig.store.afterScan = () -> {
            rig.store.afterScan = () -> { };
            between.run();
            happened.complete(null);
        };
        rig.replaceStore();
        rig.events.await("scanned", happened::isDone);
        rig.awaitClerk();
    }

    @Test
    void a_delivery_that_ends_after_the_scan_is_not_made_again() throws Exception {
        try (var rig = new Rig("")) {
            rig.hang("hang.example");
            StoredMessage m = rig.send("a@hang.example");
            rig.awaitDeliveriesTo("a@hang.example", 1);
            comesAnew(rig, () -> {
                rig.open("hang.example");
                rig.events.await("ended", () -> !rig.isActive(m.id()));
            });
            rig.events.await("over", () -> !rig.isActive(m.id()));
            assertThat(rig.stored(m.id())).isEmpty();
            assertThat(rig.deliveriesTo("a@hang.example")).isOne();
        }
    }

    @Test
    void nor_is_who_has_it_served_again_with_those_who_have_it_not() throws Exception {
        try (var rig = new Rig("smtp_destination_recipient_limit = 2\n")) {
            rig.hang("hang.example");
            StoredMessage m = rig.send("a@hang.example", "b@later.example");
            rig.awaitDeliveriesTo("a@hang.example", 1);
            rig.awaitDeliveriesTo("b@later.example", 1);
            comesAnew(rig, () -> {
                rig.open("hang.example");
                rig.events.await("ended", () -> !rig.isActive(m.id()));
            });
            rig.events.await("b is tried again when its time has come", () -> {
                rig.advance(Duration.ofMinutes(10));
                return rig.deliveriesTo("b@later.example") >= 2;
            });
            assertThat(rig.deliveriesTo("a@hang.example")).isOne();
        }
    }

    @Test
    void a_report_that_has_waited_and_goes_out_after_the_scan_ends_the_message() throws Exception {
        try (var rig = new Rig("")) {
            rig.reporterWorks = false;
            StoredMessage m = rig.sendFrom("sender@example.org", new Notify(true, true, true, false), "a@one.example", "b@later.example");
            rig.events.await("waits", () -> Rig.isDone(rig.stored(m.id()).orElseThrow().states().getFirst()) && !rig.isActive(m.id()));
            var again = new CompletableFuture<Runnable>();
            rig.threads = again::complete;
            rig.pass(Duration.ofSeconds(61));
            Runnable finish = got(again);
            rig.threads = Thread::startVirtualThread;
            rig.reporterWorks = true;
            comesAnew(rig, finish);
            rig.events.await("over", () -> !rig.isActive(m.id()));
            assertThat(rig.deliveriesTo("b@later.example")).isOne();
            rig.events.await("b is tried again when its time has come", () -> {
                rig.advance(Duration.ofMinutes(10));
                return rig.deliveriesTo("b@later.example") >= 2;
            });
        }
    }

    @Test
    void a_message_that_has_come_through_cleanup_after_the_scan_is_not_delivered_as_the_old_one_too() throws Exception {
        try (var rig = new Rig("")) {
            var cleanup = new RequeueTest.FakeCleanup(rig);
            rig.neighbours.cleanup().bind(cleanup, 0);
            var filter = new Gate();
            cleanup.filter = filter;
            StoredMessage m = rig.awaitDeferred(rig.send("b@later.example"));
            var answer = RequeueTest.ask(() -> rig.verbs().requeue(m.id()));
            filter.awaitReached();
            rig.pass(Duration.ofHours(1));
            comesAnew(rig, () -> {
                filter.open();
                got(answer);
            });
            rig.events.await("over", () -> !rig.isActive(m.id()));
            assertThat(rig.deliveriesTo("b@later.example")).isOne();
            assertThat(rig.stored(m.id())).isEmpty();
        }
    }

    /** Between its first look at what the scan has brought and the active queue. */
    @Test
    void what_a_scan_has_brought_is_not_taken_up_when_its_store_leaves_before_that() throws Exception {
        try (var rig = new Rig("")) {
            StoredMessage m = rig.awaitDeferred(rig.send("a@later.example"));
            rig.hang("later.example");
            CompletableFuture<Void> leaving;
            synchronized (rig.engine.store().inHand()) {
                rig.advance(Duration.ofHours(1));
                rig.events.await("before the door", StaleScanTest::isClerkBlocked);
                leaving = CompletableFuture.runAsync(rig::unbindStore, Thread::startVirtualThread);
                rig.events.await("gone", () -> !rig.engine.isAttached() && !rig.neighbours.store().isBound());
            }
            got(leaving);
            rig.awaitClerk();
            assertThat(rig.isActive(m.id())).isFalse();
            assertThat(rig.deliveriesTo("a@later.example")).isOne();
        }
    }

    private static boolean isClerkBlocked() {
        return Thread.getAllStackTraces().keySet().stream().anyMatch(thread -> thread.getName().equals("qmgr") && thread.getState() == Thread.State.BLOCKED);
    }

    private static <T> T got(CompletableFuture<T> answer) {
        try {
            return answer.get(20, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
