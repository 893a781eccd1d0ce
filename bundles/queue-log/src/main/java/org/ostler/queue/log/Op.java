// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;

/** Something to be written. */
sealed interface Op {

    /** What is gathered for the next flushes, with one promise for all that nobody waits for alone. */
    final class Batch {
        final List<Op> ops = new ArrayList<>();
        final Promise done = new Promise();
        /** Somebody waits. */
        boolean urgent;
        long sinceNanos;

        /** Has those whose time may be over look at their deadlines. */
        void remindOverdue() {
            if (!ops.isEmpty() && System.nanoTime() - sinceNanos > LogDraft.DEADLINE_NANOS) {
                for (Op op : ops) {
                    if (op instanceof Commit commit) {
                        commit.remind();
                    }
                }
            }
        }
    }

    /**
     * A new message. The committing thread waits; when it gives up ({@link #abandon}) the write goes on if it has begun.
     *
     * <p><b>Threads</b> the waiter and the writer; the outcome passes through one atomic word.
     */
    final class Commit implements Op {
        private static final int WAITING = 0;
        private static final int WRITING = 1;
        /** Being written, and nobody waits any more. */
        private static final int ORPHAN = 2;
        private static final int DONE = 3;
        private static final int FAILED = 4;
        private static final int ABANDONED = 5;

        final StoredMessage message;
        final long sequence;
        final long micros;
        /** Content to write into the segment; null where it stands in a spool file. */
        final byte[] bytes;
        final int length;
        final int contentChecksum;
        private final Thread waiter = Thread.currentThread();
        private final AtomicInteger state = new AtomicInteger();
        private volatile QueueException trouble;
        /** Set by the catalog: to whom the message is claimed. */
        LogClaims claims;
        int offset;
        int recordLength;

        Commit(StoredMessage message, long sequence, long micros, byte[] bytes, int length, int contentChecksum) {
            this.message = message;
            this.sequence = sequence;
            this.micros = micros;
            this.bytes = bytes;
            this.length = length;
            this.contentChecksum = contentChecksum;
        }

        boolean isSpooled() {
            return bytes == null;
        }

        /** @return false where the waiter has given up before anything was written */
        boolean startWriting() {
            return state.compareAndSet(WAITING, WRITING);
        }

        void succeed() {
            if (state.compareAndSet(WRITING, DONE)) {
                LockSupport.unpark(waiter);
            } else {
                state.set(DONE);
                offer();
            }
        }

        void fail(QueueException why) {
            trouble = why;
            if (state.getAndUpdate(now -> now < DONE ? FAILED : now) < DONE) {
                LockSupport.unpark(waiter);
            }
        }

        private void offer() {
            if (claims != null) {
                claims.offer(message, sequence);
            }
        }

        /** Has the waiter look at its deadline. */
        void remind() {
            LockSupport.unpark(waiter);
        }

        /**
         * Waits for the disk. A timed wait of a virtual thread wakes the timer thread of the JDK twice; this wait has none, and {@link Reminder} wakes those whose time is over.
         *
         * @throws QueueException not stored, or not known to be when the wait ended
         */
        void await(long deadlineNanos) throws QueueException {
            while (state.get() < DONE) {
                long left = deadlineNanos - System.nanoTime();
                boolean interrupted = Thread.currentThread().isInterrupted();
                if (left <= 0 || interrupted) {
                    if (state.compareAndSet(WAITING, ABANDONED) || state.compareAndSet(WRITING, ORPHAN)) {
                        throw new QueueException(QueueException.Kind.UNAVAILABLE, (interrupted ? "interrupted" : "timeout") + " while waiting for the disk");
                    }
                } else {
                    LockSupport.park(this);
                }
            }
            if (state.get() == DONE) {
                offer();
            } else {
                throw trouble;
            }
        }

        /** Whether it was written and flushed, whoever knows of it. */
        boolean isStored() {
            return state.get() == DONE;
        }

        /** Whether the message is, or may yet be, in the log, so that its spool file is no longer the draft's to delete. */
        boolean mayBeStored() {
            int now = state.get();
            return now != WAITING && now != ABANDONED;
        }
    }

    /** New states and place of a message. */
    record State(Live live, Place place) implements Op {}

    /** A message is gone. @param spooled its id where a spool file goes with it, else null */
    record Remove(long sequence, int home, QueueId spooled) implements Op {}

    /** A record copied out of a segment that is to be deleted; {@code home} is used for removals only. */
    record Move(byte type, int flags, long sequence, int fromSegment, int fromOffset, byte[] record, int home, Place place) implements Op {}

    /** Where a record came to stand. */
    final class Place {
        int offset;
        int length;
        boolean skipped;
    }
}
