// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.time.Instant;
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

/**
 * The operator's verbs: postqueue and postsuper.
 *
 * <h2>Description</h2>
 * A message that is active gets a wish, carried out when its deliveries in progress have ended; deliveries that have not begun are not made. One that is not active is
 * changed in the store by a task on the clerk's thread, so that it cannot become active meanwhile.
 * <p><b>Threads</b> any. <b>Blocking</b> bounded.
 */
final class Verbs implements QueueManager {

    /** Most ids remembered during a flush; a larger queue takes several walks. */
    static final int MOST_IN_WALK = 100_000;
    /** Changes that the store did not take: a flush ends, because each may cost a failing disk's wait on the clerk's thread. */
    static final int MOST_MISSED = 20;
    private static final Duration DELIVERY = Duration.ofSeconds(30);

    private final Clerk clerk;
    private final ClockWatch watch;
    private final Scheduler scheduler;
    private final StoreLink store;
    private final Requeue requeue;
    private final int walk;

    // size: the engine's parts, and a bound
    Verbs(Clerk clerk, ClockWatch watch, Scheduler scheduler, StoreLink store, Requeue requeue, int walk) {
        this.clerk = clerk;
        this.watch = watch;
        this.scheduler = scheduler;
        this.store = store;
        this.requeue = requeue;
        this.walk = walk;
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
            s.list(message -> seen.contains(message.id()) || visitor.test(new Listed(message, queueOf(message))));
            return null;
        });
    }

    /** A hold that waits to be taken by the store is one already. */
    private QueueName queueOf(StoredMessage message) {
        return store.isHeldBack(message.id()) ? QueueName.HOLD : message.queue();
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
            clerk.call(() -> release(message -> true));
        } catch (QueueException e) {
            Told.qmgr(scheduler.generation().main()).warning("flush queue: " + e.getMessage());
        }
    }

    @Override
    public int flushSite(String domain) throws QueueException {
        String site = domain.startsWith("@") ? domain.substring(1) : domain;
        return clerk.call(() -> release(message -> isFor(message, site)));
    }

    private static boolean isFor(StoredMessage message, String site) {
        for (int i = 0; i < message.states().size(); i++) {
            boolean open = message.states().get(i) instanceof RecipientState.Pending;
            if (open && message.envelope().recipients().get(i).address().domain().equalsIgnoreCase(site)) {
                return true;
            }
        }
        return false;
    }

    /** Makes deferred mail due at once; on the clerk's thread. The ids are collected first: a store need not bear changes during its walk. */
    private int release(Predicate<StoredMessage> which) throws QueueException {
        var count = new Count();
        try {
            releaseInWalks(which, count);
            return count.released;
        } finally {
            // After trouble as well: some are due now.
            clerk.flushing();
        }
    }

    private static final class Count {
        int released;
        int missed;
    }

    private void releaseInWalks(Predicate<StoredMessage> which, Count count) throws QueueException {
        QueueId last = null;
        while (true) {
            var ids = new ArrayList<QueueId>();
            QueueId after = last;
            store.call(s -> {
                s.list(message -> {
                    boolean fresh = after == null || message.id().compareTo(after) > 0;
                    if (fresh && queueOf(message) == QueueName.DEFERRED && message.due().isAfter(Instant.EPOCH) && which.test(message)) {
                        ids.add(message.id());
                    }
                    return ids.size() < walk;
                });
                return null;
            });
            boolean isLast = ids.size() < walk;
            last = isLast ? last : ids.getLast();
            ids.removeIf(scheduler::isActive);
            release(ids, count);
            if (isLast) {
                return;
            }
        }
    }

    private void release(List<QueueId> ids, Count count) throws QueueException {
        for (QueueId id : ids) {
            if (store.update(id, MessageUpdate.of(new Disposition.Release()))) {
                count.released++;
            } else if (++count.missed >= MOST_MISSED) {
                throw new QueueException(QueueException.Kind.UNAVAILABLE, "queue files cannot be changed at this moment; " + count.released + " released");
            }
        }
    }

    @Override
    public boolean flush(QueueId id) throws QueueException {
        return clerk.call(() -> {
            if (scheduler.isActive(id)) {
                return true;
            }
            if (store.isHeldBack(id)) {
                return false;
            }
            refuseIfFull(id);
            StoreLink.Attachment attached = store.attachment();
            if (attached == null) {
                throw new QueueException(QueueException.Kind.UNAVAILABLE, "queue store is not available");
            }
            Optional<StoredMessage> message = store.withClaims(attached, Optional.empty(), claims -> claims.claim(id));
            message.ifPresent(m -> scheduler.scanned(store.corrected(m), true));
            return message.isPresent();
        });
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
        boolean released = clerk.call(() -> updateStored(id, Set.of(QueueName.INCOMING, QueueName.DEFERRED, QueueName.CORRUPT), new Disposition.Release()));
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
            boolean inactive = clerk.call(() -> {
                boolean active = scheduler.isActive(id);
                inStore[0] = !active && updateStored(id, not, disposition);
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

    private boolean updateStored(QueueId id, Set<QueueName> not, Disposition disposition) throws QueueException {
        Optional<StoredMessage> message = store.call(s -> s.load(id));
        if (message.isEmpty() || not.contains(queueOf(message.get()))) {
            return false;
        }
        // A release takes the place of a hold that waits, so it counts at once and adds nothing to what is kept.
        boolean held = disposition instanceof Disposition.Release && store.isHeldBack(id);
        if (!held) {
            refuseIfFull(id);
        }
        if (!store.update(id, MessageUpdate.of(disposition)) && disposition instanceof Disposition.Release && !held) {
            throw cannotChange(id);
        }
        return true;
    }

    private void refuseIfFull(QueueId id) throws QueueException {
        if (store.isFull()) {
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
            Optional<Optional<QueueId>> done = clerk.call(() -> scheduler.isActive(id) ? Optional.empty() : Optional.of(requeueStored(id)));
            if (done.isPresent()) {
                return done.get();
            }
        }
    }

    private Optional<QueueId> requeueStored(QueueId id) throws QueueException {
        Optional<StoredMessage> message = store.call(s -> s.load(id));
        if (message.isEmpty() || message.get().queue() == QueueName.CORRUPT) {
            return Optional.empty();
        }
        refuseIfFull(id);
        QueueId renewed = requeue.resubmit(message.get(), scheduler.generation().main());
        store.update(id, MessageUpdate.of(new Disposition.Remove()));
        return Optional.of(renewed);
    }
}
