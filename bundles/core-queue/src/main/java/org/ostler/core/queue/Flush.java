// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.QueueStore;

/**
 * Makes deferred mail due at once: postqueue -f and -s.
 *
 * <h2>Description</h2>
 * The walk over the queue is made on the thread of who asks: it takes as long as the queue is large, and longer where the store still reads what an earlier run has left,
 * and deliveries depend on the clerk's timers. What it found is released on the clerk's thread, a batch at a time, where it is deferred mail still.
 *
 * <p><b>Threads</b> any, one after the other. <b>Blocking</b> for the walk; a bounded time for somebody else's. <b>Errors</b> {@link QueueException}: some may have been
 * released, and the message says how many.
 */
final class Flush {

    /** Most ids remembered; a larger queue takes several walks. */
    static final int MOST_IN_WALK = 100_000;
    /** Changes that the store did not take: a flush ends, because each may cost a failing disk's wait on the clerk's thread. */
    static final int MOST_MISSED = 20;
    private static final Duration TURN = Duration.ofSeconds(30);

    /** What a walk has found. */
    private record Found(QueueStore in, List<QueueId> ids) {}

    private static final class Count {
        int released;
        int missed;
    }

    private final Clerk clerk;
    private final Scheduler scheduler;
    private final StoreLink store;
    private final int walk;
    private final ReentrantLock turn = new ReentrantLock(true);

    /** @param walk most ids remembered */
    Flush(Clerk clerk, Scheduler scheduler, StoreLink store, int walk) {
        this.clerk = clerk;
        this.scheduler = scheduler;
        this.store = store;
        this.walk = walk;
    }

    int all() throws QueueException {
        return inTurn(message -> true);
    }

    /** Mail with a recipient in that domain who has not got it. */
    int site(String domain) throws QueueException {
        return inTurn(message -> isFor(message, domain));
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

    private int inTurn(Predicate<StoredMessage> which) throws QueueException {
        try {
            if (!turn.tryLock(TURN.toSeconds(), TimeUnit.SECONDS)) {
                throw new QueueException(QueueException.Kind.UNAVAILABLE, "another flush is in progress");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new QueueException(QueueException.Kind.UNAVAILABLE, "interrupted", e);
        }
        try {
            return inWalks(which);
        } finally {
            turn.unlock();
        }
    }

    private int inWalks(Predicate<StoredMessage> which) throws QueueException {
        var count = new Count();
        QueueId last = null;
        while (true) {
            Found found = find(which, last);
            for (int from = 0; from < found.ids.size();) {
                List<QueueId> left = found.ids.subList(from, found.ids.size());
                from += clerk.call(() -> release(found.in, left, count));
                if (count.missed >= MOST_MISSED) {
                    throw new QueueException(QueueException.Kind.UNAVAILABLE, "queue files cannot be changed at this moment; " + count.released + " released");
                }
            }
            if (found.ids.size() < walk) {
                return count.released;
            }
            last = found.ids.getLast();
        }
    }

    /** Collected first: a store need not bear changes during its walk. */
    private Found find(Predicate<StoredMessage> which, QueueId after) throws QueueException {
        return store.call(s -> {
            var ids = new ArrayList<QueueId>();
            s.list(message -> {
                if ((after == null || message.id().compareTo(after) > 0) && isWaiting(message) && which.test(message)) {
                    ids.add(message.id());
                }
                return ids.size() < walk;
            });
            return new Found(s, ids);
        });
    }

    private boolean isWaiting(StoredMessage message) {
        return store.queueOf(message) == QueueName.DEFERRED && message.due().isAfter(Instant.EPOCH);
    }

    /** On the clerk's thread. @return how many were seen to: a batch at most, and none behind one that cost a wait in vain */
    private int release(QueueStore in, List<QueueId> ids, Count count) {
        int seen = 0;
        boolean missed = false;
        while (!missed && seen < Math.min(Clerk.BATCH, ids.size())) {
            QueueId id = ids.get(seen++);
            if (!scheduler.isActive(id) && !store.inHand().contains(id)) {
                missed = !release(in, id, count);
            }
        }
        count.missed += missed ? 1 : 0;
        // Each time: a scan may come before the next batch.
        clerk.flushing();
        return seen;
    }

    /** @return false where the store did not take it */
    private boolean release(QueueStore in, QueueId id, Count count) {
        try {
            // Again, because somebody may have put it on hold since it was found.
            Optional<StoredMessage> now = store.load(in, id);
            if (now.isEmpty() || !isWaiting(now.get())) {
                return true;
            }
        } catch (QueueException e) {
            store.notReleased(id, e.getMessage());
            return false;
        }
        boolean taken = store.update(id, MessageUpdate.of(new Disposition.Release()));
        count.released += taken ? 1 : 0;
        return taken;
    }
}
