// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.QueueException;

/**
 * The one thread that writes to the log: takes all that waits, writes it in one piece, flushes once, tells those who wait.
 *
 * <h2>Description</h2>
 * While a flush runs the next group gathers, so that groups grow with the load and a single session waits for nobody. Removals and deferrals, for which nobody waits,
 * linger a few milliseconds for a commit to go along with.
 *
 * <p>After a failed write or flush the segment is given up: the kernel may have dropped the pages and would report the next flush as good. New messages of the group
 * are refused; changes of stored messages are kept in memory, in effect, and written again to a fresh segment, every second until it works.
 *
 * <p><b>Threads</b> {@link #add} any; the rest the writer's own platform thread, which nobody interrupts. <b>Blocking</b> on the disk. <b>Errors</b> reported to those
 * who wait, and to {@link #trouble}.
 */
// size: the one thread that writes; its order of steps is to be read in one place
final class Writer {

    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Segments segments;
    private final Catalog catalog;
    private final Spool spool;
    private final Options options;
    private final Records records;
    private final Thread thread;
    private final Reminder reminder = new Reminder(this::remindAll);
    private final Object lock = new Object();
    private Op.Batch waiting = new Op.Batch();
    private volatile Op.Batch inProgress;
    private boolean closing;
    private boolean rollWanted;

    /** Changes that could not be written yet, in order. */
    private List<Op> unwritten = new ArrayList<>();
    private volatile IOException trouble;
    private final Wire wire = new Wire(1 << 16);
    private ByteBuffer direct = ByteBuffer.allocateDirect(1 << 16);
    private int group;
    private int groupSegment;
    /** What is being written now, and how much of it is written and told. */
    private List<Op> inWork = List.of();
    private int settled;
    private boolean spooledInGroup;

    Writer(Segments segments, Catalog catalog, Spool spool, Options options) {
        this.segments = segments;
        this.catalog = catalog;
        this.spool = spool;
        this.options = options;
        this.records = new Records(segments.salt);
        this.thread = Thread.ofPlatform().name("queue-log-writer").daemon(true).unstarted(this::run);
    }

    void start(Consumer<Thread> starter) {
        starter.accept(thread);
        reminder.start(starter);
    }

    private void remindAll() {
        Op.Batch now = inProgress;
        if (now != null) {
            now.remindOverdue();
        }
        synchronized (lock) {
            waiting.remindOverdue();
        }
    }

    /** The last failure, until a flush has worked again; null when all is well. */
    IOException trouble() {
        return trouble;
    }

    /**
     * Queues something to be written.
     *
     * @param urgent somebody waits for it
     * @return completes with the group; exceptionally where a part of it failed, or the store was closed
     */
    CompletableFuture<Void> add(Op op, boolean urgent) {
        synchronized (lock) {
            if (closing && !thread.isAlive()) {
                if (op instanceof Op.Commit commit) {
                    commit.fail(Troubles.closed());
                }
                return CompletableFuture.failedFuture(Troubles.closed());
            }
            Op.Batch batch = waiting;
            batch.ops.add(op);
            if (batch.ops.size() == 1) {
                batch.sinceNanos = System.nanoTime();
                lock.notifyAll();
            } else if (urgent && !batch.urgent) {
                lock.notifyAll();
            }
            batch.urgent |= urgent;
            return batch.done;
        }
    }

    /** The next group goes to a new segment. */
    void roll() {
        synchronized (lock) {
            rollWanted = true;
            lock.notifyAll();
        }
    }

