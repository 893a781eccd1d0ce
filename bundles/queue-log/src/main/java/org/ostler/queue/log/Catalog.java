// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Disposition;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueName;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.StoredMessage;

/**
 * What is in the store at this moment: the index, the messages in memory, who has claimed what, and how much of each segment is still needed.
 *
 * <p>Changes by callers ({@link #apply}) take effect here first and are handed to the writer under the same lock, so that their records follow in the same order.
 *
 * <p><b>Threads</b> any; one lock, never held over I/O. <b>Blocking</b> short; a walk over the index takes some ten milliseconds per million messages.
 */
// size: one lock, and all that must be consistent under it
final class Catalog implements AutoCloseable {

    final Index index;
    private final Holdings holdings;
    private final Segments segments;
    private final Map<Long, Live> live = new HashMap<>();
    private final HeldMemory held;
    private LogClaims attached;
    private Writer writer;

    Catalog(Segments segments, HeldMemory held) {
        this.segments = segments;
        this.holdings = new Holdings(segments);
        this.index = holdings.index;
        this.held = held;
    }

    /** Before the first use. */
    void writeTo(Writer to) {
        writer = to;
    }

    // What loading finds

    /** See {@link Holdings#found}. */
    synchronized void found(long sequence, long micros, Segment segment, int offset, int length, boolean spooled, boolean onHold, boolean damaged) {
        holdings.found(sequence, micros, segment, offset, length, spooled, onHold, damaged);
    }

    /** See {@link Holdings#foundState}. */
    synchronized void foundState(long sequence, Segment segment, int offset, int length, int queue, boolean warned, long due) {
        holdings.foundState(sequence, segment, offset, length, queue, warned, due);
    }

    /** See {@link Holdings#foundRemoval}. */
    synchronized void foundRemoval(long sequence, int home, Segment segment) {
        holdings.foundRemoval(sequence, home, segment);
    }

    /** See {@link Holdings#forgetGhosts}. */
    synchronized void forgetGhosts() {
        holdings.forgetGhosts();
    }

    // What the writer has written

    /** The records of a group are on stable storage. @return messages that were removed while a copy of them was being written, by sequence */
    synchronized List<Op.Remove> written(List<Op> ops, Segment segment) {
        List<Op.Remove> again = List.of();
        for (Op op : ops) {
            switch (op) {
                case Op.Commit commit -> {
                    // Nothing was written where the waiter had given up before.
                    if (commit.recordLength > 0) {
                        committed(commit, segment);
                    }
                }
                case Op.State state -> stateWritten(state, segment);
                case Op.Remove remove -> segment.removals.merge(remove.home(), 1, Integer::sum);
                case Op.Move move -> {
                    if (!move.place().skipped && !moved(move, segment)) {
                        again = again.isEmpty() ? new ArrayList<>() : again;
                        again.add(new Op.Remove(move.sequence(), segment.number, null));
                    }
                }
            }
        }
        return again;
    }

    private void committed(Op.Commit commit, Segment segment) {
        boolean onHold = commit.message.queue() == QueueName.HOLD;
        int slot = index.insert(commit.sequence, commit.micros);
        index.place(slot, segment.number, commit.offset, commit.recordLength);
        segment.live += Records.padded(commit.recordLength);
        boolean claimed = attached != null && !onHold;
        index.setFlags(slot, (onHold ? Holdings.HOLD : Holdings.INCOMING) | (commit.isSpooled() ? Index.SPOOLED : 0) | (claimed ? Index.CLAIMED : 0));
        holdings.counts[holdings.queueOf(slot)]++;
        if (claimed) {
            commit.claims = attached;
            var m = commit.message;
            live.put(commit.sequence, new Live(commit.sequence, m.id(), m.envelope(), m.arrival(), m.content(), m.states()));
            held.add(m.content());
        } else {
            holdings.listed(slot);
        }
    }

    private void stateWritten(Op.State op, Segment segment) {
        Live one = op.live();
        one.pending--;
        int slot = index.find(one.sequence);
        if (slot < 0 || op.place().skipped) {
            return;
        }
        holdings.forgetState(slot);
        index.placeState(slot, segment.number, op.place().offset, op.place().length);
        segment.live += Records.padded(op.place().length);
        forgetLive(slot, one);
    }

