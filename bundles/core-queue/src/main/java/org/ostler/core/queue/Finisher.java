// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.ostler.core.queue.ActiveMessage.Wish;
import org.ostler.mail.config.Settings;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.notify.Reporter.Failure;
import org.ostler.mail.notify.Reporter.Success;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.RecipientState.Failed;
import org.ostler.mail.queue.RecipientState.Pending;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.smtp.grammar.AddressSyntax;

/**
 * Ends a message's cycle: tells senders, decides what becomes of the message, writes it.
 *
 * <h2>Description</h2>
 * <ol>
 * <li>Failed recipients are reported first; only when the report is durable are they settled. Where it cannot be queued they are stored as failed and
 *     only the report is tried again with the message's next attempt.</li>
 * <li>Recipients that were tried in this cycle and whose message is too old are failures too ({@code status=expired}).</li>
 * <li>The rest is deferred; the first time past delay_warning_time the sender is warned.</li>
 * <li>All settled: the message is removed, and the store is not waited for.</li>
 * </ol>
 * A message that an operator wants changed, or that is in the way of a stop, is written as far as it has come.
 *
 * <p><b>Threads</b> any; one per message. <b>Blocking</b> only for reports and requeueing. <b>Errors</b> none escape.
 */
final class Finisher {

    /** Success reports that cannot be queued: how often and how far apart they are tried. */
    private static final int REPORT_TRIES = 5;
    private static final Duration REPORT_DELAY = Duration.ofSeconds(60);

    private final Clocks clocks;
    private final ClockWatch watch;
    private final Scheduler scheduler;
    private final Clerk clerk;
    private final StoreLink store;
    private final Reports reports;
    private final Requeue requeue;

    Finisher(Clocks clocks, ClockWatch watch, Scheduler scheduler, Clerk clerk, StoreLink store, Reports reports, Requeue requeue) {
        this.clocks = clocks;
        this.watch = watch;
        this.scheduler = scheduler;
        this.clerk = clerk;
        this.store = store;
        this.reports = reports;
        this.requeue = requeue;
    }

    /** Whether {@link #finish} may have to wait for another bundle. */
    boolean isSlow(ActiveMessage message) {
        if (message.wish == Wish.REQUEUE) {
            return true;
        }
        for (int i = 0; i < message.outcomes.length; i++) {
            Outcome outcome = message.outcomes[i];
            boolean quick = outcome instanceof Outcome.Delivered && !message.stored.envelope().recipients().get(i).dsnNotify().wantsSuccess()
                    || outcome == null && message.stored.states().get(i) instanceof RecipientState.Done;
            if (!quick) {
                return true;
            }
        }
        return false;
    }

    void finish(ActiveMessage message) {
        Settings settings = scheduler.generation().main();
        MailLog log = Told.qmgr(settings);
        switch (message.wish) {
            case DELETE -> remove(message, log, settings);
            case HOLD -> {
                tellSuccesses(message, settings);
                write(message, results(message), new Disposition.Hold());
            }
            case STOP -> stopped(message, settings, log);
            case REQUEUE -> {
                tellSuccesses(message, settings);
                requeue(message, settings, log);
            }
            case NONE -> cycle(message, settings, log);
        }
    }

    // --- the normal way

    private void cycle(ActiveMessage message, Settings settings, MailLog log) {
        var waits = new AtomicBoolean();
        reports.delivered(message.stored, successes(message), settings, () -> {
            waits.set(++message.reportTries < REPORT_TRIES && store.inHand().park(message.id()));
            return waits.get();
        });
        if (waits.get()) {
            // Still claimed, so that no scan brings it back; but no longer in the way of others, or of a stop.
            message.parked = true;
            write(message, message.delivered(), new Disposition.Keep());
            scheduler.finishLater(message, REPORT_DELAY);
            return;
        }
        Map<Integer, RecipientState> states = results(message);
        report(message, failures(message, states), states, settings);
        boolean pending = hasPending(message, states);
        if (pending && isExpired(message, settings, log)) {
            expire(message, states, settings, log);
            pending = hasPending(message, states);
        }
        boolean warned = pending && warn(message, states, settings);
        if (isSettled(message, states)) {
            write(message, Map.of(), new Disposition.Remove());
            log.info(message.id() + ": removed");
            return;
        }
        write(message, states, new Disposition.Defer(Retry.nextDue(message.stored.arrival(), clocks.now(), settings)), warned);
    }

