// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;

/**
 * A message in the active queue, through one cycle of attempts.
 *
 * <p>Mutable state is guarded by the scheduler's lock, until {@link #open} is zero; from then on it belongs to the one thread that finishes the message.
 */
final class ActiveMessage {

    /** What an operator wants done once the deliveries in progress have ended. */
    enum Wish { NONE, STOP, HOLD, DELETE, REQUEUE }

    final StoredMessage stored;
    final Outcome[] outcomes;
    /** Seconds before the queue manager took it, for delays=. */
    final long waitedNanos;
    final long activeSince;
    /** Bytes of content held in memory. */
    final long weight;
    /** Tried by order of an operator: dead destinations and deferred transports are tried too. */
    final boolean flush;
    /** Jobs not over yet, so that a wish can cancel those that wait. */
    final List<Job> jobs = new ArrayList<>(1);
    /** Resolving and every job count one; at zero the cycle ends. */
    int open = 1;
    /** Waits to be resolved; false once that has begun or is not to be. */
    boolean inIntake;
    /** The store holds this claim for us; false once that store has gone away. */
    boolean claimed = true;
    /** Its last update is on its way to the store, which ends the claim. */
    boolean leaving;
    /** A scan has claimed it again meanwhile: it is given back when it leaves. */
    boolean reclaimed;
    /** Has results that are not in the store yet and is in the list of such messages. */
    boolean dirty;
    /** How many outcomes have been written already. */
    int written;
    Wish wish = Wish.NONE;
    CompletableFuture<QueueId> requeued;
    /** Completed when the message has left the active queue, where somebody waits for that. */
    CompletableFuture<Void> over;
    /** Has left the active queue with its claim, to be finished once more in a while. */
    volatile boolean parked;
    /** Times the success report could not be queued. */
    int reportTries;

    ActiveMessage(StoredMessage stored, long waitedNanos, long activeSince, boolean flush) {
        this.stored = stored;
        this.waitedNanos = waitedNanos;
        this.activeSince = activeSince;
        this.flush = flush;
        this.outcomes = new Outcome[stored.states().size()];
        this.weight = stored.content().isInMemory() ? stored.content().size() : 0;
    }

    QueueId id() {
        return stored.id();
    }

    int recipients() {
        return outcomes.length;
    }

    void record(List<Outcome> results) {
        for (Outcome result : results) {
            outcomes[result.recipient()] = result;
        }
    }

    /** States of recipients that were delivered to in this cycle, for the store. */
    Map<Integer, RecipientState> delivered() {
        var done = new HashMap<Integer, RecipientState>();
        for (int i = 0; i < outcomes.length; i++) {
            if (outcomes[i] instanceof Outcome.Delivered) {
                done.put(i, RecipientState.DONE);
            }
        }
        return done;
    }

    /** As mailq shows it now. */
    StoredMessage snapshot() {
        var states = new ArrayList<RecipientState>(stored.states());
        for (int i = 0; i < outcomes.length; i++) {
            switch (outcomes[i]) {
                case Outcome.Delivered _ -> states.set(i, RecipientState.DONE);
                case Outcome.Deferred d -> states.set(i, new RecipientState.Pending(java.util.Optional.of(d.reason())));
                case Outcome.Bounced b -> states.set(i, new RecipientState.Failed(b.reason()));
                case null -> { }
            }
        }
        return new StoredMessage(stored.id(), stored.queue(), stored.envelope(), states, stored.arrival(), stored.due(), stored.delayWarned(), stored.content());
    }

    /** The operator's answer to requeue where it cannot be done. */
    void refuseRequeue(String why) {
        if (requeued != null) {
            requeued.completeExceptionally(new QueueException(QueueException.Kind.UNAVAILABLE, why));
        }
    }
}
