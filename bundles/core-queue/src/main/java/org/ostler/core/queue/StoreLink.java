// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueName;
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

    private final Leased<QueueStore> leased;
    private final Kept kept = new Kept();
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
        kept.most(settings.get(QmgrParameters.ACTIVE_LIMIT));
        int fewer = 0;
        // Of those that the store has taken, most are written by now; nobody else would make room, and no mail be taken up ever again.
        while (kept.makeRoom(attachment) != null) {
            fewer++;
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

    /**
     * This manager stops: what is kept is offered once more, all claims go back, and no more are taken.
     *
     * @param most how long the offering may take; one that has begun is not broken off
     * @return whether no result is lost
     */
    boolean close(Duration most) {
        closed = true;
        rewriteAll(most);
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
        } catch (RuntimeException | Error e) {
            // A class that has gone with its bundle: whoever lets go of it is to unbind it all the same, and to go on with the next.
            log.warning("queue store: claims are not given back: " + e);
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
        Kept.Offer offer = kept.offer(id, update);
        boolean alone = offer.all() == update;
        Attachment now = attachment;
        if (now == null) {
            return notTaken(offer, alone, "queue store is not available");
        }
        try (Leased<QueueStore>.Lease lease = leased.acquire(Duration.ZERO)) {
            if (lease.service() != now.store) {
                return notTaken(offer, alone, "queue store is being replaced");
            }
            var taken = new AtomicBoolean(true);
            now.store.update(id, offer.all()).whenComplete((done, trouble) -> {
                if (trouble != null) {
                    Throwable cause = trouble instanceof CompletionException && trouble.getCause() != null ? trouble.getCause() : trouble;
                    if (cause instanceof QueueException e && e.kind() == QueueException.Kind.NOT_TAKEN) {
                        taken.set(notTaken(offer, alone, cause.getMessage()));
                    } else {
                        keep(offer, now, cause.getMessage());
                    }
                }
            });
            if (taken.get()) {
                kept.taken(offer);
            }
            return taken.get();
        } catch (UnavailableException | RuntimeException | Error e) {
            // Errors too (a class that has gone with the store's bundle): the result of a delivery must not be lost, nor its claim.
            return notTaken(offer, alone, e instanceof Error ? e.toString() : e.getMessage());
        }
    }

    /** @param alone nothing was kept of the message before @return false */
    private boolean notTaken(Kept.Offer offer, boolean alone, String why) {
        MessageUpdate update = offer.all();
        if (alone && update.disposition() instanceof Disposition.Release && update.states().isEmpty() && !update.delayWarned()) {
            // A flush of many while reads fail would push out the results of deliveries.
            notReleased(offer.id(), why);
        } else {
            keep(offer, null, why);
        }
        return false;
    }

    void notReleased(QueueId id, String why) {
        log.warning(id + ": queue file update: " + why + "; not released");
    }

    /** Gives a message back unchanged. */
    void release(QueueId id) {
        Attachment now = attachment;
        if (now != null) {
            now.claims.release(id);
        }
    }

    private void keep(Kept.Offer offer, Attachment takenBy, String why) {
        boolean before = kept.isFull();
        kept.keep(offer, takenBy);
        QueueId dropped = kept.makeRoom(attachment);
        boolean full = kept.isFull() && !before;
        onKept.run();
        log.warning(offer.id() + ": queue file update: " + why + "; will be tried again");
        if (dropped != null) {
            log.warning(dropped + ": result of a delivery is kept no longer; recipients may get this message again");
        }
        if (full) {
            log.warning("more queue file updates wait than the active queue has room for; no mail is taken up until some are written");
        }
    }

    /** Whether so many updates wait that the results of further deliveries should not come about: they would have to be remembered as well. */
    boolean isFull() {
        return kept.isFull();
    }

    /**
     * Offers kept updates again, but those that the present store knows; the clerk does so before it scans. Ends at the first that is not taken again: the next may cost
     * a wait as well. That one then stands behind the others.
     */
    void rewrite() {
        Attachment now = attachment;
        for (QueueId id : now == null ? List.<QueueId>of() : kept.unknownTo(now)) {
            if (!offerAgain(id)) {
                return;
            }
        }
    }

    /** For the last time: each has its turn while there is time, and holds come first, for nothing but they keeps a message from being delivered. */
    private void rewriteAll(Duration most) {
        long end = System.nanoTime() + most.toNanos();
        Attachment now = attachment;
        List<QueueId> all = now == null ? List.of() : kept.unknownTo(now);
        // Each is looked at once: results of deliveries may still come, and under a sort that is refused as being no order.
        Map<Boolean, List<QueueId>> byHold = all.stream().collect(Collectors.partitioningBy(this::isHeldBack));
        for (QueueId id : Stream.of(true, false).map(byHold::get).flatMap(List::stream).toList()) {
            if (System.nanoTime() - end >= 0) {
                return;
            }
            offerAgain(id);
        }
    }

    private boolean offerAgain(QueueId id) {
        return update(id, MessageUpdate.of(new Disposition.Keep()));
    }

    /** Whether updates wait to be offered to the present store, or the next. */
    boolean hasUnwritten() {
        return kept.isAnyUnknownTo(attachment);
    }

    /** Whether a hold of it waits to be taken: until the store has done so, which gives the claim back, it is nobody's to deliver. */
    boolean isHeldBack(QueueId id) {
        return kept.isHeldBack(id, attachment);
    }

    /** A hold that waits to be taken by the store is one already. */
    QueueName queueOf(StoredMessage message) {
        return isHeldBack(message.id()) ? QueueName.HOLD : message.queue();
    }

    /** The message as it would be if every update had been written. */
    StoredMessage corrected(StoredMessage message) {
        return kept.corrected(message, attachment);
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
