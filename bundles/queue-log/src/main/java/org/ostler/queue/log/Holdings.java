// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import org.ostler.mail.queue.QueueName;

/**
 * The index with all that must move along with it: how many messages are in each queue, which come next, how much of each segment is still needed. And how all of
 * it is found again from the records of earlier runs.
 *
 * <p><b>Threads</b> guarded by the {@link Catalog}.
 */
final class Holdings {

    static final int INCOMING = QueueName.INCOMING.ordinal();
    static final int DEFERRED = QueueName.DEFERRED.ordinal();
    static final int HOLD = QueueName.HOLD.ordinal();
    static final int CORRUPT = QueueName.CORRUPT.ordinal();

    final Index index = new Index();
    final Window incoming = new Window(index, slot -> isFree(slot, INCOMING), index::micros);
    final Window deferred = new Window(index, slot -> isFree(slot, DEFERRED), index::due);
    /** By ordinal of {@link QueueName}. */
    final long[] counts = new long[QueueName.values().length];
    private final Segments segments;

    Holdings(Segments segments) {
        this.segments = segments;
    }

    boolean isFree(int slot, int queue) {
        return (index.flags(slot) & (Index.QUEUE | Index.CLAIMED | Index.DAMAGED | Index.GHOST)) == queue;
    }

    void listed(int slot) {
        if (isFree(slot, INCOMING)) {
            incoming.add(slot);
        } else if (isFree(slot, DEFERRED)) {
            deferred.add(slot);
        }
    }

    void unlisted(int slot) {
        if (isFree(slot, INCOMING)) {
            incoming.remove(slot);
        } else if (isFree(slot, DEFERRED)) {
            deferred.remove(slot);
        }
    }

    int queueOf(int slot) {
        return index.flags(slot) & Index.QUEUE;
    }

    Entry entry(int slot) {
        return new Entry(index.sequence(slot), index.micros(slot), index.segment(slot), index.offset(slot), index.length(slot), index.stateSegment(slot),
                index.stateOffset(slot), index.stateLength(slot), index.due(slot), index.flags(slot));
    }

    /** A message of an earlier run, or a copy of one: the last one found counts. */
    void found(long sequence, long micros, Segment segment, int offset, int length, boolean spooled, boolean onHold, boolean damaged) {
        int slot = index.find(sequence);
        if (slot >= 0 && (index.flags(slot) & Index.GHOST) != 0) {
            // The cleaner copied the message behind its state.
            index.setMicros(slot, micros);
            index.setFlags(slot, index.flags(slot) & ~Index.GHOST);
        } else if (slot >= 0) {
            if (damaged) {
                return;
            }
            unlisted(slot);
            forgetPlace(slot, true);
        } else {
            slot = index.insert(sequence, micros);
            index.setFlags(slot, onHold ? HOLD : INCOMING);
            counts[queueOf(slot)]++;
        }
        index.place(slot, segment.number, offset, length);
        segment.live += Records.padded(length);
        int flags = index.flags(slot) & ~Index.DAMAGED | (spooled ? Index.SPOOLED : 0) | (damaged ? Index.DAMAGED : 0);
        index.setFlags(slot, flags);
        if (damaged) {
            segment.damaged++;
            moveTo(slot, CORRUPT);
        }
        listed(slot);
    }

    void foundState(long sequence, Segment segment, int offset, int length, int queue, boolean warned, long due) {
        int slot = index.find(sequence);
        if (slot < 0) {
            slot = index.insert(sequence, 0);
            index.setFlags(slot, Index.GHOST);
            counts[queueOf(slot)]++;
        }
        unlisted(slot);
        forgetState(slot);
        index.placeState(slot, segment.number, offset, length);
        segment.live += Records.padded(length);
        index.setDue(slot, due);
        index.setFlags(slot, index.flags(slot) & ~Index.WARNED | (warned ? Index.WARNED : 0));
        moveTo(slot, (index.flags(slot) & Index.DAMAGED) != 0 ? CORRUPT : queue);
        listed(slot);
    }

    void foundRemoval(long sequence, int home, Segment segment) {
        segment.removals.merge(home, 1, Integer::sum);
        int slot = index.find(sequence);
        if (slot >= 0) {
            drop(slot);
        }
    }

    /** All is read: states whose message never came belong to messages that are gone. */
    void forgetGhosts() {
        for (int slot = 0; slot < index.slots(); slot++) {
            if (index.sequence(slot) >= 0 && (index.flags(slot) & Index.GHOST) != 0) {
                drop(slot);
            }
        }
    }

    void moveTo(int slot, int queue) {
        counts[queueOf(slot)]--;
        counts[queue]++;
        index.setFlags(slot, index.flags(slot) & ~Index.QUEUE | queue);
    }

    void forgetPlace(int slot, boolean copyExists) {
        Segment segment = segments.get(index.segment(slot));
        if (segment != null) {
            segment.live -= Records.padded(index.length(slot));
            segment.stale |= copyExists;
            if ((index.flags(slot) & Index.DAMAGED) != 0) {
                segment.damaged--;
            }
        }
    }

    void forgetState(int slot) {
        Segment segment = segments.get(index.stateSegment(slot));
        if (segment != null) {
            segment.live -= Records.padded(index.stateLength(slot));
        }
    }

    void drop(int slot) {
        unlisted(slot);
        counts[queueOf(slot)]--;
        forgetPlace(slot, false);
        forgetState(slot);
        index.remove(slot);
    }
}
