// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.memory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Content;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.ArrivalListener;
import org.ostler.mail.queue.spi.Claims;
import org.ostler.mail.queue.spi.Draft;
import org.ostler.mail.queue.spi.QueueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A queue store that forgets: for tests.
 *
 * <h2>Description</h2>
 * Everything is a sorted map under one lock. New mail is refused with FULL once the contents held exceed a bound.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> never. <b>Errors</b> {@link QueueException} when full or closed.
 *
 * <h2>Bugs</h2>
 * A restart loses all mail: the component is disabled, so that no server gets it by accident ({@code scr:enable queue-memory}).
 */
@Component(name = "queue-memory", service = QueueStore.class, enabled = false)
public final class MemoryStore implements QueueStore {

    /** Bytes of content held at most by the constructor without arguments. */
    public static final long DEFAULT_LIMIT = 128L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(MemoryStore.class);

    private record Due(Instant due, QueueId id) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            int order = due.compareTo(other.due);
            return order != 0 ? order : id.compareTo(other.id);
        }
    }

    private final class Entry {
        StoredMessage message;
        boolean claimed;

        Entry(StoredMessage message, boolean claimed) {
            this.message = message;
            this.claimed = claimed;
        }
    }

    private final Object lock = new Object();
    private final TreeMap<QueueId, Entry> entries = new TreeMap<>();
    private final TreeSet<QueueId> freeIncoming = new TreeSet<>();
    private final TreeSet<Due> freeDeferred = new TreeSet<>();
    private final AtomicLong sequence = new AtomicLong();
    private final long limit;
    private long held;
    private MemoryClaims attached;
    private boolean closed;

    public MemoryStore() {
        this(DEFAULT_LIMIT);
    }

    /** @param limit bytes of content; beyond it new mail is refused */
    public MemoryStore(long limit) {
        this.limit = limit;
    }

    /** Refuses everything from now on. */
    @Deactivate
    public void close() {
        synchronized (lock) {
            closed = true;
        }
    }

    @Override
    public Draft create() throws QueueException {
        synchronized (lock) {
            checkOpen();
            checkSpace(0);
        }
        Instant now = Instant.now();
        return new MemoryDraft(QueueId.of(now.getEpochSecond(), now.getNano() / 1000, sequence.incrementAndGet()));
    }

    private void checkOpen() throws QueueException {
        if (closed) {
            throw new QueueException(QueueException.Kind.UNAVAILABLE, "queue store is closed");
        }
    }

    private void checkSpace(long more) throws QueueException {
        if (held + more > limit) {
            throw new QueueException(QueueException.Kind.FULL, "queue store is full");
        }
    }

    @Override
    public CompletionStage<Void> update(QueueId id, MessageUpdate update) {
        synchronized (lock) {
            Entry entry = entries.get(id);
            if (entry != null) {
                apply(entry, update);
            }
        }
        return CompletableFuture.completedFuture(null);
    }

    private void apply(Entry entry, MessageUpdate update) {
        unlist(entry);
        StoredMessage m = entry.message;
        List<RecipientState> states = new ArrayList<>(m.states());
        update.states().forEach(states::set);
        Disposition disposition = update.disposition();
        QueueName queue = switch (disposition) {
            case Disposition.Keep _, Disposition.Remove _ -> m.queue();
            case Disposition.Defer _, Disposition.Release _ -> QueueName.DEFERRED;
            case Disposition.Hold _ -> QueueName.HOLD;
            case Disposition.Corrupt _ -> QueueName.CORRUPT;
        };
        Instant due = switch (disposition) {
            case Disposition.Defer(Instant at) -> at;
            case Disposition.Release _ -> Instant.EPOCH;
            default -> m.due();
        };
        entry.claimed &= disposition instanceof Disposition.Keep;
        entry.message = new StoredMessage(m.id(), queue, m.envelope(), states, m.arrival(), due, m.delayWarned() || update.delayWarned(), m.content());
        if (disposition instanceof Disposition.Remove) {
            entries.remove(m.id());
            held -= m.content().size();
        } else {
            relist(entry);
        }
    }

    /** Takes an entry off the lists of what may be claimed. */
    private void unlist(Entry entry) {
        freeIncoming.remove(entry.message.id());
        freeDeferred.remove(new Due(entry.message.due(), entry.message.id()));
    }

    private void relist(Entry entry) {
        if (!entry.claimed && entry.message.queue() == QueueName.INCOMING) {
            freeIncoming.add(entry.message.id());
        } else if (!entry.claimed && entry.message.queue() == QueueName.DEFERRED) {
            freeDeferred.add(new Due(entry.message.due(), entry.message.id()));
        }
    }

    @Override
    public Optional<StoredMessage> load(QueueId id) throws QueueException {
        synchronized (lock) {
            checkOpen();
            return Optional.ofNullable(entries.get(id)).map(entry -> entry.message);
        }
    }

    @Override
    public void list(Predicate<StoredMessage> visitor) throws QueueException {
        QueueId at = null;
        while (true) {
            Map.Entry<QueueId, Entry> next;
            StoredMessage message;
            synchronized (lock) {
                checkOpen();
                next = at == null ? entries.firstEntry() : entries.higherEntry(at);
                message = next == null ? null : next.getValue().message;
            }
            if (message == null || !visitor.test(message)) {
                return;
            }
            at = message.id();
        }
    }

    @Override
    public Claims attach(ArrivalListener listener) {
        synchronized (lock) {
            if (attached != null) {
                throw new IllegalStateException("a queue manager is attached already");
            }
            attached = new MemoryClaims(listener);
            return attached;
        }
    }

    @Override
    public long freeSpace() {
        synchronized (lock) {
            return Math.max(0, limit - held);
        }
    }

    @Override
    public Map<QueueName, Long> counts() {
        var counts = new EnumMap<QueueName, Long>(QueueName.class);
        for (QueueName name : QueueName.values()) {
            counts.put(name, 0L);
        }
        synchronized (lock) {
            for (Entry entry : entries.values()) {
                counts.merge(entry.message.queue(), 1L, Long::sum);
            }
        }
        return counts;
    }

    private final class MemoryDraft implements Draft {
        private final QueueId id;
        private byte[] bytes = new byte[1024];
        private int size;

        MemoryDraft(QueueId id) {
            this.id = id;
        }

        @Override
        public QueueId id() {
            return id;
        }

        @Override
        public void write(byte[] from, int offset, int length) throws QueueException {
            if (length > bytes.length - size) {
                synchronized (lock) {
                    checkSpace((long) size + length);
                }
                bytes = java.util.Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + length));
            }
            System.arraycopy(from, offset, bytes, size, length);
            size += length;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public StoredMessage commit(Envelope envelope, Instant arrival, boolean onHold) throws QueueException {
            List<RecipientState> states = java.util.Collections.nCopies(envelope.recipients().size(), RecipientState.FRESH);
            var message = new StoredMessage(id, onHold ? QueueName.HOLD : QueueName.INCOMING, envelope, states, arrival, Instant.EPOCH, false,
                    new Content.InMemory(bytes, 0, size));
            MemoryClaims manager;
            synchronized (lock) {
                checkOpen();
                checkSpace(size);
                held += size;
                manager = onHold ? null : attached;
                Entry entry = new Entry(message, manager != null);
                entries.put(id, entry);
                relist(entry);
            }
            if (manager != null && !manager.takes(message)) {
                manager.release(id);
            }
            return message;
        }

        @Override
        public void close() {
            bytes = null;
        }
    }

    private final class MemoryClaims implements Claims {
        private final ArrivalListener listener;

        MemoryClaims(ArrivalListener listener) {
            this.listener = listener;
        }

        boolean takes(StoredMessage message) {
            try {
                return listener.arrived(message);
            } catch (RuntimeException | Error e) {
                // It is queued: its sender must not be told otherwise.
                LOG.warn("{}: the queue manager did not take it", message.id(), e);
                return false;
            }
        }

        @Override
        public List<StoredMessage> incoming(int most) throws QueueException {
            synchronized (lock) {
                checkOpen();
                var claimed = new ArrayList<StoredMessage>();
                while (claimed.size() < most && !freeIncoming.isEmpty()) {
                    claimed.add(take(freeIncoming.first()));
                }
                return claimed;
            }
        }

        @Override
        public List<StoredMessage> due(Instant now, int most) throws QueueException {
            synchronized (lock) {
                checkOpen();
                var claimed = new ArrayList<StoredMessage>();
                while (claimed.size() < most && !freeDeferred.isEmpty() && !freeDeferred.first().due.isAfter(now)) {
                    claimed.add(take(freeDeferred.first().id));
                }
                return claimed;
            }
        }

        private StoredMessage take(QueueId id) {
            Entry entry = entries.get(id);
            unlist(entry);
            entry.claimed = true;
            return entry.message;
        }

        @Override
        public Optional<Instant> nextDue() throws QueueException {
            synchronized (lock) {
                checkOpen();
                return freeDeferred.isEmpty() ? Optional.empty() : Optional.of(freeDeferred.first().due);
            }
        }

        @Override
        public Optional<StoredMessage> claim(QueueId id) throws QueueException {
            synchronized (lock) {
                checkOpen();
                Entry entry = entries.get(id);
                boolean possible = entry != null && !entry.claimed && (entry.message.queue() == QueueName.INCOMING || entry.message.queue() == QueueName.DEFERRED);
                return possible ? Optional.of(take(id)) : Optional.empty();
            }
        }

        @Override
        public void release(QueueId id) {
            synchronized (lock) {
                Entry entry = entries.get(id);
                if (entry != null && attached == this && entry.claimed) {
                    entry.claimed = false;
                    relist(entry);
                }
            }
        }

        @Override
        public void close() {
            synchronized (lock) {
                if (attached != this) {
                    return;
                }
                attached = null;
                for (Entry entry : entries.values()) {
                    entry.claimed = false;
                    relist(entry);
                }
            }
        }
    }
}
