// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Notify;
import org.ostler.mail.notify.Reporter;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.routing.Resolution;
import org.ostler.mail.routing.Router;

/** A neighbour that fails in whatever way, an error of the machine included, makes mail wait: no message is left behind in the active queue, and none stops the others. */
@Timeout(120)
class BugsTest {

    @Test
    void a_resolver_that_cannot_be_linked_defers() throws Exception {
        try (var rig = new Rig("")) {
            var broken = new Router() {
                @Override
                public Address rewrite(Address address, Context context, Settings settings) {
                    return address;
                }

                @Override
                public Resolution resolve(Address sender, Address recipient, Settings settings) {
                    throw new NoClassDefFoundError("gone with its bundle");
                }
            };
            rig.neighbours.router().bind(broken, 1);
            // More than are resolved at a time: each of them must give its place back.
            StoredMessage last = null;
            for (int i = 0; i <= Scheduler.INTAKE; i++) {
                last = rig.send("u" + i + "@one.example");
            }
            rig.awaitDeferred(last);
            rig.neighbours.router().unbind(broken, 1);
            rig.events.await("all delivered", () -> {
                rig.advance(Duration.ofMinutes(10));
                return rig.store.size() == 0;
            });
        }
    }

    @Test
    void a_reporter_that_fails_with_an_error_is_asked_again() throws Exception {
        try (var rig = new Rig("")) {
            var calls = new AtomicInteger();
            var broken = new Reporter() {
                @Override
                public void failed(StoredMessage message, List<Failure> failures, Settings settings) {
                    calls.incrementAndGet();
                    throw new OutOfMemoryError("for a moment");
                }

                @Override
                public void delayed(StoredMessage message, List<Failure> failures, Settings settings) {
                    throw new AssertionError("not late");
                }

                @Override
                public void delivered(StoredMessage message, List<Success> successes, Settings settings) {
                    calls.incrementAndGet();
                    throw new NoClassDefFoundError("gone with its bundle");
                }
            };
            rig.neighbours.reporter().bind(broken, 1);
            StoredMessage bounced = rig.send("a@gone.example");
            StoredMessage success = rig.sendFrom("sender@example.org", new Notify(true, true, false, false), "b@one.example");
            rig.awaitDeferred(bounced);
            rig.events.await("both reports were tried", () -> calls.get() == 2);
            rig.neighbours.reporter().unbind(broken, 1);
            rig.events.await("both are told and gone", () -> {
                rig.advance(Duration.ofMinutes(10));
                return rig.stored(bounced.id()).isEmpty() && rig.stored(success.id()).isEmpty();
            });
            assertThat(rig.reports).hasSize(2);
        }
    }

    @Test
    void a_parameter_that_cannot_be_read_at_the_end_of_a_cycle_makes_mail_wait() throws Exception {
        try (var rig = new Rig("maximal_backoff_time = nonsense\n")) {
            StoredMessage m = rig.send("a@later.example", "b@one.example");
            rig.awaitDeferred(m);
            assertThat(rig.deliveriesTo("b@one.example")).isOne();
            assertThat(Rig.isDone(rig.stored(m.id()).orElseThrow().states().get(1))).isTrue();
        }
    }

    /** A server is started in spite of such values, with a fatal line for each. */
    @Test
    void a_parameter_that_cannot_be_read_when_a_transport_or_site_is_down_makes_mail_wait() throws Exception {
        try (var rig = new Rig("transport_retry_time = nonsense\nminimal_backoff_time = nonsense\nqmgr_clog_warn_time = nonsense\nqmgr_message_active_limit = 1\n")) {
            StoredMessage nowhere = rig.awaitDeferred(rig.send("a@unknown.transport"));
            StoredMessage down = rig.awaitDeferred(rig.send("a@down.example"));
            assertThat(rig.isActive(nowhere.id())).isFalse();
            assertThat(rig.isActive(down.id())).isFalse();
        }
    }

