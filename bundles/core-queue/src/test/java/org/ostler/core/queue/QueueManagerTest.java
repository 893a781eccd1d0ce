// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.model.Notify;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.RecipientState.Failed;
import org.ostler.mail.queue.RecipientState.Pending;
import org.ostler.mail.queue.StoredMessage;

/** One message's life: delivered, deferred, returned, expired. */
@Timeout(60)
class QueueManagerTest {

    @Test
    void a_message_delivered_to_all_at_first_try_costs_one_update() throws Exception {
        try (var rig = new Rig("")) {
            StoredMessage m = rig.send("a@one.example", "b@one.example", "c@two.example");
            rig.awaitGone(m);
            assertThat(rig.store.updatesOf(m.id())).singleElement().extracting(u -> u.what().disposition()).isEqualTo(new Disposition.Remove());
            assertThat(rig.deliveries).as("recipients that share a next hop share a delivery").hasSize(2);
            rig.awaitLog(m.id() + ": removed");
            assertThat(rig.log).contains(
                    "postfix/qmgr: " + m.id() + ": from=<sender@example.org>, size=23, nrcpt=3 (queue active)",
                    "postfix/smtp: " + m.id() + ": to=<c@two.example>, relay=mx[192.0.2.1]:25, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)",
                    "postfix/qmgr: " + m.id() + ": removed");
        }
    }

    @Test
    void deferred_recipients_are_tried_again_at_their_time_and_only_they() throws Exception {
        try (var rig = new Rig("")) {
            StoredMessage m = rig.send("a@one.example", "b@later.example");
            StoredMessage deferred = rig.awaitDeferred(m);
            assertThat(Rig.isDone(deferred.states().get(0))).isTrue();
            assertThat(((Pending) deferred.states().get(1)).lastDeferral()).contains(Rig.LATER);
            assertThat(deferred.due()).isEqualTo(rig.now().plusSeconds(300));
            assertThat(rig.logged("to=<b@later.example>, relay=mx[192.0.2.1]:25, delay=0, delays=0/0/0/0, dsn=4.3.2, status=deferred (host mx said: 451")).isOne();
            int updates = rig.store.updatesOf(m.id()).size();
            rig.advance(Duration.ofSeconds(301));
            rig.awaitDeliveriesTo("b@later.example", 2);
            StoredMessage again = rig.awaitUpdates(m, updates + 1);
            assertThat(again.due()).as("as far ahead as it is old").isEqualTo(rig.now().plusSeconds(301));
            assertThat(rig.deliveriesTo("a@one.example")).isOne();
        }
    }

    @Test
    void a_failed_recipient_is_reported_before_it_is_settled() throws Exception {
        try (var rig = new Rig("")) {
            StoredMessage m = rig.send("a@gone.example", "b@one.example");
            rig.awaitGone(m);
            assertThat(rig.reports).containsExactly("failed " + m.id() + " [0:5.1.1]");
            assertThat(rig.logged("dsn=5.1.1, status=bounced (host mx said: 550 5.1.1 no such user)")).isOne();
        }
    }

    @Test
    void where_the_report_cannot_be_queued_the_mail_stays_and_only_the_report_is_tried_again() throws Exception {
        try (var rig = new Rig("")) {
            rig.reporterWorks = false;
            StoredMessage m = rig.send("a@gone.example");
            StoredMessage kept = rig.awaitDeferred(m);
            assertThat(kept.states().getFirst()).isEqualTo(new Failed(Rig.GONE));
            rig.reporterWorks = true;
            rig.advance(Duration.ofSeconds(301));
            rig.awaitGone(m);
            assertThat(rig.reports).hasSize(1);
            assertThat(rig.deliveriesTo("a@gone.example")).as("not delivered to again").isOne();
        }
    }

    @Test
    void soft_bounce_keeps_the_mail() throws Exception {
        try (var rig = new Rig("soft_bounce = yes\n")) {
            StoredMessage kept = rig.awaitDeferred(rig.send("a@gone.example"));
            assertThat(kept.states().getFirst()).isInstanceOf(Pending.class);
            assertThat(rig.reports).isEmpty();
            assertThat(rig.logged("dsn=5.1.1, status=SOFTBOUNCE")).isOne();
        }
    }

    @Test
    void mail_expires_after_one_more_attempt() throws Exception {
        try (var rig = new Rig("maximal_queue_lifetime = 1h\nbounce_queue_lifetime = 1h")) {
            StoredMessage m = rig.send("a@later.example");
            rig.awaitDeferred(m);
            rig.advance(Duration.ofMinutes(59));
            rig.awaitUpdates(m, 2);
            rig.advance(Duration.ofHours(1));
            rig.awaitGone(m);
            assertThat(rig.deliveriesTo("a@later.example")).isEqualTo(3);
            assertThat(rig.reports).containsExactly("failed " + m.id() + " [0:4.3.2]");
            assertThat(rig.logged(m.id() + ": from=<sender@example.org>, status=expired, returned to sender")).isOne();
        }
    }