    /** Writes what waits and ends the thread; what cannot be written is lost from memory and found as it was before by the next start. */
    void close() {
        synchronized (lock) {
            closing = true;
            lock.notifyAll();
        }
        boolean interrupted = Threads.awaitEnd(thread);
        reminder.close();
        synchronized (lock) {
            Op.Batch last = waiting;
            waiting = new Op.Batch();
            fail(last.ops, 0, Troubles.closed());
            last.done.completeExceptionally(Troubles.closed());
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (true) {
            Op.Batch batch = next();
            if (batch == null) {
                return;
            }
            inProgress = batch;
            try {
                process(batch);
            } catch (RuntimeException | Error e) {
                // Groups that were finished stay so: to fail them now would remove what was acknowledged.
                trouble = new IOException("bug in the queue store", e);
                fail(inWork, settled, Troubles.of("queue write error", trouble));
                batch.done.completeExceptionally(Troubles.of("queue write error", trouble));
            }
            inProgress = null;
        }
    }

    /** Waits for work. @return null when closed and empty */
    private Op.Batch next() {
        synchronized (lock) {
            while (true) {
                boolean any = !waiting.ops.isEmpty();
                long left = any ? options.linger().toNanos() - (System.nanoTime() - waiting.sinceNanos) : RETRY_NANOS;
                boolean retry = trouble != null && !any;
                if (rollWanted || any && (waiting.urgent || closing || left <= 0)) {
                    return swap();
                }
                if (closing) {
                    return unwritten.isEmpty() || trouble != null ? null : swap();
                }
                try {
                    if (!any && !retry) {
                        lock.wait();
                    } else {
                        lock.wait(left / 1_000_000, (int) (left % 1_000_000));
                    }
                } catch (InterruptedException e) {
                    // Nobody has a reason to interrupt this thread; an interrupted thread would close the file with its next write.
                    Thread.interrupted();
                }
                if (retry && waiting.ops.isEmpty()) {
                    return swap();
                }
            }
        }
    }

    private Op.Batch swap() {
        Op.Batch batch = waiting;
        waiting = new Op.Batch();
        return batch;
    }

    private void process(Op.Batch batch) {
        inWork = batch.ops;
        settled = 0;
        if (!unwritten.isEmpty()) {
            inWork = new ArrayList<>(unwritten);
            inWork.addAll(batch.ops);
            unwritten = new ArrayList<>();
        }
        QueueException failure = null;
        do {
            try {
                Segment segment = usableSegment();
                settled = writeGroup(segment, inWork, settled);
            } catch (IOException e) {
                trouble = e;
                failure = Troubles.of("queue write error", e);
                settled = fail(inWork, settled, failure);
            }
        } while (settled < inWork.size());
        if (failure == null) {
            batch.done.complete(null);
        } else {
            batch.done.completeExceptionally(failure);
        }
    }

    private Segment usableSegment() throws IOException {
        boolean wanted;
        synchronized (lock) {
            wanted = rollWanted;
            rollWanted = false;
        }
        if (wanted || !segments.isCurrentUsable()) {
            segments.roll();
        }
        Segment segment = segments.current();
        if (segment.number != groupSegment) {
            groupSegment = segment.number;
            group = 0;
        }
        return segment;
    }

    /** Writes and flushes as much as one group holds. @return index of the first operation that was left */
    private int writeGroup(Segment segment, List<Op> ops, int from) throws IOException {
        wire.at = 0;
        group++;
        spooledInGroup = false;
        int to = from;
        while (to < ops.size() && wire.at < options.groupBytes()) {
            guardedEncode(ops.get(to++), segment);
        }
        List<Op> done = ops.subList(from, to);
        // The last end of a failed group is not known to its operations: fail() starts again at "from".
        if (wire.at > 0 || trouble != null) {
            flush(segment);
        } else {
            // Groups are counted without gaps: one that is missing was lost.
            group--;
        }
        finish(done, segment);
        return to;
    }

    private void flush(Segment segment) throws IOException {
        if (wire.at == 0) {
            probe();
        }
        if (direct.capacity() < wire.at) {
            direct = ByteBuffer.allocateDirect(Math.max(wire.at, direct.capacity() * 2));
        }
        direct.clear().put(wire.bytes, 0, wire.at).flip();
        try {
            if (spooledInGroup) {
                spool.forceDirectory();
            }
            options.disk().write(segment.channel, direct, segment.end);
            options.disk().force(segment.channel);
        } catch (IOException e) {
            segments.abandon();
            throw e;
        }
        segment.end += wire.at;
        trouble = null;
        if (wire.bytes.length > 8 * options.groupBytes()) {
            // A giant went by: its buffers are not kept.
            wire.bytes = new byte[1 << 16];
            direct = ByteBuffer.allocateDirect(1 << 16);
        }
    }

    /** Something harmless to write, to learn whether the disk works again. */
    private void probe() {
        int start = Records.begin(wire, Records.REMOVE, 0, 0, group);
        wire.putInt(0);
        records.end(wire, start, groupSegment);
    }

    private void finish(List<Op> done, Segment segment) {
        List<Op.Remove> again = catalog.written(done, segment);
        for (Op.Remove copy : again) {
            add(copy, false);
        }
        for (Op op : done) {
            if (op instanceof Op.Commit commit && commit.recordLength > 0) {
                commit.succeed();
            } else if (op instanceof Op.Remove(long _, int _, QueueId id) && id != null) {
                spool.deleteLater(id);
            }
        }
    }

    /** @return always the number of operations: none is tried again in this round */
    private int fail(List<Op> ops, int from, QueueException why) {
        for (Op op : ops.subList(from, ops.size())) {
            if (op instanceof Op.Commit commit) {
                if (commit.isStored()) {
                    continue;
                }
                boolean begun = !commit.startWriting();
                if (begun && commit.recordLength > 0 || commit.isSpooled()) {
                    // It may have reached the disk all the same; this keeps the next start from finding it, and removes its spool file in the right order.
                    unwritten.add(new Op.Remove(commit.sequence, groupSegment, commit.isSpooled() ? commit.message.id() : null));
                }
                commit.fail(why);
            } else {
                unwritten.add(op);
            }
        }
        return ops.size();
    }

    /** What cannot be encoded is left out and named: tried again and again it would fail every group for ever. */
    private void guardedEncode(Op op, Segment segment) {
        int start = wire.at;
        try {
            encode(op, segment);
        } catch (RuntimeException e) {
            wire.at = start;
            var why = Troubles.of("queue write error", new IOException("bug in the queue store", e));
            org.slf4j.LoggerFactory.getLogger(Writer.class).error("{} cannot be written", op, e);
            switch (op) {
                case Op.Commit commit -> {
                    commit.recordLength = 0;
                    commit.fail(why);
                    if (commit.isSpooled()) {
                        spool.deleteLater(commit.message.id());
                    }
                }
                case Op.State state -> {
                    options.log().error(state.live().id + ": the change of its recipients cannot be written: " + e);
                    state.place().skipped = true;
                }
                case Op.Move move -> move.place().skipped = true;
                case Op.Remove _ -> throw e;
            }
        }
    }

    private void encode(Op op, Segment segment) {
        int at = wire.at;
        switch (op) {
            case Op.Commit commit -> encode(commit, segment, at);
            case Op.State state -> encode(state, segment, at);
            case Op.Remove remove -> {
                int start = Records.begin(wire, Records.REMOVE, 0, remove.sequence(), group);
                wire.putInt(remove.home());
                records.end(wire, start, segment.number);
            }
            case Op.Move move -> encode(move, segment, at);
        }
    }

    private void encode(Op.Commit commit, Segment segment, int at) {
        if (!commit.startWriting()) {
            return;
        }
        var m = commit.message;
        int flags = (commit.isSpooled() ? Records.SPOOLED : 0) | (m.queue() == org.ostler.mail.queue.QueueName.HOLD ? Records.ON_HOLD : 0);
        int start = Records.begin(wire, Records.MESSAGE, flags, commit.sequence, group);
        Forms.putHead(wire, new Forms.Head(commit.micros, m.arrival(), m.content().size(), commit.contentChecksum, m.envelope()));
        records.endHead(wire, start);
        if (!commit.isSpooled()) {
            wire.putBytes(commit.bytes, 0, commit.length);
        }
        commit.offset = (int) segment.end + at;
        commit.recordLength = records.end(wire, start, segment.number);
        spooledInGroup |= commit.isSpooled();
    }

    private void encode(Op.State state, Segment segment, int at) {
        Catalog.Snapshot now = catalog.takeForWriting(state);
        state.place().skipped = now == null;
        if (now == null) {
            return;
        }
        int start = Records.begin(wire, Records.STATE, 0, state.live().sequence, group);
        wire.putByte(now.queue());
        wire.putByte(now.warned() ? 1 : 0);
        wire.putLong(now.due());
        Forms.putStates(wire, now.states());
        wire.putText(now.why());
        state.place().offset = (int) segment.end + at;
        state.place().length = records.end(wire, start, segment.number);
    }

    private void encode(Op.Move move, Segment segment, int at) {
        move.place().skipped = move.type() != Records.REMOVE && !catalog.isNeeded(move.type(), move.sequence(), move.fromSegment(), move.fromOffset());
        if (move.place().skipped) {
            return;
        }
        int start = Records.begin(wire, move.type(), move.flags(), move.sequence(), group);
        int head = Wire.intAt(move.record(), 28);
        wire.putBytes(move.record(), Records.FRAME, move.record().length - Records.FRAME);
        wire.setInt(start + 28, head);
        move.place().offset = (int) segment.end + at;
        move.place().length = records.end(wire, start, segment.number);
    }
}