    private void forgetLive(int slot, Live one) {
        if (one.pending == 0 && (index.flags(slot) & Index.CLAIMED) == 0 && live.remove(one.sequence, one)) {
            held.release(one.content);
        }
    }

    private boolean moved(Op.Move move, Segment to) {
        if (move.type() == Records.REMOVE) {
            to.removals.merge(move.home(), 1, Integer::sum);
            return true;
        }
        int slot = index.find(move.sequence());
        if (slot < 0) {
            return move.type() != Records.MESSAGE;
        }
        if (move.type() == Records.MESSAGE) {
            holdings.forgetPlace(slot, true);
            index.place(slot, to.number, move.place().offset, move.place().length);
        } else {
            holdings.forgetState(slot);
            index.placeState(slot, to.number, move.place().offset, move.place().length);
        }
        to.live += Records.padded(move.place().length);
        return true;
    }

    /** Whether a record found in a segment is the one that counts. The writer asks again right before it writes the copy. */
    synchronized boolean isNeeded(byte type, long sequence, int segment, int offset) {
        int slot = index.find(sequence);
        if (slot < 0) {
            return false;
        }
        if (type == Records.MESSAGE) {
            return index.segment(slot) == segment && index.offset(slot) == offset && (index.flags(slot) & Index.DAMAGED) == 0;
        }
        Live one = live.get(sequence);
        return index.stateSegment(slot) == segment && index.stateOffset(slot) == offset && (one == null || one.pending == 0);
    }

    /** Whether the index points to this very record, changes that wait to be written left aside. */
    synchronized boolean isPlacedAt(byte type, long sequence, int segment, int offset) {
        int slot = index.find(sequence);
        if (slot < 0) {
            return false;
        }
        return type == Records.MESSAGE ? index.segment(slot) == segment && index.offset(slot) == offset
                : index.stateSegment(slot) == segment && index.stateOffset(slot) == offset;
    }

    // What callers do

    /** What became of an update. */
    enum Applied { DONE, ABSENT, NOT_IN_MEMORY }

    record Outcome(Applied applied, CompletableFuture<Void> promise) {}

    private static final Outcome ABSENT = new Outcome(Applied.ABSENT, null);
    private static final Outcome NOT_IN_MEMORY = new Outcome(Applied.NOT_IN_MEMORY, null);

    /** Applies an update and queues its record; NOT_IN_MEMORY where envelope and states must be read first. */
    synchronized Outcome apply(long sequence, long micros, MessageUpdate update) {
        int slot = index.find(sequence);
        if (slot < 0 || index.micros(slot) != micros) {
            return ABSENT;
        }
        Live one = live.get(sequence);
        if (update.disposition() instanceof Disposition.Remove) {
            return remove(slot, one);
        }
        if (one == null) {
            return NOT_IN_MEMORY;
        }
        if (!update.states().isEmpty()) {
            one.states = merge(one.states, update.states());
        }
        holdings.unlisted(slot);
        dispose(slot, one, update);
        holdings.listed(slot);
        if (one.queued == null) {
            one.queued = new Op.State(one, new Op.Place());
            one.pending++;
            one.queuedIn = writer.add(one.queued, false);
        }
        return new Outcome(Applied.DONE, one.queuedIn);
    }

    private void dispose(int slot, Live one, MessageUpdate update) {
        if (update.delayWarned()) {
            index.setFlags(slot, index.flags(slot) | Index.WARNED);
        }
        boolean damaged = (index.flags(slot) & Index.DAMAGED) != 0;
        switch (update.disposition()) {
            case Disposition.Keep _, Disposition.Remove _ -> {
                return;
            }
            case Disposition.Defer(Instant due) -> {
                index.setDue(slot, millis(due));
                holdings.moveTo(slot, damaged ? Holdings.CORRUPT : Holdings.DEFERRED);
            }
            case Disposition.Release _ -> {
                index.setDue(slot, 0);
                holdings.moveTo(slot, damaged ? Holdings.CORRUPT : Holdings.DEFERRED);
            }
            case Disposition.Hold _ -> holdings.moveTo(slot, damaged ? Holdings.CORRUPT : Holdings.HOLD);
            case Disposition.Corrupt(String why) -> {
                one.why = why;
                holdings.moveTo(slot, Holdings.CORRUPT);
            }
        }
        index.setFlags(slot, index.flags(slot) & ~Index.CLAIMED);
    }

