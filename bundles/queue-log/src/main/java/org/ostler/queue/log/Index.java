// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Where each message is and in which queue: 48 bytes a message and about 10 for finding it, outside the Java heap.
 *
 * <p>Entries sit in slots of chunks that never move; a hash table with open addressing leads from a sequence to its slot. Nothing here is ever written to disk: it is
 * derived from the log at start.
 *
 * <p><b>Threads</b> guarded by the {@link Catalog}. <b>Errors</b> none; out of memory is fatal.
 */
final class Index implements AutoCloseable {

    static final int CLAIMED = 8;
    static final int WARNED = 16;
    static final int SPOOLED = 32;
    static final int DAMAGED = 64;
    /** A state was found and no message yet: while loading only. */
    static final int GHOST = 128;
    static final int QUEUE = 7;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final int ENTRY = 48;
    private static final int CHUNK_BITS = 14;
    private static final int CHUNK = 1 << CHUNK_BITS;
    /** Due times are kept in 47 bits of milliseconds. */
    static final long LATEST_SECOND = (1L << 47) / 1000 - 1;
    private static final long LATEST = LATEST_SECOND * 1000;

    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> chunks = new ArrayList<>();
    private int used;
    private int free = -1;
    private int size;
    private Arena tableArena;
    private MemorySegment table;
    private int mask;

    Index() {
        newTable(1 << 12);
    }

    private void newTable(int capacity) {
        tableArena = Arena.ofShared();
        table = tableArena.allocate(capacity * 4L, 8);
        mask = capacity - 1;
    }

    int size() {
        return size;
    }

    /** Slots ever used: scans go from 0 to here and skip those for which {@link #sequence} is negative. */
    int slots() {
        return used;
    }

    private static int hash(long sequence) {
        long h = sequence * 0x9E37_79B9_7F4A_7C15L;
        return (int) (h >>> 32);
    }

    /** Slot of a sequence, -1 where it is not there. */
    int find(long sequence) {
        int at = hash(sequence) & mask;
        while (true) {
            int slot = table.get(INT, at * 4L) - 1;
            if (slot < 0 || sequence(slot) == sequence) {
                return slot;
            }
            at = at + 1 & mask;
        }
    }

    int insert(long sequence, long micros) {
        if (size >= (mask + 1) / 2) {
            grow();
        }
        int slot = free;
        if (slot >= 0) {
            free = (int) getLong(slot, 8);
        } else {
            slot = used++;
            if ((slot & CHUNK - 1) == 0) {
                chunks.add(arena.allocate((long) CHUNK * ENTRY, 8));
            }
        }
        MemorySegment chunk = chunks.get(slot >> CHUNK_BITS);
        chunk.asSlice((long) (slot & CHUNK - 1) * ENTRY, ENTRY).fill((byte) 0);
        setLong(slot, 0, sequence);
        setLong(slot, 8, micros);
        link(sequence, slot);
        size++;
        return slot;
    }

    private void link(long sequence, int slot) {
        int at = hash(sequence) & mask;
        while (table.get(INT, at * 4L) != 0) {
            at = at + 1 & mask;
        }
        table.set(INT, at * 4L, slot + 1);
    }

    private void grow() {
        Arena old = tableArena;
        newTable((mask + 1) * 2);
        for (int slot = 0; slot < used; slot++) {
            if (sequence(slot) >= 0) {
                link(sequence(slot), slot);
            }
        }
        old.close();
    }

    void remove(int slot) {
        unlink(sequence(slot));
        setLong(slot, 0, -1);
        setLong(slot, 8, free);
        free = slot;
        size--;
    }

    /** Deletes from the table and moves up those behind, so that no gravestones pile up. */
    private void unlink(long sequence) {
        int hole = hash(sequence) & mask;
        while (sequence(table.get(INT, hole * 4L) - 1) != sequence) {
            hole = hole + 1 & mask;
        }
        int at = hole;
        while (true) {
            at = at + 1 & mask;
            int entry = table.get(INT, at * 4L);
            if (entry == 0) {
                break;
            }
            int home = hash(sequence(entry - 1)) & mask;
            if ((at - home & mask) >= (at - hole & mask)) {
                table.set(INT, hole * 4L, entry);
                hole = at;
            }
        }
        table.set(INT, hole * 4L, 0);
    }

    private long getLong(int slot, int field) {
        return chunks.get(slot >> CHUNK_BITS).get(LONG, (long) (slot & CHUNK - 1) * ENTRY + field);
    }

    private void setLong(int slot, int field, long value) {
        chunks.get(slot >> CHUNK_BITS).set(LONG, (long) (slot & CHUNK - 1) * ENTRY + field, value);
    }

    private int getInt(int slot, int field) {
        return chunks.get(slot >> CHUNK_BITS).get(INT, (long) (slot & CHUNK - 1) * ENTRY + field);
    }

    private void setInt(int slot, int field, int value) {
        chunks.get(slot >> CHUNK_BITS).set(INT, (long) (slot & CHUNK - 1) * ENTRY + field, value);
    }

    /** Negative in a free slot. */
    long sequence(int slot) {
        return getLong(slot, 0);
    }

    long micros(int slot) {
        return getLong(slot, 8);
    }

    void setMicros(int slot, long micros) {
        setLong(slot, 8, micros);
    }

    int segment(int slot) {
        return getInt(slot, 16);
    }

    int offset(int slot) {
        return getInt(slot, 20);
    }

    int length(int slot) {
        return getInt(slot, 24);
    }

    void place(int slot, int segment, int offset, int length) {
        setInt(slot, 16, segment);
        setInt(slot, 20, offset);
        setInt(slot, 24, length);
    }

    /** Segment of the last STATE, zero where there is none. */
    int stateSegment(int slot) {
        return getInt(slot, 28);
    }

    int stateOffset(int slot) {
        return getInt(slot, 32);
    }

    int stateLength(int slot) {
        return getInt(slot, 36);
    }

    void placeState(int slot, int segment, int offset, int length) {
        setInt(slot, 28, segment);
        setInt(slot, 32, offset);
        setInt(slot, 36, length);
    }

    /** Milliseconds since the epoch. */
    long due(int slot) {
        return getLong(slot, 40) >>> 16;
    }

    int flags(int slot) {
        return (int) getLong(slot, 40) & 0xffff;
    }

    void setDue(int slot, long due) {
        setLong(slot, 40, Math.clamp(due, 0, LATEST) << 16 | flags(slot));
    }

    void setFlags(int slot, int flags) {
        setLong(slot, 40, getLong(slot, 40) & ~0xffffL | flags);
    }

    @Override
    public void close() {
        arena.close();
        tableArena.close();
    }
}
