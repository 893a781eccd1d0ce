// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.ArrivalListener;
import org.ostler.mail.queue.spi.Claims;
import org.ostler.mail.queue.spi.Draft;
import org.ostler.mail.queue.spi.QueueStore;

/**
 * The mail queue on disk: an append-only log in segments.
 *
 * <h2>Description</h2>
 * See the package for files, states and crash points. The constructor takes the lock of the directory and returns as soon as new mail can be taken; calls that concern
 * older mail wait until the index is rebuilt. Works without OSGi: {@code postqueue} and {@code postsuper} open it like this while the server is down:
 * <pre>{@code
 * try (var store = new LogStore(queueDirectory.resolve("store"), Options.DEFAULT)) { store.list(...); }
 * }</pre>
 *
 * <p><b>Threads</b> any. <b>Blocking</b> as {@link QueueStore} says; every wait has a deadline. <b>Errors</b> {@link QueueException}.
 *
 * <h2>Diagnostics</h2>
 * Damaged messages are named in the log and appear in the corrupt queue; trouble with the disk is logged when it begins and when it ends.
 */
public final class LogStore implements QueueStore, AutoCloseable {

    private static final int LIST_PORTION = 8_192;
    private static final int READ_PORTION = 64;
    static final int ATTEMPTS = 100;
    private static final long CLAIM_PATIENCE_MILLIS = 5_000;
    /** Updates come from threads that have more to do, and what is not taken is offered again. */
    private static final long UPDATE_PATIENCE_MILLIS = 1_000;

    private final Options options;
    private final StoreFiles files;
    private final Segments segments;
    private final Catalog catalog;
    private final IoThreads io = new IoThreads();
    private final Writer writer;
    private final Reader reader;
    private final Space space;
    private final Housekeeper housekeeper;
    private final Loader loader;
    private final LogDraft.Shared drafts;
    /** The first of this run. */
    private final long firstSequence;
    private final AtomicLong lastMicros = new AtomicLong();
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Opens a store, making it where there is none.
     *
     * @throws IOException in words for an operator: in use, newer format, unreadable
     */
    public LogStore(Path directory, Options options) throws IOException {
        this(directory, options, Thread::start);
    }

    /** @param starter of the store's threads; one that cannot be started is an error of the machine */
    LogStore(Path directory, Options options, Consumer<Thread> starter) throws IOException {
        this.options = options;
        this.files = new StoreFiles(directory, options.disk());
        Segments opening = null;
        Catalog filling = null;
        try {
            opening = new Segments(directory, files.salt(), options);
            this.segments = opening;
            List<Segment> old = files.open(segments);
            this.firstSequence = segments.start();
            filling = new Catalog(segments, new HeldMemory(options.heldBytes()));
            this.catalog = filling;
            Spool spool = new Spool(files.spool, options.disk(), io);
            this.writer = new Writer(segments, catalog, spool, options);
            catalog.writeTo(writer);
            this.reader = new Reader(segments, catalog, spool, io, options.disk());
            this.space = new Space(directory, options, segments);
            this.housekeeper = new Housekeeper(segments, catalog, writer, space, new Cleaner(segments, catalog, writer, reader, options), options);
            this.loader = new Loader(old, segments, catalog, spool, options, housekeeper::loaded);
            this.drafts = new LogDraft.Shared(options, writer, spool, reader, new AtomicLong());
        } catch (IOException | RuntimeException | Error e) {
            Troubles.close(e, io, filling, opening, files);
            throw e;
        }
        try {
            io.start();
            writer.start(starter);
            housekeeper.start(starter);
            loader.start(starter);
        } catch (RuntimeException | Error e) {
            // There was no memory for one of them: those that run end, and the lock goes.
            Troubles.close(e, this);
            throw e;
        }
    }

    @Override
    public Draft create() throws QueueException {
        checkOpen();
        space.check();
        IOException trouble = writer.trouble();
        if (trouble != null) {
            throw Troubles.of("queue write error", trouble);
        }
        long sequence = segments.nextSequence();
        if (sequence < 0) {
            throw new QueueException(QueueException.Kind.UNAVAILABLE, "no queue id available: the next block is not on disk yet");
        }
        return new LogDraft(drafts, sequence, micros());
    }

    private void checkOpen() throws QueueException {
        if (closed.get()) {
            throw Troubles.closed();
        }
    }

    /** Wall clock in microseconds; two ids made in the same one get different ones, unless the clock was set back by more than a second. */
    private long micros() {
        Instant now = Instant.now();
        long clock = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
        return lastMicros.updateAndGet(last -> clock > last || clock < last - 1_000_000 ? clock : last + 1);
    }

