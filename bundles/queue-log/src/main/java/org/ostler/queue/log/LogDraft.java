// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Content;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;
import org.ostler.mail.queue.spi.Draft;

/**
 * A message being received: in memory up to 64 KB, then, or when all drafts together need too much memory, in a spool file.
 *
 * <p><b>Threads</b> one at a time. <b>Blocking</b> on the disk. <b>Errors</b> {@link QueueException}; a wait has a deadline.
 */
final class LogDraft implements Draft {

    static final long DEADLINE_NANOS = Duration.ofSeconds(120).toNanos();
    private static final int SMALLEST = 1024;
    /** Output buffer of a draft that had to spill early. */
    private static final int SPILL = 8 << 10;

    /** What all drafts share. */
    record Shared(Options options, Writer writer, Spool spool, Reader reader, AtomicLong memory) {}

    private final Shared shared;
    private final long sequence;
    private final long micros;
    private final QueueId id;
    private byte[] bytes = {};
    private int filled;
    private long size;
    private Spool.Out spooled;
    private Op.Commit commit;
    private boolean closed;
    /** A write failed: what there is must not pass for the message. */
    private boolean incomplete;

    LogDraft(Shared shared, long sequence, long micros) {
        this.shared = shared;
        this.sequence = sequence;
        this.micros = micros;
        this.id = Ids.of(micros, sequence);
    }

    @Override
    public QueueId id() {
        return id;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void write(byte[] from, int offset, int length) throws QueueException {
        checkOpen();
        int at = offset;
        int left = length;
        while (left > 0) {
            if (filled == bytes.length && !grow(left)) {
                spill();
            }
            int n = Math.min(left, bytes.length - filled);
            System.arraycopy(from, at, bytes, filled, n);
            filled += n;
            at += n;
            left -= n;
        }
        size += length;
    }

    private void checkOpen() {
        if (closed || commit != null) {
            throw new IllegalStateException(id + ": draft is closed or committed");
        }
    }

    /** @return false where it must go to a file */
    private boolean grow(int more) {
        int most = shared.options.inlineBytes();
        if (spooled != null || bytes.length >= most) {
            return false;
        }
        int wanted = (int) Math.min(most, Math.max(SMALLEST, Math.max(bytes.length * 2L, (long) filled + more)));
        int extra = wanted - bytes.length;
        if (shared.memory.addAndGet(extra) > shared.options.draftBytes() && bytes.length >= SPILL) {
            shared.memory.addAndGet(-extra);
            return false;
        }
        bytes = Arrays.copyOf(bytes, wanted);
        return true;
    }

    private void spill() throws QueueException {
        if (spooled == null) {
            spooled = shared.spool.new Out(id);
        }
        try {
            spooled.write(bytes, filled);
        } catch (IOException e) {
            incomplete = true;
            throw Troubles.of("queue file write error", e);
        }
        filled = 0;
    }

    @Override
    public StoredMessage commit(Envelope envelope, Instant arrival, boolean onHold) throws QueueException {
        checkOpen();
        if (incomplete) {
            throw new QueueException(QueueException.Kind.UNAVAILABLE, id + ": a part of the message was not written");
        }
        Content content;
        int checksum = 0;
        if (spooled == null) {
            content = new HeldContent(bytes, filled, shared.reader.stored(sequence, micros, size, 0, false));
        } else {
            finishSpool();
            checksum = spooled.checksum();
            content = shared.reader.stored(sequence, micros, size, checksum, true);
        }
        List<RecipientState> states = Collections.nCopies(envelope.recipients().size(), RecipientState.FRESH);
        var message = new StoredMessage(id, onHold ? QueueName.HOLD : QueueName.INCOMING, envelope, states, arrival, Instant.EPOCH, false, content);
        commit = new Op.Commit(message, sequence, micros, spooled == null ? bytes : null, filled, checksum);
        shared.writer.add(commit, true);
        commit.await(System.nanoTime() + DEADLINE_NANOS);
        return message;
    }

    private void finishSpool() throws QueueException {
        try {
            if (filled > 0) {
                spill();
            }
            spooled.finish();
        } catch (IOException e) {
            throw Troubles.of("queue file write error", e);
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        shared.memory.addAndGet(-bytes.length);
        if (spooled != null) {
            spooled.close(commit != null && commit.mayBeStored());
        }
        bytes = null;
    }
}
