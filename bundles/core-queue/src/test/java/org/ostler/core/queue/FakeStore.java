// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Content;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.ArrivalListener;
import org.ostler.mail.queue.spi.Claims;
import org.ostler.mail.queue.spi.Draft;
import org.ostler.mail.queue.spi.QueueStore;
import org.ostler.queue.memory.MemoryStore;

/** A memory store whose updates can be watched, lost or refused. */
final class FakeStore implements QueueStore {

    record Update(QueueId id, MessageUpdate what) {}

    enum Mode {
        WORKS,
        /** As after a crash: said to be written, and gone. */
        LOSES_UPDATES,
        /** In effect, not written. */
        FAILS_TO_WRITE,
        /** Not even taken. */
        REFUSES_UPDATES,
        /** Not taken either, as the store itself says: it cannot read the message. */
        CANNOT_READ,
        /** A class has gone with the bundle. */
        FALLS_APART
    }

    private final MemoryStore inner = new MemoryStore(1L << 30);
    private final Events events;
    final List<Update> updates = new ArrayList<>();
    volatile Mode mode = Mode.WORKS;
    /** On the thread that updates, when that has been done. */
    volatile Runnable afterUpdate = () -> { };
    /** On the thread that loads or walks, before it does. */
    volatile Runnable beforeRead = () -> { };
    /** What the next scan for due mail meets with. */
    volatile Error scanError;
    /** Its content costs who looks at it first all memory. */
    volatile QueueId heavy;
    /** Scans find nothing out yet: it still reads what an earlier run has left. */
    volatile boolean loading;
    /** On the thread that has walked. */
    volatile Runnable afterList = () -> { };

    /** On the thread that gives all claims back, before it does. */
    volatile Runnable beforeClose = () -> { };

    /** On the thread that has scanned and found something. */
    volatile Runnable afterScan = () -> { };

    /** What it gave last. */
    volatile Claims claims;

    FakeStore(Events events) {
        this.events = events;
    }

    StoredMessage put(Envelope envelope, String text, Instant arrival) {
        try (Draft draft = inner.create()) {
            byte[] bytes = text.getBytes();
            draft.write(bytes, 0, bytes.length);
            return draft.commit(envelope, arrival, false);
        } catch (QueueException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public Draft create() throws QueueException {
        return inner.create();
    }

    @Override
    public CompletionStage<Void> update(QueueId id, MessageUpdate update) {
        synchronized (updates) {
            updates.add(new Update(id, update));
        }
        CompletionStage<Void> answer = switch (mode) {
            case WORKS -> inner.update(id, update);
            case LOSES_UPDATES -> CompletableFuture.completedFuture(null);
            case FAILS_TO_WRITE -> inner.update(id, update).thenCompose(
                    done -> CompletableFuture.failedFuture(new QueueException(QueueException.Kind.UNAVAILABLE, "disk trouble")));
            case CANNOT_READ -> CompletableFuture.failedFuture(new QueueException(QueueException.Kind.NOT_TAKEN, "disk trouble"));
            case FALLS_APART -> throw new NoClassDefFoundError("store/Part");
            case REFUSES_UPDATES -> throw new IllegalStateException("disk trouble");
        };
        afterUpdate.run();
        events.happened();
        return answer;
    }

    List<Update> updatesOf(QueueId id) {
        synchronized (updates) {
            return updates.stream().filter(update -> update.id.equals(id)).toList();
        }
    }

    @Override
    public Optional<StoredMessage> load(QueueId id) throws QueueException {
        beforeRead.run();
        return inner.load(id);
    }

    @Override
    public void list(Predicate<StoredMessage> visitor) throws QueueException {
        beforeRead.run();
        inner.list(visitor);
        afterList.run();
    }

    @Override
    public Claims attach(ArrivalListener listener) {
        Claims given = inner.attach(listener);
        claims = given;
        return (Claims) java.lang.reflect.Proxy.newProxyInstance(FakeStore.class.getClassLoader(), new Class<?>[] {Claims.class}, (proxy, method, arguments) -> {
            if (method.getName().equals("close")) {
                beforeClose.run();
            }
            Error error = scanError;
            if (error != null && method.getName().equals("due")) {
                scanError = null;
                throw error;
            }
            if (loading && !method.getReturnType().equals(void.class)) {
                throw new QueueException(QueueException.Kind.UNAVAILABLE, "still reading");
            }
            try {
                Object answer = method.invoke(given, arguments);
                if (answer instanceof List<?> found && !found.isEmpty()) {
                    afterScan.run();
                }
                return answer instanceof List<?> scanned ? scanned.stream().map(StoredMessage.class::cast).map(this::weighed).toList() : answer;
            } catch (java.lang.reflect.InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    private StoredMessage weighed(StoredMessage m) {
        if (!m.id().equals(heavy)) {
            return m;
        }
        heavy = null;
        return new StoredMessage(m.id(), m.queue(), m.envelope(), m.states(), m.arrival(), m.due(), m.delayWarned(), new Content() {
            @Override
            public long size() {
                return m.content().size();
            }

            @Override
            public InputStream open() throws IOException {
                return m.content().open();
            }

            @Override
            public boolean isInMemory() {
                throw new OutOfMemoryError("for a moment");
            }
        });
    }

    @Override
    public long freeSpace() {
        return inner.freeSpace();
    }

    @Override
    public Map<QueueName, Long> counts() {
        return inner.counts();
    }

    long size() {
        return counts().values().stream().mapToLong(Long::longValue).sum();
    }
}