    private Outcome remove(int slot, Live one) {
        boolean spooled = (index.flags(slot) & Index.SPOOLED) != 0;
        long sequence = index.sequence(slot);
        var op = new Op.Remove(sequence, index.segment(slot), spooled ? Ids.of(index.micros(slot), sequence) : null);
        if (one != null) {
            live.remove(sequence);
            held.release(one.content);
        }
        holdings.drop(slot);
        return new Outcome(Applied.DONE, writer.add(op, false));
    }

    private static List<RecipientState> merge(List<RecipientState> states, Map<Integer, RecipientState> changes) {
        RecipientState[] merged = states.toArray(RecipientState[]::new);
        changes.forEach((number, state) -> merged[number] = state);
        return List.of(merged);
    }

    /** Milliseconds, rounded up: a message is never due before its time. */
    private static long millis(Instant due) {
        if (due.getEpochSecond() > Index.LATEST_SECOND) {
            return Index.LATEST_SECOND * 1000;
        }
        return due.getEpochSecond() < 0 ? 0 : due.getEpochSecond() * 1000 + (due.getNano() + 999_999) / 1_000_000;
    }

    /** What a STATE record says, taken when its turn to be written comes. */
    record Snapshot(List<RecipientState> states, int queue, boolean warned, long due, String why) {}

    /** @return null where the message is gone */
    synchronized Snapshot takeForWriting(Op.State op) {
        Live one = op.live();
        if (one.queued == op) {
            one.queued = null;
        }
        int slot = index.find(one.sequence);
        return slot < 0 ? null : new Snapshot(one.states, holdings.queueOf(slot), (index.flags(slot) & Index.WARNED) != 0, index.due(slot), one.why);
    }

    synchronized Entry find(QueueId id) {
        long sequence = Ids.sequence(id);
        int slot = sequence < 0 ? -1 : index.find(sequence);
        return slot < 0 || index.micros(slot) != Ids.micros(id) ? null : holdings.entry(slot);
    }

    synchronized Entry find(long sequence) {
        int slot = index.find(sequence);
        return slot < 0 ? null : holdings.entry(slot);
    }

    /** The message as it is in memory; null where it is not. */
    synchronized Live live(long sequence) {
        return live.get(sequence);
    }

    /** A message at one moment: its entry, and the whole of it where that is in memory, else null. */
    record Seen(Entry entry, StoredMessage live) {}

    /** @return null where it is gone */
    synchronized Seen see(long sequence) {
        int slot = index.find(sequence);
        if (slot < 0) {
            return null;
        }
        Live one = live.get(sequence);
        Entry entry = holdings.entry(slot);
        return new Seen(entry, one == null ? null : Reader.message(entry, one));
    }

    /**
     * Brings a message into memory that was read according to {@code entry}.
     *
     * @return the one that counts; null where what was read is out of date and must be read again, or the message is gone
     */
    synchronized Live adopt(Entry entry, Live read) {
        int slot = index.find(entry.sequence());
        if (slot < 0) {
            return null;
        }
        Live known = live.get(entry.sequence());
        if (known != null) {
            return known;
        }
        if (index.stateSegment(slot) != entry.stateSegment() || index.stateOffset(slot) != entry.stateOffset()) {
            return null;
        }
        live.put(entry.sequence(), read);
        return read;
    }

    /** A message that cannot be read any more: corrupt from now on, and found to be so again after a restart. */
    synchronized void damaged(Entry entry) {
        int slot = index.find(entry.sequence());
        if (slot < 0 || index.segment(slot) != entry.segment() || (index.flags(slot) & Index.DAMAGED) != 0) {
            return;
        }
        holdings.unlisted(slot);
        holdings.moveTo(slot, Holdings.CORRUPT);
        index.setFlags(slot, index.flags(slot) & ~Index.CLAIMED | Index.DAMAGED);
        Segment segment = segments.get(index.segment(slot));
        if (segment != null) {
            segment.damaged++;
        }
        Live one = live.get(entry.sequence());
        if (one != null) {
            forgetLive(slot, one);
        }
    }

    // Claims