    @Test
    void mail_from_the_null_sender_has_its_own_lifetime() throws Exception {
        try (var rig = new Rig("maximal_queue_lifetime = 1d\nbounce_queue_lifetime = 0")) {
            StoredMessage bounce = rig.sendFrom("", Notify.DEFAULT, "a@later.example");
            rig.awaitGone(bounce);
            rig.awaitDeferred(rig.send("b@later.example"));
        }
    }

    @Test
    void old_mail_does_not_expire_unless_somebody_has_tried() throws Exception {
        try (var rig = new Rig("maximal_queue_lifetime = 1h")) {
            rig.routerWorks = false;
            StoredMessage m = rig.send("a@one.example");
            rig.awaitDeferred(m);
            rig.advance(Duration.ofHours(5));
            rig.awaitUpdates(m, 2);
            assertThat(rig.reports).isEmpty();
            assertThat(rig.logged("dsn=4.3.0, status=deferred (address resolver failure)")).isEqualTo(2);
            rig.routerWorks = true;
            rig.advance(Duration.ofHours(5));
            rig.awaitGone(m);
            assertThat(rig.deliveriesTo("a@one.example")).isOne();
        }
    }

    @Test
    void a_clock_that_jumps_bounces_nothing_until_it_is_confirmed() throws Exception {
        try (var rig = new Rig("maximal_queue_lifetime = 1h")) {
            StoredMessage m = rig.send("a@later.example");
            rig.awaitDeferred(m);
            rig.jump(Duration.ofDays(365));
            rig.awaitUpdates(m, 2);
            assertThat(rig.logged("warning: the system clock jumped by 31536000 seconds")).isOne();
            assertThat(rig.reports).isEmpty();
            rig.verbs().flushAll();
            rig.awaitGone(m);
            assertThat(rig.reports).hasSize(1);
        }
    }

    @Test
    void the_sender_is_warned_once() throws Exception {
        try (var rig = new Rig("delay_warning_time = 1h")) {
            StoredMessage m = rig.send("a@later.example");
            rig.awaitDeferred(m);
            rig.advance(Duration.ofMinutes(61));
            rig.awaitUpdates(m, 2);
            assertThat(rig.reports).containsExactly("delayed " + m.id() + " [0]");
            rig.advance(Duration.ofMinutes(90));
            assertThat(rig.awaitUpdates(m, 3).delayWarned()).isTrue();
            assertThat(rig.reports).hasSize(1);
        }
    }

    @Test
    void success_is_reported_where_the_sender_asked() throws Exception {
        try (var rig = new Rig("")) {
            StoredMessage m = rig.sendFrom("sender@example.org", new Notify(true, true, false, false), "a@one.example");
            rig.awaitGone(m);
            assertThat(rig.reports).containsExactly("delivered " + m.id() + " [0:relayed]");
        }
    }

    @Test
    void nonsense_bounces_and_double_bounces_end_here() throws Exception {
        try (var rig = new Rig("")) {
            StoredMessage bad = rig.send("x@nonsense");
            rig.awaitGone(bad);
            assertThat(rig.logged("postfix/error: " + bad.id() + ": to=<x@nonsense>, relay=none")).isOne();
            StoredMessage lost = rig.sendFrom("", Notify.DEFAULT, "Double-Bounce@example.test");
            rig.awaitGone(lost);
            assertThat(rig.logged("status=sent (undeliverable postmaster notification discarded)")).isOne();
            assertThat(rig.reports).hasSize(1);
        }
    }

    @Test
    void a_transport_that_throws_or_forgets_a_recipient_loses_nothing() throws Exception {
        try (var rig = new Rig("")) {
            rig.smtp = delivery -> {
                throw new IllegalStateException("bug");
            };
            StoredMessage m = rig.awaitDeferred(rig.send("a@one.example"));
            assertThat(((Pending) m.states().getFirst()).lastDeferral()).contains(Reasons.TROUBLE);
            rig.smtp = delivery -> org.ostler.mail.delivery.DeliveryResult.of(java.util.List.of());
            StoredMessage n = rig.awaitDeferred(rig.send("b@two.example"));
            assertThat(((Pending) n.states().getFirst()).lastDeferral()).contains(Reasons.TROUBLE);
        }
    }
}