    @Test
    void an_interrupt_that_a_transport_leaves_behind_meets_neither_other_mail_nor_the_report() throws Exception {
        try (var rig = new Rig("qmgr_transport_delivery_limit = 1\n", false)) {
            var interrupted = new AtomicInteger();
            rig.smtp = delivery -> {
                interrupted.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
                Thread.currentThread().interrupt();
                return rig.deliver(delivery);
            };
            var watching = new Reporter() {
                @Override
                public void failed(StoredMessage message, List<Failure> failures, Settings settings) {
                    interrupted.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
                    // As a wait inside of it would.
                    Thread.currentThread().interrupt();
                }

                @Override
                public void delayed(StoredMessage message, List<Failure> failures, Settings settings) {
                    throw new AssertionError("not late");
                }

                @Override
                public void delivered(StoredMessage message, List<Success> successes, Settings settings) {
                    throw new AssertionError("nobody asked");
                }
            };
            rig.neighbours.reporter().bind(watching, 1);
            rig.neighbours.router().bind(new Router() {
                @Override
                public Address rewrite(Address address, Context context, Settings settings) {
                    return address;
                }

                @Override
                public Resolution resolve(Address sender, Address recipient, Settings settings) {
                    Thread.currentThread().interrupt();
                    return new Resolution.Route(org.ostler.mail.routing.AddressClass.DEFAULT, "smtp", recipient.domain(), recipient);
                }
            }, 1);
            var all = new ArrayList<StoredMessage>();
            for (int i = 0; i < 20; i++) {
                all.add(rig.send("a@gone.d" + i + ".example", "b@d" + i + ".example"));
            }
            rig.start();
            all.forEach(rig::awaitGone);
            assertThat(interrupted).hasValue(0);
        }
    }