    synchronized void attach(LogClaims claims) {
        if (attached != null) {
            throw new IllegalStateException("a queue manager is attached already");
        }
        attached = claims;
    }

    synchronized boolean isAttached(LogClaims claims) {
        return attached == claims;
    }

    /** Gives back all claims. */
    synchronized void detach(LogClaims claims) {
        if (attached != claims) {
            return;
        }
        attached = null;
        for (Live one : List.copyOf(live.values())) {
            releaseSlot(index.find(one.sequence), one);
        }
    }

    synchronized void release(long sequence) {
        int slot = index.find(sequence);
        if (slot >= 0) {
            releaseSlot(slot, live.get(sequence));
        }
    }

    private void releaseSlot(int slot, Live one) {
        if ((index.flags(slot) & Index.CLAIMED) != 0) {
            index.setFlags(slot, index.flags(slot) & ~Index.CLAIMED);
            holdings.listed(slot);
        }
        if (one != null) {
            forgetLive(slot, one);
        }
    }

    /** Claims the first incoming ones. */
    synchronized List<Entry> claimIncoming(int limit) {
        return claimFirst(holdings.incoming, limit, Long.MAX_VALUE);
    }

    /** Claims the first deferred ones that are due. */
    synchronized List<Entry> claimDue(Instant now, int limit) {
        long millis = now.getEpochSecond() > Index.LATEST_SECOND ? Long.MAX_VALUE : now.toEpochMilli();
        return claimFirst(holdings.deferred, limit, millis);
    }

    private List<Entry> claimFirst(Window window, int limit, long until) {
        var claimed = new ArrayList<Entry>();
        while (claimed.size() < limit) {
            int slot = window.peek();
            if (slot < 0 || window == holdings.deferred && index.due(slot) > until) {
                break;
            }
            claimed.add(claim(slot));
        }
        return claimed;
    }

    private Entry claim(int slot) {
        holdings.unlisted(slot);
        index.setFlags(slot, index.flags(slot) | Index.CLAIMED);
        return holdings.entry(slot);
    }

    /** @return null where it cannot be claimed */
    synchronized Entry claim(QueueId id) {
        long sequence = Ids.sequence(id);
        int slot = sequence < 0 ? -1 : index.find(sequence);
        if (slot < 0 || index.micros(slot) != Ids.micros(id) || !holdings.isFree(slot, Holdings.INCOMING) && !holdings.isFree(slot, Holdings.DEFERRED)) {
            return null;
        }
        return claim(slot);
    }

    /** When the next deferred message falls due, in milliseconds; negative where there is none. */
    synchronized long nextDue() {
        int slot = holdings.deferred.peek();
        return slot < 0 ? -1 : index.due(slot);
    }

    // For reports

    synchronized Map<QueueName, Long> counts() {
        var named = new EnumMap<QueueName, Long>(QueueName.class);
        for (QueueName name : QueueName.values()) {
            named.put(name, holdings.counts[name.ordinal()]);
        }
        return named;
    }

    /** The next messages in id order after the given one, at most {@code limit}. */
    synchronized List<Entry> after(long micros, long sequence, int limit) {
        return IdOrder.after(index, micros, sequence, limit).stream().map(holdings::entry).toList();
    }

    /** Calls for each slot in use, under the lock. */
    synchronized void forEachSpooled(java.util.function.Consumer<Entry> visitor) {
        for (int slot = 0; slot < index.slots(); slot++) {
            if (index.sequence(slot) >= 0 && (index.flags(slot) & (Index.SPOOLED | Index.DAMAGED)) == Index.SPOOLED) {
                visitor.accept(holdings.entry(slot));
            }
        }
    }

    synchronized List<Entry> allDamaged() {
        var found = new ArrayList<Entry>();
        for (int slot = 0; slot < index.slots(); slot++) {
            if (index.sequence(slot) >= 0 && (index.flags(slot) & Index.DAMAGED) != 0) {
                found.add(holdings.entry(slot));
            }
        }
        return found;
    }

    /** Runs with the lock held, for decisions over segments. */
    synchronized <T> T withLock(java.util.function.Function<Collection<Segment>, T> decision) {
        return decision.apply(segments.all());
    }

    @Override
    public synchronized void close() {
        index.close();
    }
}
