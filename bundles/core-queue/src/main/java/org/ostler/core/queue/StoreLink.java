// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.ArrivalListener;
import org.ostler.mail.queue.spi.Claims;
import org.ostler.mail.queue.spi.QueueStore;

/**
 * The line to the queue store: the claims while they last, and the updates that could not be written yet.
 *
 * <h2>Description</h2>
 * An update is not waited for. One that finds no store is kept and offered when there is one; until then the message, should a scan bring it, is seen as the update
 * would have left it. One that the store has taken and cannot write stays in effect there (see {@link QueueStore#update}), so it is kept for the case only
 * that this store goes away before it could. Past as many as fit the active queue the oldest of those is dropped, and its recipients are delivered to again at worst.
 * One that no store knows is not dropped, because nothing else gives back the message's claim; when there are too many the link is full, and no mail is taken up until
 * it is not. So what was active then is all that can come on top.
 * <p><b>Threads</b> any. <b>Blocking</b> none but the calls to the store made by the clerk.
 */
final class StoreLink {

    /** The store attached and what it gave us. */
    record Attachment(QueueStore store, Claims claims) {}

    /** @param takenBy the attachment whose store knows the change but could not write it; null where no store knows it */
    private record Unwritten(MessageUpdate update, Attachment takenBy) {}

    private final Leased<QueueStore> leased;
    private final Map<QueueId, Unwritten> unwritten = new LinkedHashMap<>();
    private volatile boolean anyUnwritten;
    private int mostUnwritten = 20_000;
    private volatile Attachment attachment;
    private volatile MailLog log = MailLog.of("postfix/qmgr");
    private volatile boolean attachRefused;
    private volatile boolean closed;
    private volatile boolean detaching;
    private final InHand inHand = new InHand();
    private volatile Runnable onKept = () -> { };

    StoreLink(Leased<QueueStore> leased) {
        this.leased = leased;
    }

    void settings(Settings settings) {
        int fewer = 0;
        synchronized (unwritten) {
            mostUnwritten = settings.get(QmgrParameters.ACTIVE_LIMIT);
            // Of those that the store has taken, most are written by now; nobody else would make room, and no mail be taken up ever again.
            while (isFull() && dropped() != null) {
                fewer++;
            }
        }
        log = Told.qmgr(settings);
        if (fewer > 0) {
            log.warning(fewer + " results of deliveries that could not be written at once are kept no longer; recipients may get these messages again");
        }
    }

    /** Who is to call {@link #rewrite} after a while. */
    void onKept(Runnable planner) {
        onKept = planner;
    }

    Attachment attachment() {
        return attachment;
    }

    InHand inHand() {
        return inHand;
    }

    /** Whether another queue manager has not given its claims back yet. */
    boolean isAttachRefused() {
        return attachRefused;
    }

    /** Whether there is a better store than the attached one. */
    boolean isOutranked() {
        Attachment now = attachment;
        try (Leased<QueueStore>.Lease lease = leased.acquire(Duration.ZERO)) {
            return now != null && lease.service() != now.store;
        } catch (UnavailableException e) {
            return false;
        }
    }

    /** Uses the claims while the store cannot leave. @return {@code otherwise} where it has left */
    <R> R withClaims(Attachment with, R otherwise, Leased.Call<Claims, R, QueueException> call) throws QueueException {
        try (Leased<QueueStore>.Lease lease = leased.acquire(Duration.ZERO)) {
            return lease.service() == with.store && attachment == with ? call.on(with.claims) : otherwise;
        } catch (UnavailableException e) {
            return otherwise;
        }
    }

    /** Attaches to the best store there is. @return whether this is a new attachment */
    boolean attach(ArrivalListener listener) {
        // In this order: where the one is gone already, the other says whether all of it is.
        if (attachment != null || detaching || closed) {
            return false;
        }
        try (Leased<QueueStore>.Lease lease = leased.acquire(Duration.ZERO)) {
            attachment = new Attachment(lease.service(), lease.service().attach(listener));
            attachRefused = false;
            if (closed) {
                // The clerk was held up for longer than a stop waits for it: nobody else would give these claims back, and no successor could attach.
                detach(null, () -> { });
            }
            return !closed;
        } catch (UnavailableException e) {
            return false;
        } catch (IllegalStateException e) {
            if (!attachRefused) {
                attachRefused = true;
                log.warning("queue store: " + e.getMessage());
            }
            return false;
        }
    }

