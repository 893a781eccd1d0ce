// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.ArrivalListener;
import org.ostler.mail.queue.spi.Claims;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hold of the one attached queue manager.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> scans read envelopes. {@link #close} waits for offers in progress, which the listener's contract makes short.
 */
final class LogClaims implements Claims {

    private static final Logger LOG = LoggerFactory.getLogger(LogClaims.class);

    private final LogStore store;
    private final Catalog catalog;
    private final ArrivalListener listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition quiet = lock.newCondition();
    private int offering;
    private boolean closed;

    LogClaims(LogStore store, Catalog catalog, ArrivalListener listener) {
        this.store = store;
        this.catalog = catalog;
        this.listener = listener;
    }

    /** Offers a message just committed and claimed for this manager. */
    void offer(StoredMessage message, long sequence) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            offering++;
        } finally {
            lock.unlock();
        }
        boolean taken = false;
        try {
            taken = listener.arrived(message);
        } catch (RuntimeException | Error e) {
            // It is queued: its sender must not be told otherwise.
            LOG.warn("{}: the queue manager did not take it", message.id(), e);
        } finally {
            // Not where another manager is attached by now: the claim may be its own.
            if (!taken && catalog.isAttached(this)) {
                catalog.release(sequence);
            }
            lock.lock();
            try {
                offering--;
                quiet.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public List<StoredMessage> incoming(int limit) throws QueueException {
        store.awaitLoaded();
        return store.claimed(this, catalog.claimIncoming(limit));
    }

    @Override
    public List<StoredMessage> due(Instant now, int limit) throws QueueException {
        store.awaitLoaded();
        return store.claimed(this, catalog.claimDue(now, limit));
    }

    @Override
    public Optional<Instant> nextDue() throws QueueException {
        store.awaitLoaded();
        long due = catalog.nextDue();
        return due < 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(due));
    }

    @Override
    public Optional<StoredMessage> claim(QueueId id) throws QueueException {
        store.awaitLoaded();
        Entry entry = catalog.claim(id);
        return entry == null ? Optional.empty() : store.claimed(this, List.of(entry)).stream().findFirst();
    }

    @Override
    public void release(QueueId id) {
        long sequence = Ids.sequence(id);
        if (sequence >= 0 && catalog.isAttached(this)) {
            catalog.release(sequence);
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            long left = TimeUnit.SECONDS.toNanos(5);
            while (offering > 0 && left > 0) {
                left = quiet.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        catalog.detach(this);
    }
}