    private List<Success> successes(ActiveMessage message) {
        List<Recipient> recipients = message.stored.envelope().recipients();
        var successes = new ArrayList<Success>(0);
        for (Outcome outcome : message.outcomes) {
            if (outcome instanceof Outcome.Delivered d && !d.relayed() && recipients.get(d.recipient()).dsnNotify().wantsSuccess()) {
                // An SMTP peer without DSN takes the mail but will not report: RFC 3464 calls that relayed.
                boolean remote = d.relay().indexOf('[') >= 0;
                String host = remote ? d.relay().substring(0, d.relay().indexOf('[')) : "";
                String text = d.relay().equals("none") ? d.text() : "delivery via " + d.relay() + ": " + d.text();
                successes.add(new Success(d.recipient(), d.status(), remote && !isLmtp(message, d.recipient()) ? "relayed" : "delivered", text, host));
            }
        }
        return successes;
    }

    /** An LMTP server says of each recipient that it is in the mailbox (RFC 2033): that is delivery. */
    private static boolean isLmtp(ActiveMessage message, int number) {
        return message.jobs.stream().anyMatch(job -> job.recipients.contains(number) && job.lane.config().program().equals("lmtp"));
    }

    /** New states of the recipients that had an outcome. */
    private Map<Integer, RecipientState> results(ActiveMessage message) {
        boolean soft = scheduler.generation().main().get(QmgrParameters.SOFT_BOUNCE);
        var states = new HashMap<Integer, RecipientState>();
        for (int i = 0; i < message.outcomes.length; i++) {
            switch (message.outcomes[i]) {
                case Outcome.Delivered _ -> states.put(i, RecipientState.DONE);
                case Outcome.Deferred d -> states.put(i, new Pending(Optional.of(d.reason())));
                case Outcome.Bounced b when soft -> states.put(i, new Pending(Optional.of(b.reason())));
                case Outcome.Bounced b -> states.put(i, new Failed(b.reason()));
                case null -> { }
            }
        }
        return states;
    }

    private static RecipientState state(ActiveMessage message, Map<Integer, RecipientState> states, int number) {
        RecipientState now = states.get(number);
        return now != null ? now : message.stored.states().get(number);
    }

    private static List<Failure> failures(ActiveMessage message, Map<Integer, RecipientState> states) {
        var failures = new ArrayList<Failure>(0);
        for (int i = 0; i < message.outcomes.length; i++) {
            if (state(message, states, i) instanceof Failed(Reason reason)) {
                failures.add(new Failure(i, reason));
            }
        }
        return failures;
    }

    /** Tells the sender; settles the recipients where that worked. */
    private void report(ActiveMessage message, List<Failure> failures, Map<Integer, RecipientState> states, Settings settings) {
        boolean told = failures.isEmpty() || reports.failed(message.stored, failures, settings);
        for (Failure failure : failures) {
            states.put(failure.recipient(), told ? RecipientState.DONE : new Failed(failure.reason()));
        }
    }

