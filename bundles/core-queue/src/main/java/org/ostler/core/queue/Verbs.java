// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.ostler.core.queue.ActiveMessage.Wish;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueManager;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.QueueStore;

/**
 * The operator's verbs: postqueue and postsuper.
 *
 * <h2>Description</h2>
 * A message that is active gets a wish, carried out when its deliveries in progress have ended; deliveries that have not begun are not made. One that is not active is
 * changed in the store by a task on the clerk's thread, so that it cannot become active meanwhile. What may take long goes before that task, on the thread of who asks:
 * a store that still reads what an earlier run has left, a walk over the whole queue.
 * <p><b>Threads</b> any. <b>Blocking</b> bounded.
 */
final class Verbs implements QueueManager {

    private static final Duration DELIVERY = Duration.ofSeconds(30);

    private final Clerk clerk;
    private final ClockWatch watch;
    private final Scheduler scheduler;
    private final StoreLink store;
    private final Flush flush;
    private final Requeue requeue;

    // size: the engine's parts
    Verbs(Clerk clerk, ClockWatch watch, Scheduler scheduler, StoreLink store, Flush flush, Requeue requeue) {
        this.clerk = clerk;
        this.watch = watch;
        this.scheduler = scheduler;
        this.store = store;
        this.flush = flush;
        this.requeue = requeue;
    }

    @Override
    public void list(Predicate<Listed> visitor) throws QueueException {
        var seen = new HashSet<QueueId>();
        for (StoredMessage message : scheduler.snapshot()) {
            seen.add(message.id());
            if (!visitor.test(new Listed(message, QueueName.ACTIVE))) {
                return;
            }
        }
        store.call(s -> {
            s.list(message -> seen.contains(message.id()) || visitor.test(new Listed(message, store.queueOf(message))));
            return null;
        });
    }

    @Override
    public List<QueueId> ids(Set<QueueName> queues, int limit) throws QueueException {
        var ids = new ArrayList<QueueId>();
        if (limit > 0) {
            list(listed -> {
                if (queues.contains(listed.queue())) {
                    ids.add(listed.message().id());
                }
                return ids.size() < limit;
            });
        }
        return ids;
    }

    @Override
    public void flushAll() {
        watch.confirm();
        scheduler.forgetTheDead();
        try {
            flush.all();
        } catch (QueueException e) {
            Told.qmgr(scheduler.generation().main()).warning("flush queue: " + e.getMessage());
        }
    }

    @Override
    public int flushSite(String domain) throws QueueException {
        return flush.site(domain.startsWith("@") ? domain.substring(1) : domain);
    }

    @Override
    public boolean flush(QueueId id) throws QueueException {
        if (scheduler.isActive(id)) {
            return true;
        }
        if (store.find(id).isEmpty()) {
            return false;
        }
        return clerk.call(() -> {
            if (scheduler.isActive(id)) {
                return true;
            }
            if (store.isHeldBack(id)) {
                return false;
            }
            refuseIfBusy(id);
            StoreLink.Attachment attached = attached();
            Optional<StoredMessage> message = store.withClaims(attached, Optional.empty(), claims -> claims.claim(id));
            if (message.isPresent() && !scheduler.claimed(store.corrected(message.get()), true, () -> clerk.holds(attached))) {
                throw cannotChange(id);
            }
            return message.isPresent();
        });
    }

    private StoreLink.Attachment attached() throws QueueException {
        StoreLink.Attachment attached = store.attachment();
        if (attached == null) {
            throw new QueueException(QueueException.Kind.UNAVAILABLE, "queue store is not available");
        }
        return attached;
    }

    @Override
    public boolean delete(QueueId id) throws QueueException {
        return change(id, Wish.DELETE, Set.of(), new Disposition.Remove(), "removed");
    }

    @Override
    public boolean hold(QueueId id) throws QueueException {
        return change(id, Wish.HOLD, Set.of(QueueName.HOLD, QueueName.CORRUPT), new Disposition.Hold(), "placed on hold");
    }

    @Override
    public boolean release(QueueId id) throws QueueException {
        Optional<QueueStore> in = store.find(id);
        boolean released = in.isPresent() && clerk.call(() -> !scheduler.isActive(id)
                && updateStored(in.get(), id, Set.of(QueueName.INCOMING, QueueName.DEFERRED, QueueName.CORRUPT), new Disposition.Release()));
        if (released) {
            told(id, "released from hold");
            clerk.wake();
        }
        return released;
    }