    /** This manager stops: what is kept is offered once more, all claims go back, and no more are taken. @return whether no result is lost */
    boolean close() {
        closed = true;
        rewrite();
        boolean all = !hasUnwritten();
        detach(null, () -> { });
        return all;
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * Gives all claims back.
     *
     * @param store only if this one is attached; null for any
     * @param stop  run when they are back, and before there is another attachment: it would stop what comes from that one too, for good
     */
    void detach(QueueStore store, Runnable stop) {
        Attachment old;
        synchronized (this) {
            old = attachment;
            if (old == null || store != null && old.store != store) {
                return;
            }
            detaching = true;
            attachment = null;
        }
        try {
            old.claims.close();
        } finally {
            try {
                stop.run();
            } finally {
                detaching = false;
            }
        }
    }

    /**
     * Sends an update on its way, after what has been kept of the same message.
     *
     * @return false where no store knows the change now; it is kept then, but for a release without results, which an operator can ask for again
     */
    boolean update(QueueId id, MessageUpdate update) {
        MessageUpdate all = anyUnwritten ? withKept(id, update) : update;
        boolean alone = all == update;
        Attachment now = attachment;
        if (now == null) {
            return notTaken(id, all, alone, "queue store is not available");
        }
        try (Leased<QueueStore>.Lease lease = leased.acquire(Duration.ZERO)) {
            if (lease.service() != now.store) {
                return notTaken(id, all, alone, "queue store is being replaced");
            }
            var taken = new AtomicBoolean(true);
            now.store.update(id, all).whenComplete((done, trouble) -> {
                if (trouble != null) {
                    Throwable cause = trouble instanceof CompletionException && trouble.getCause() != null ? trouble.getCause() : trouble;
                    if (cause instanceof QueueException e && e.kind() == QueueException.Kind.NOT_TAKEN) {
                        taken.set(notTaken(id, all, alone, cause.getMessage()));
                    } else {
                        keep(id, all, now, cause.getMessage());
                    }
                }
            });
            return taken.get();
        } catch (UnavailableException | RuntimeException | Error e) {
            // Errors too (a class that has gone with the store's bundle): the result of a delivery must not be lost, nor its claim.
            return notTaken(id, all, alone, e instanceof Error ? e.toString() : e.getMessage());
        }
    }

    /** @param alone nothing was kept of the message before @return false */
    private boolean notTaken(QueueId id, MessageUpdate update, boolean alone, String why) {
        if (alone && update.disposition() instanceof Disposition.Release && update.states().isEmpty() && !update.delayWarned()) {
            // A flush of many while reads fail would push out the results of deliveries.
            notReleased(id, why);
        } else {
            keep(id, update, null, why);
        }
        return false;
    }

    void notReleased(QueueId id, String why) {
        log.warning(id + ": queue file update: " + why + "; not released");
    }

    private MessageUpdate withKept(QueueId id, MessageUpdate update) {
        synchronized (unwritten) {
            Unwritten kept = unwritten.remove(id);
            anyUnwritten = !unwritten.isEmpty();
            return kept == null ? update : merge(kept.update, update);
        }
    }

    /** Gives a message back unchanged. */
    void release(QueueId id) {
        Attachment now = attachment;
        if (now != null) {
            now.claims.release(id);
        }
    }

    private void keep(QueueId id, MessageUpdate update, Attachment takenBy, String why) {
        QueueId dropped;
        boolean full;
        synchronized (unwritten) {
            boolean before = isFull();
            unwritten.merge(id, new Unwritten(update, takenBy), (old, later) -> new Unwritten(merge(old.update, later.update), old.takenBy == null ? null : later.takenBy));
            anyUnwritten = true;
            dropped = isFull() ? dropped() : null;
            full = isFull() && !before;
        }
        onKept.run();
        log.warning(id + ": queue file update: " + why + "; will be tried again");
        if (dropped != null) {
            log.warning(dropped + ": result of a delivery is kept no longer; recipients may get this message again");
        }
        if (full) {
            log.warning("more queue file updates wait than the active queue has room for; no mail is taken up until some are written");
        }
    }

    /** Under the lock. @return the oldest that the present store knows; null where there is none */
    private QueueId dropped() {
        for (Map.Entry<QueueId, Unwritten> kept : unwritten.entrySet()) {
            if (isKnown(kept.getValue())) {
                unwritten.remove(kept.getKey());
                return kept.getKey();
            }
        }
        return null;
    }

    /** Whether so many updates wait that the results of further deliveries should not come about: they would have to be remembered as well. */
    boolean isFull() {
        if (!anyUnwritten) {
            return false;
        }
        synchronized (unwritten) {
            return unwritten.size() > mostUnwritten;
        }
    }

    static MessageUpdate merge(MessageUpdate old, MessageUpdate later) {
        Map<Integer, RecipientState> states = new HashMap<>(old.states());
        // Whoever has the message keeps it, in whatever order the two come.
        later.states().forEach((number, state) -> states.merge(number, state, (before, now) -> before instanceof RecipientState.Done ? before : now));
        boolean keepOld = later.disposition() instanceof Disposition.Keep || old.disposition() instanceof Disposition.Remove;
        return new MessageUpdate(states, keepOld ? old.disposition() : later.disposition(), old.delayWarned() || later.delayWarned());
    }

    /**
     * Offers kept updates again, but those that the present store knows; the clerk does so before it scans. Ends at the first that is not taken again: the next may cost
     * a wait as well. That one then stands behind the others.
     */
    void rewrite() {
        var again = new ArrayList<QueueId>();
        synchronized (unwritten) {
            Attachment now = attachment;
            if (now != null) {
                unwritten.forEach((id, kept) -> {
                    if (kept.takenBy != now) {
                        again.add(id);
                    }
                });
            }
        }
        for (QueueId id : again) {
            if (!update(id, MessageUpdate.of(new Disposition.Keep()))) {
                return;
            }
        }
    }

    /** Whether the present store has taken it, where there is one. */
    private boolean isKnown(Unwritten kept) {
        return kept.takenBy != null && kept.takenBy == attachment;
    }

    /** Whether updates wait to be offered to the present store, or the next. */
    boolean hasUnwritten() {
        synchronized (unwritten) {
            return unwritten.values().stream().anyMatch(kept -> !isKnown(kept));
        }
    }

    /** Whether a hold of it waits to be offered: until the store has taken that, which gives the claim back, it is nobody's to deliver. */
    boolean isHeldBack(QueueId id) {
        if (!anyUnwritten) {
            return false;
        }
        synchronized (unwritten) {
            Unwritten kept = unwritten.get(id);
            return kept != null && !isKnown(kept) && kept.update.disposition() instanceof Disposition.Hold;
        }
    }

    /** A hold that waits to be taken by the store is one already. */
    QueueName queueOf(StoredMessage message) {
        return isHeldBack(message.id()) ? QueueName.HOLD : message.queue();
    }

    /** The message as it would be if every update had been written. */
    StoredMessage corrected(StoredMessage message) {
        if (!anyUnwritten) {
            return message;
        }
        Unwritten kept;
        synchronized (unwritten) {
            kept = unwritten.get(message.id());
        }
        if (kept == null || isKnown(kept)) {
            return message;
        }
        MessageUpdate update = kept.update;
        List<RecipientState> states = new ArrayList<>(message.states());
        if (update.disposition() instanceof Disposition.Remove) {
            states.replaceAll(state -> RecipientState.DONE);
        }
        update.states().forEach((number, state) -> states.set(number, state));
        return new StoredMessage(message.id(), message.queue(), message.envelope(), states, message.arrival(), message.due(),
                message.delayWarned() || update.delayWarned(), message.content());
    }

    /** Runs a call of an operator on the store: waits for one to come, and as long as that one takes. */
    <R> R call(Leased.Call<QueueStore, R, QueueException> call) throws QueueException {
        try {
            return leased.call(call);
        } catch (UnavailableException e) {
            throw new QueueException(QueueException.Kind.UNAVAILABLE, e.getMessage(), e);
        }
    }

    /** For an operator: waits until the store has read what an earlier run left, if need be. @return where the message is; empty where there is none */
    Optional<QueueStore> find(QueueId id) throws QueueException {
        return call(s -> s.load(id).map(found -> s));
    }

    /** For the clerk, which may not wait: the message in a store of which {@link #find} has had an answer. */
    Optional<StoredMessage> load(QueueStore in, QueueId id) throws QueueException {
        try (Leased<QueueStore>.Lease lease = leased.acquire(Duration.ZERO)) {
            if (lease.service() == in) {
                return in.load(id);
            }
        } catch (UnavailableException e) {
            throw new QueueException(QueueException.Kind.UNAVAILABLE, e.getMessage(), e);
        }
        throw new QueueException(QueueException.Kind.UNAVAILABLE, "queue store is being replaced");
    }
}