    private static boolean hasPending(ActiveMessage message, Map<Integer, RecipientState> states) {
        for (int i = 0; i < message.outcomes.length; i++) {
            if (state(message, states, i) instanceof Pending) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSettled(ActiveMessage message, Map<Integer, RecipientState> states) {
        for (int i = 0; i < message.outcomes.length; i++) {
            if (!(state(message, states, i) instanceof RecipientState.Done)) {
                return false;
            }
        }
        return true;
    }

    private boolean isExpired(ActiveMessage message, Settings settings, MailLog log) {
        watch.check(log);
        return !watch.isExpirySuspended() && !settings.get(QmgrParameters.SOFT_BOUNCE) && Retry.isTooOld(message.stored, clocks.now(), settings);
    }

    /** Recipients that this process has tried and that were deferred; one whose transport or resolver was not there has not been tried. */
    private void expire(ActiveMessage message, Map<Integer, RecipientState> states, Settings settings, MailLog log) {
        List<Failure> expired = deferred(message, true);
        if (expired.isEmpty()) {
            return;
        }
        log.info(message.id() + ": from=<" + AddressSyntax.quote(message.stored.envelope().sender()) + ">, status=expired, returned to sender");
        report(message, expired, states, settings);
    }

    private static List<Failure> deferred(ActiveMessage message, boolean triedOnly) {
        var deferred = new ArrayList<Failure>();
        for (Outcome outcome : message.outcomes) {
            if (outcome instanceof Outcome.Deferred d && !(triedOnly && Reasons.isNoAttempt(d.reason()))) {
                deferred.add(new Failure(d.recipient(), d.reason()));
            }
        }
        return deferred;
    }

    private boolean warn(ActiveMessage message, Map<Integer, RecipientState> states, Settings settings) {
        Instant now = clocks.now();
        if (!Retry.isWarningDue(message.stored, now, settings)) {
            return false;
        }
        List<Failure> late = new ArrayList<>(deferred(message, false));
        late.removeIf(failure -> !(state(message, states, failure.recipient()) instanceof Pending));
        return !late.isEmpty() && reports.delayed(message.stored, late, settings);
    }

    // --- other ways

    /** Now or never: of a success nobody knows any more when this cycle is over. */
    private boolean tellSuccesses(ActiveMessage message, Settings settings) {
        List<Success> successes = successes(message);
        // Without the store that had the message no report can be queued either.
        return successes.isEmpty() || message.claimed && reports.delivered(message.stored, successes, settings, () -> false);
    }

    private void remove(ActiveMessage message, MailLog log, Settings settings) {
        write(message, Map.of(), new Disposition.Remove());
        MailLog.of(settings.text("syslog_name") + "/postsuper").info(message.id() + ": removed");
    }

    /** Written as far as it has come, to go on after the restart; a report of failure waits until then as well. */
    private void stopped(ActiveMessage message, Settings settings, MailLog log) {
        Map<Integer, RecipientState> states = results(message);
        boolean told = tellSuccesses(message, settings);
        if (isSettled(message, states) && told) {
            write(message, Map.of(), new Disposition.Remove());
            log.info(message.id() + ": removed");
        } else if (states.isEmpty()) {
            // In this order: a scan of a store that has come back may give it the claim again as long as it is here.
            scheduler.forget(message);
            if (message.claimed) {
                store.release(message.id());
            }
        } else {
            boolean allTried = states.size() == message.recipients();
            Instant now = clocks.now();
            write(message, states, new Disposition.Defer(allTried ? Retry.nextDue(message.stored.arrival(), now, settings) : now));
        }
    }

    private void requeue(ActiveMessage message, Settings settings, MailLog log) {
        Map<Integer, RecipientState> states = results(message);
        if (isSettled(message, states)) {
            write(message, Map.of(), new Disposition.Remove());
            log.info(message.id() + ": removed");
            message.refuseRequeue(message.id() + " has been delivered meanwhile");
            return;
        }
        try {
            QueueId id = requeue.resubmit(message.snapshot(), settings);
            write(message, Map.of(), new Disposition.Remove());
            message.requeued.complete(id);
        } catch (QueueException e) {
            write(message, states, new Disposition.Defer(Retry.nextDue(message.stored.arrival(), clocks.now(), settings)));
            message.refuseRequeue(e.getMessage());
        }
    }

    private void write(ActiveMessage message, Map<Integer, RecipientState> states, Disposition disposition) {
        write(message, states, disposition, false);
    }

    private void write(ActiveMessage message, Map<Integer, RecipientState> states, Disposition disposition, boolean warned) {
        if (!(disposition instanceof Disposition.Keep)) {
            scheduler.leaves(message);
        }
        store.update(message.id(), new MessageUpdate(states, disposition, warned));
        scheduler.forget(message);
        // In this order: a scan that has read it before the update is told by the one or the other.
        if (message.parked && !(disposition instanceof Disposition.Keep)) {
            store.inHand().unpark(message.id());
        }
        if (disposition instanceof Disposition.Defer(Instant due)) {
            clerk.due(due);
        }
    }
}