    @Test
    void a_transport_that_is_interrupted_defers_its_own_mail_only() throws Exception {
        try (var rig = new Rig("qmgr_transport_delivery_limit = 1\n", false)) {
            rig.smtp = delivery -> {
                if (delivery.nextHop().equals("one.example")) {
                    throw new InterruptedException();
                }
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedException("left by the delivery before");
                }
                return rig.deliver(delivery);
            };
            StoredMessage first = rig.send("a@one.example");
            StoredMessage second = rig.send("a@two.example");
            rig.start();
            rig.awaitDeferred(first);
            rig.awaitGone(second);
        }
    }

    @Test
    void where_no_thread_can_be_started_it_is_a_moment_later() throws Exception {
        try (var rig = new Rig("")) {
            var starts = new AtomicInteger();
            rig.threads = what -> {
                if (starts.getAndIncrement() % 3 != 2) {
                    throw new OutOfMemoryError("for a moment");
                }
                Thread.startVirtualThread(what);
            };
            StoredMessage m = rig.send("a@one.example", "b@two.example", "c@three.example");
            StoredMessage other = rig.send("d@one.example", "e@two.example");
            rig.events.await("all delivered", () -> {
                rig.pass(Duration.ofSeconds(2));
                return rig.stored(m.id()).isEmpty() && rig.stored(other.id()).isEmpty();
            });
            assertThat(rig.deliveries).hasSize(5);
        }
    }

    /** As when a pool has its task already, and finds no memory for one more of its own threads. */
    @Test
    void a_thread_that_runs_although_starting_it_has_failed_is_not_started_twice() throws Exception {
        try (var rig = new Rig("")) {
            var again = new CompletableFuture<Runnable>();
            rig.threads = what -> {
                rig.threads = again::complete;
                Thread.startVirtualThread(what);
                throw new OutOfMemoryError("for a moment");
            };
            rig.awaitGone(rig.send("a@one.example"));
            rig.pass(Duration.ofSeconds(2));
            again.get(20, TimeUnit.SECONDS).run();
            assertThat(rig.deliveriesTo("a@one.example")).isOne();
        }
    }

    @Test
    void a_transport_that_runs_out_of_memory_defers() throws Exception {
        try (var rig = new Rig("")) {
            rig.smtp = delivery -> {
                throw new OutOfMemoryError("for a moment");
            };
            rig.awaitDeferred(rig.send("a@one.example"));
            rig.smtp = rig::deliver;
            rig.events.await("delivered", () -> {
                rig.advance(Duration.ofMinutes(10));
                return rig.deliveriesTo("a@one.example") == 1;
            });
        }
    }

    @Test
    void a_transport_that_says_nothing_of_one_recipient_and_something_of_a_stranger_defers_the_one() throws Exception {
        try (var rig = new Rig("")) {
            rig.smtp = delivery -> {
                var some = new ArrayList<>(rig.deliver(delivery).outcomes());
                some.removeIf(outcome -> outcome.recipient() == 1);
                some.add(new org.ostler.mail.delivery.Outcome.Bounced(7, Rig.GONE, "mx", org.ostler.mail.delivery.Outcome.Timing.NONE));
                return org.ostler.mail.delivery.DeliveryResult.of(some);
            };
            StoredMessage m = rig.awaitDeferred(rig.send("a@one.example", "b@one.example", "c@one.example"));
            assertThat(m.states().stream().map(Rig::isDone)).containsExactly(true, false, true);
            rig.awaitLog("to=<b@one.example>, relay=none");
            rig.smtp = rig::deliver;
            rig.advance(Duration.ofMinutes(10));
            rig.awaitGone(m);
            assertThat(rig.deliveriesTo("b@one.example")).isEqualTo(2);
            assertThat(rig.reports).isEmpty();
        }
    }

    @Test
    void a_delivery_about_which_no_line_can_be_written_is_not_done_again() throws Exception {
        try (var rig = new Rig("")) {
            rig.smtp = delivery -> {
                rig.deliver(delivery);
                // Without a text there is no line.
                return org.ostler.mail.delivery.DeliveryResult.of(List.of(new org.ostler.mail.delivery.Outcome.Delivered(0, null, null, false, null, org.ostler.mail.delivery.Outcome.Timing.NONE)));
            };
            StoredMessage m = rig.send("a@one.example");
            rig.awaitGone(m);
            assertThat(rig.deliveriesTo("a@one.example")).isOne();
        }
    }

    @Test
    void an_error_in_a_task_ends_neither_the_scans_nor_the_wait_for_its_answer() throws Exception {
        try (var rig = new Rig("")) {
            StoredMessage late = rig.awaitDeferred(rig.send("a@later.example"));
            assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> rig.engine.clerk().call(() -> {
                throw new NoClassDefFoundError("a front end that has gone");
            }))).isInstanceOf(org.ostler.mail.queue.QueueException.class);
            rig.advance(Duration.ofMinutes(10));
            rig.awaitUpdates(late, 2);
        }
    }

    @Test
    void a_message_on_hold_stays_there_when_its_report_fails_with_an_error() throws Exception {
        try (var rig = new Rig("initial_destination_concurrency = 1\nsmtp_destination_recipient_limit = 2\n")) {
            rig.hang("hang.example");
            rig.reportError = new OutOfMemoryError("for a moment");
            StoredMessage m = rig.sendFrom("sender@example.org", new Notify(true, true, false, false), "a@hang.example", "b@hang.example", "c@hang.example");
            rig.awaitDeliveriesTo("a@hang.example", 1);
            assertThat(rig.verbs().hold(m.id())).isTrue();
            rig.open("hang.example");
            rig.awaitLog(m.id() + ": finishing: java.lang.OutOfMemoryError: for a moment");
            rig.events.await("finished", () -> !rig.isActive(m.id()));
            assertThat(rig.stored(m.id()).orElseThrow().queue()).isEqualTo(QueueName.HOLD);
        }
    }

    @Test
    void a_scan_that_claims_a_message_between_its_last_update_and_its_leaving_does_not_lose_it() throws Exception {
        try (var rig = new Rig("")) {
            rig.store.afterUpdate = () -> {
                rig.store.afterUpdate = () -> { };
                rig.advance(Duration.ofHours(2));
                for (int i = 0; i < 50; i++) {
                    rig.engine.wake();
                    try {
                        rig.engine.clerk().call(() -> true);
                    } catch (org.ostler.mail.queue.QueueException e) {
                        throw new AssertionError(e);
                    }
                }
            };
            StoredMessage m = rig.send("a@later.example");
            rig.events.await("tried again", () -> {
                rig.advance(Duration.ofMinutes(10));
                return rig.deliveriesTo("a@later.example") >= 2;
            });
            assertThat(rig.stored(m.id())).isPresent();
        }
    }

    @Test
    void a_result_that_was_refused_is_not_written_over_a_later_one() throws Exception {
        try (var rig = new Rig("")) {
            rig.hang("hang.example");
            StoredMessage m = rig.send("a@later.example", "b@hang.example");
            rig.awaitDeliveriesTo("b@hang.example", 1);
            rig.awaitDeliveriesTo("a@later.example", 1);
            rig.store.mode = FakeStore.Mode.REFUSES_UPDATES;
            rig.open("hang.example");
            rig.awaitLog("queue file update: disk trouble; will be tried again");
            rig.store.mode = FakeStore.Mode.WORKS;
            // The message comes again and the later update carries what the first had.
            rig.replaceStore();
            rig.advance(Duration.ofMinutes(20));
            rig.events.await("written", () -> rig.stored(m.id()).filter(s -> Rig.isDone(s.states().get(1))).isPresent());
            assertThat(rig.deliveriesTo("b@hang.example")).isOne();
        }
    }
}