    @Override
    public CompletionStage<Void> update(QueueId id, MessageUpdate update) {
        long sequence = Ids.sequence(id);
        if (sequence < 0) {
            return CompletableFuture.completedFuture(null);
        }
        try {
            checkOpen();
            awaitKnown(sequence, UPDATE_PATIENCE_MILLIS);
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                Catalog.Outcome outcome = catalog.apply(sequence, Ids.micros(id), update);
                switch (outcome.applied()) {
                    case DONE -> {
                        return outcome.promise();
                    }
                    case ABSENT -> {
                        return CompletableFuture.completedFuture(null);
                    }
                    case NOT_IN_MEMORY -> {
                        Entry entry = catalog.find(sequence);
                        if (entry != null && entry.is(Index.DAMAGED)) {
                            // Stays in the corrupt queue until it is removed: nothing else can be done with it.
                            return CompletableFuture.completedFuture(null);
                        }
                        bring(id);
                    }
                }
            }
            throw new QueueException(QueueException.Kind.UNAVAILABLE, id + ": changes faster than it can be read");
        } catch (QueueException e) {
            // Not in memory, so this store cannot go on trying; whoever asked must.
            return CompletableFuture.failedFuture(new QueueException(QueueException.Kind.NOT_TAKEN, e.getMessage(), e));
        }
    }

    /** Brings a message into memory for an update by somebody who has not claimed it. */
    private void bring(QueueId id) throws QueueException {
        Entry entry = catalog.find(id);
        if (entry == null) {
            return;
        }
        try {
            Live read = io.call(() -> reader.read(entry));
            if (read != null) {
                catalog.adopt(entry, read);
            }
        } catch (Reader.DamagedException e) {
            setAside(entry, e);
        } catch (IOException e) {
            throw Troubles.of("queue read error", e);
        }
    }

    /** Waits where the message is of an earlier run and not all of its records were read. */
    private void awaitKnown(long sequence, long millis) throws QueueException {
        if (sequence < firstSequence && !loader.isDone()) {
            loader.await(millis);
        }
    }

    void setAside(Entry entry, Reader.DamagedException why) {
        log().error(why.getMessage() + ", set aside as corrupt");
        catalog.damaged(entry);
    }

    @Override
    public Optional<StoredMessage> load(QueueId id) throws QueueException {
        checkOpen();
        awaitKnown(Ids.sequence(id), Loader.DEADLINE_MILLIS);
        Entry entry = catalog.find(id);
        return entry == null ? Optional.empty() : Optional.ofNullable(read(List.of(entry)).getFirst());
    }

    /** Messages as they are now; null in the place of one that is gone, or that cannot be read while others can. */
    private List<StoredMessage> read(List<Entry> entries) throws QueueException {
        try {
            return io.call(() -> {
                var messages = new ArrayList<StoredMessage>(entries.size());
                IOException first = null;
                for (Entry entry : entries) {
                    try {
                        messages.add(readOne(entry));
                    } catch (IOException e) {
                        first = first == null ? e : first;
                        messages.add(null);
                        options.log().warning(entry.id() + ": queue read error: " + Troubles.text(e));
                    }
                }
                if (first != null && messages.stream().allMatch(java.util.Objects::isNull)) {
                    throw first;
                }
                return messages;
            });
        } catch (IOException e) {
            throw Troubles.of("queue read error", e);
        }
    }

    /** Runs on the store's threads. */
    private StoredMessage readOne(Entry known) throws IOException {
        Entry entry = known;
        for (int attempt = 0; attempt < ATTEMPTS && entry != null; attempt++) {
            Catalog.Seen seen = catalog.see(entry.sequence());
            if (seen == null) {
                return null;
            }
            entry = seen.entry();
            if (entry.is(Index.DAMAGED)) {
                return reader.damaged(entry);
            }
            if (seen.live() != null) {
                return seen.live();
            }
            try {
                Live read = reader.read(entry);
                if (read != null) {
                    return Reader.message(entry, read);
                }
            } catch (Reader.DamagedException e) {
                setAside(entry, e);
            }
        }
        throw new IOException(known.id() + ": changes faster than it can be read");
    }

    @Override
    public void list(Predicate<StoredMessage> visitor) throws QueueException {
        checkOpen();
        loader.await();
        long micros = -1;
        long sequence = -1;
        while (true) {
            List<Entry> portion = catalog.after(micros, sequence, LIST_PORTION);
            if (portion.isEmpty()) {
                return;
            }
            for (int at = 0; at < portion.size(); at += READ_PORTION) {
                for (StoredMessage message : read(portion.subList(at, Math.min(portion.size(), at + READ_PORTION)))) {
                    if (message != null && !visitor.test(message)) {
                        return;
                    }
                }
            }
            micros = portion.getLast().micros();
            sequence = portion.getLast().sequence();
        }
    }

    @Override
    public Claims attach(ArrivalListener listener) {
        var claims = new LogClaims(this, catalog, reader, io, listener);
        catalog.attach(claims);
        return claims;
    }

    MailLog log() {
        return options.log();
    }

    /** Waits until the mail of earlier runs is known. */
    void awaitLoaded() throws QueueException {
        checkOpen();
        // Short: the queue manager has timers to look after, and new mail to deliver, while millions of old messages are read.
        loader.await(CLAIM_PATIENCE_MILLIS);
    }

    @Override
    public long freeSpace() {
        return space.free();
    }

    @Override
    public Map<QueueName, Long> counts() {
        return catalog.counts();
    }

    /** Bytes of all segments, and of the records in them that are needed: for measurements and tests. */
    public long[] sizes() {
        return catalog.withLock(all -> new long[] {all.stream().mapToLong(s -> s.end).sum(), all.stream().mapToLong(s -> s.live).sum(), all.size()});
    }

    /** Writes what waits, closes the files in order, gives up the lock. */
    @Override
    public void close() throws IOException {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        loader.close();
        housekeeper.close();
        writer.close();
        io.close();
        housekeeper.closeSegments();
        segments.close();
        catalog.close();
        files.close();
    }
}
