// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
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

    private static final long UNREADABLE_SECONDS = 60;

    /** A claimed message that the disk did not give, and when it is to be tried again. */
    private record Unreadable(long sequence, long until) {}

    private final LogStore store;
    private final Catalog catalog;
    private final Reader reader;
    private final IoThreads io;
    private final ArrivalListener listener;
    private final ConcurrentLinkedQueue<Unreadable> unreadable = new ConcurrentLinkedQueue<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition quiet = lock.newCondition();
    private int offering;
    private boolean closed;
    /** Like {@link System#nanoTime}; tests have their own. */
    volatile LongSupplier clock = System::nanoTime;

    LogClaims(LogStore store, Catalog catalog, Reader reader, IoThreads io, ArrivalListener listener) {
        this.store = store;
        this.catalog = catalog;
        this.reader = reader;
        this.io = io;
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
        return read(catalog.claimIncoming(limit));
    }

    @Override
    public List<StoredMessage> due(Instant now, int limit) throws QueueException {
        store.awaitLoaded();
        return read(catalog.claimDue(now, limit));
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
        return entry == null ? Optional.empty() : read(List.of(entry)).stream().findFirst();
    }

    /** Reads what was claimed; what is gone, damaged or taken away meanwhile is left out. On trouble with the disk all claims are given back. */
    private List<StoredMessage> read(List<Entry> entries) throws QueueException {
        tryUnreadableAgain();
        if (entries.isEmpty()) {
            return List.of();
        }
        Batch batch;
        try {
            batch = io.call(() -> readAll(entries));
        } catch (IOException | RuntimeException | Error e) {
            entries.forEach(entry -> catalog.release(entry.sequence()));
            throw Troubles.of("queue read error", e);
        }
        // Only now: of a batch that fails each claim has been given back, and may be somebody's again when the time is over.
        batch.failed.forEach(sequence -> unreadable.add(new Unreadable(sequence, clock.getAsLong() + TimeUnit.SECONDS.toNanos(UNREADABLE_SECONDS))));
        if (!batch.failed.isEmpty() && !catalog.isAttached(this)) {
            releaseUnreadable();
        }
        return batch.messages;
    }

    /** @param failed sequences of those that the disk did not give */
    private record Batch(List<StoredMessage> messages, List<Long> failed) {}

    private Batch readAll(List<Entry> entries) {
        var batch = new Batch(new ArrayList<>(entries.size()), new ArrayList<>());
        for (Entry entry : entries) {
            try {
                StoredMessage message = readOne(entry);
                if (message != null) {
                    batch.messages.add(message);
                }
            } catch (IOException e) {
                // It keeps its claim for a while, or it would stand before all others in every scan.
                store.log().warning(entry.id() + ": queue read error: " + Troubles.text(e) + "; tried again in " + UNREADABLE_SECONDS + " s");
                batch.failed.add(entry.sequence());
            }
        }
        return batch;
    }

    private void tryUnreadableAgain() {
        for (Unreadable one = unreadable.peek(); one != null && one.until - clock.getAsLong() <= 0; one = unreadable.peek()) {
            if (unreadable.remove(one)) {
                catalog.release(one.sequence);
            }
        }
    }

    /** Not in memory, so that the catalog does not know whose claims they are: no other manager could have them. */
    private void releaseUnreadable() {
        for (Unreadable one = unreadable.poll(); one != null; one = unreadable.poll()) {
            catalog.release(one.sequence);
        }
    }

    private StoredMessage readOne(Entry known) throws IOException {
        for (int attempt = 0; attempt < LogStore.ATTEMPTS; attempt++) {
            Entry entry = catalog.find(known.sequence());
            if (entry == null || !entry.is(Index.CLAIMED)) {
                return null;
            }
            if (!catalog.isAttached(this)) {
                catalog.release(entry.sequence());
                return null;
            }
            try {
                Live read = catalog.live(entry.sequence());
                read = read != null ? read : reader.read(entry);
                Live counts = read == null ? null : catalog.adopt(entry, read);
                if (counts != null && !catalog.isAttached(this)) {
                    // Given back while it was read: of that one nobody knew yet.
                    catalog.release(entry.sequence());
                    return null;
                }
                if (counts != null) {
                    Catalog.Seen seen = catalog.see(entry.sequence());
                    return seen == null || !seen.entry().is(Index.CLAIMED) ? null : seen.live();
                }
            } catch (Reader.DamagedException e) {
                store.setAside(entry, e);
            }
        }
        throw new IOException(known.id() + ": changes faster than it can be read");
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
        releaseUnreadable();
    }
}