    private boolean change(QueueId id, Wish wish, Set<QueueName> not, Disposition disposition, String what) throws QueueException {
        boolean[] inStore = new boolean[1];
        while (true) {
            Scheduler.Found found = scheduler.wish(id, wish, null);
            if (found.accepted()) {
                if (wish == Wish.HOLD) {
                    told(id, what);
                }
                return true;
            }
            if (found.over() != null) {
                Clerk.await(found.over(), DELIVERY);
                continue;
            }
            Optional<QueueStore> in = store.find(id);
            boolean inactive = in.isEmpty() || clerk.call(() -> {
                boolean active = scheduler.isActive(id);
                inStore[0] = !active && updateStored(in.get(), id, not, disposition);
                return !active;
            });
            if (inactive) {
                if (inStore[0]) {
                    told(id, what);
                }
                return inStore[0];
            }
        }
    }

    /** On the clerk's thread, of a message that is not active. */
    private boolean updateStored(QueueStore in, QueueId id, Set<QueueName> not, Disposition disposition) throws QueueException {
        Optional<StoredMessage> message = store.load(in, id);
        if (message.isEmpty() || not.contains(store.queueOf(message.get()))) {
            return false;
        }
        // A release takes the place of a hold that waits, so it counts at once and adds nothing to what is kept.
        boolean held = disposition instanceof Disposition.Release && store.isHeldBack(id);
        // A report that waits outlives its message.
        boolean reported = disposition instanceof Disposition.Remove && store.inHand().isParked(id);
        if (!held && !reported) {
            refuseIfBusy(id);
        }
        if (!store.update(id, MessageUpdate.of(disposition)) && disposition instanceof Disposition.Release && !held) {
            throw cannotChange(id);
        }
        return true;
    }

    private void refuseIfBusy(QueueId id) throws QueueException {
        if (store.isFull() || store.inHand().contains(id)) {
            throw cannotChange(id);
        }
    }

    private static QueueException cannotChange(QueueId id) {
        return new QueueException(QueueException.Kind.UNAVAILABLE, id + ": queue file cannot be changed at this moment");
    }

    private void told(QueueId id, String what) {
        MailLog.of(scheduler.generation().main().text("syslog_name") + "/postsuper").info(id + ": " + what);
    }

    @Override
    public Optional<QueueId> requeue(QueueId id) throws QueueException {
        var answer = new CompletableFuture<QueueId>();
        while (true) {
            Scheduler.Found found = scheduler.wish(id, Wish.REQUEUE, answer);
            if (found.accepted()) {
                return Optional.of(Clerk.await(answer, DELIVERY));
            }
            if (found.over() != null) {
                Clerk.await(found.over(), DELIVERY);
                continue;
            }
            Optional<QueueStore> in = store.find(id);
            if (in.isEmpty()) {
                return Optional.empty();
            }
            switch (clerk.call(() -> scheduler.isActive(id) ? Begun.ACTIVE : requeueStored(in.get(), id, answer))) {
                case ABSENT -> {
                    return Optional.empty();
                }
                case BEGUN -> {
                    return Optional.of(Clerk.await(answer, DELIVERY));
                }
                case ACTIVE -> { }
            }
        }
    }

    private enum Begun { ACTIVE, ABSENT, BEGUN }

    /**
     * On the clerk's thread, of a message that is not active. It is taken in hand here; the way through cleanup, which asks tables and filters, is another thread's. That
     * one goes it to the end, whether somebody still waits for the answer or not.
     */
    private Begun requeueStored(QueueStore in, QueueId id, CompletableFuture<QueueId> answer) throws QueueException {
        Optional<StoredMessage> found = store.load(in, id).map(store::corrected);
        if (found.isEmpty() || found.get().queue() == QueueName.CORRUPT || found.get().states().stream().allMatch(RecipientState.Done.class::isInstance)) {
            return Begun.ABSENT;
        }
        refuseIfBusy(id);
        boolean free = store.queueOf(found.get()) != QueueName.HOLD;
        if (free && store.withClaims(attached(), Optional.empty(), claims -> claims.claim(id)).isEmpty()) {
            throw cannotChange(id);
        }
        store.inHand().add(id);
        scheduler.begin(() -> requeue(found.get(), answer));
        return Begun.BEGUN;
    }

    private void requeue(StoredMessage message, CompletableFuture<QueueId> answer) {
        QueueId id = message.id();
        try {
            QueueId renewed = requeue.resubmit(message, scheduler.generation().main());
            store.update(id, MessageUpdate.of(new Disposition.Remove()));
            // There, because a scan may have read it before that.
            clerk.later(() -> store.inHand().remove(id), () -> store.inHand().remove(id));
            answer.complete(renewed);
        } catch (QueueException | RuntimeException | Error e) {
            // There, because no scan may come in between. One that was on hold as well: released meanwhile, it was claimed by a scan that left it alone. A manager that stops gives all claims back anyway.
            clerk.later(() -> {
                store.inHand().remove(id);
                store.release(id);
                clerk.wake();
            }, () -> store.inHand().remove(id));
            answer.completeExceptionally(e);
        }
    }
}
