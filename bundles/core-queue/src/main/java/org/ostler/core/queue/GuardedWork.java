// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.RecipientState.Reason;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@link Work}'s promise not to throw, whatever happens below: a bundle that is being replaced fails to link, memory runs out for a moment, a parameter of a
 * bundle just installed cannot be read, or there is a bug.
 *
 * <p>A message over which that happens waits: what is delivered is noted, the rest is tried again. Without this it would stay in the active queue, claimed and unseen, until
 * the next restart, and its thread would take the place of others with it.
 *
 * <p><b>Threads</b> any. <b>Errors</b> none escape but those of a machine that is beyond help.
 */
final class GuardedWork implements Work {

    /** Until the next attempt; a constant, because parameters may be what cannot be read. */
    static final Duration WAIT = Duration.ofMinutes(5);

    private final Work work;
    private final Clocks clocks;
    private final Scheduler scheduler;
    private final StoreLink store;
    private final Clerk clerk;
    private final MailLog log = MailLog.of("postfix/qmgr");

    GuardedWork(Work work, Clocks clocks, Scheduler scheduler, StoreLink store, Clerk clerk) {
        this.work = work;
        this.clocks = clocks;
        this.scheduler = scheduler;
        this.store = store;
        this.clerk = clerk;
    }

    private void failed(ActiveMessage message, String doing, Throwable e) {
        LoggerFactory.getLogger(GuardedWork.class).error("{}: {}", message.id(), doing, e);
        log.error(message.id() + ": " + doing + ": " + e + "; mail is deferred");
    }

    @Override
    public Plan plan(ActiveMessage message) {
        try {
            return work.plan(message);
        } catch (RuntimeException | Error e) {
            failed(message, "resolving recipients", e);
            var pending = new ArrayList<Integer>();
            for (int i = 0; i < message.recipients(); i++) {
                if (message.stored.states().get(i) instanceof RecipientState.Pending) {
                    pending.add(i);
                }
            }
            return new Plan(List.of(), deferred(pending, Reasons.NO_RESOLVER));
        }
    }

    private static List<Outcome> deferred(List<Integer> recipients, Reason reason) {
        return recipients.stream().<Outcome>map(number -> new Outcome.Deferred(number, reason, "none", Outcome.Timing.NONE)).toList();
    }

    @Override
    public Attempt deliver(Job job) {
        try {
            return work.deliver(job);
        } catch (RuntimeException | Error e) {
            failed(job.message, "delivering by " + job.lane.name, e);
            return new Attempt(deferred(job.recipients, Reasons.TROUBLE), null, null);
        }
    }

    @Override
    public List<Outcome> suspend(Job job, Reason reason) {
        try {
            return work.suspend(job, reason);
        } catch (RuntimeException | Error e) {
            failed(job.message, "suspending", e);
            return deferred(job.recipients, reason);
        }
    }

    @Override
    public void finish(ActiveMessage message) {
        try {
            work.finish(message);
        } catch (RuntimeException | Error e) {
            failed(message, "finishing", e);
            letWait(message);
            message.refuseRequeue(e.toString());
        }
    }

    /** Where the message has left already, its last update has been sent; a parked one waits outside of the active queue and still has its claim. */
    private void letWait(ActiveMessage message) {
        if (!scheduler.isHere(message) && !message.parked) {
            return;
        }
        Instant due = clocks.now().plus(WAIT);
        scheduler.leaves(message);
        // Of an operator's wish as much as can be done without the parts that failed.
        Disposition disposition = switch (message.wish) {
            case HOLD -> new Disposition.Hold();
            case DELETE -> new Disposition.Remove();
            case NONE, STOP, REQUEUE -> new Disposition.Defer(due);
        };
        store.update(message.id(), new MessageUpdate(message.delivered(), disposition, false));
        scheduler.forget(message);
        store.inHand().unpark(message.id());
        clerk.due(due);
    }

    @Override
    public boolean isSlow(ActiveMessage message) {
        try {
            return work.isSlow(message);
        } catch (RuntimeException | Error e) {
            return true;
        }
    }

    @Override
    public void giveBack(ActiveMessage message) {
        try {
            work.giveBack(message);
        } catch (RuntimeException | Error e) {
            failed(message, "giving back", e);
        }
    }

    @Override
    public void writePart(ActiveMessage message, Map<Integer, RecipientState> done) {
        try {
            work.writePart(message, done);
        } catch (RuntimeException | Error e) {
            // The last update has these results as well.
            LoggerFactory.getLogger(GuardedWork.class).warn("{}: results so far", message.id(), e);
        }
    }
}
