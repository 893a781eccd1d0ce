// SPDX-License-Identifier: Apache-2.0
package org.ostler.lmdb;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Native memory for the arguments of one call at a time: two {@code MDB_val} (length, address), then the bytes of the key, then those of the value.
 *
 * <p>Belongs to the thread that uses its transaction. Grown by doubling and never given back before the environment is closed, at most twice the largest value.
 */
final class Scratch {

    private static final int KEY_VAL = 0;
    private static final int DATA_VAL = 16;
    private static final int BYTES = 32;

    private final Arena arena;
    private MemorySegment memory;
    /** The same memory. Until the second compiler is through, which a program that builds a table does not live to see, writing to it costs a third of writing to a segment. */
    private ByteBuffer direct;
    /** Key and value as they will stand there, put together before they go: a copy out of the heap costs more than what is copied. */
    private final byte[] row = new byte[512];

    Scratch(Arena arena) {
        this.arena = arena;
        this.memory = arena.allocate(1024, 8);
        this.direct = direct(memory);
    }

    /** Address of a place for one out parameter of up to 16 bytes. */
    long out() {
        return memory.address() + DATA_VAL;
    }

    long outLong() {
        return memory.get(ValueLayout.JAVA_LONG, DATA_VAL);
    }

    int outInt() {
        return memory.get(ValueLayout.JAVA_INT, DATA_VAL);
    }

    long keyVal() {
        return memory.address() + KEY_VAL;
    }

    long dataVal() {
        return memory.address() + DATA_VAL;
    }

    /** The key as an argument; with {@code nul} one zero byte more than the array has. */
    void key(byte[] key, boolean nul) {
        int length = key.length + (nul ? 1 : 0);
        room((long) BYTES + length);
        put(BYTES, key, nul);
        val(KEY_VAL, length, BYTES);
    }

    void keyAndData(byte[] key, byte[] data, boolean nul) {
        int more = nul ? 1 : 0;
        int at = key.length + more + 7 & ~7;
        room((long) BYTES + at + data.length + more);
        if (at + data.length < row.length) {
            System.arraycopy(key, 0, row, 0, key.length);
            row[key.length] = 0;
            System.arraycopy(data, 0, row, at, data.length);
            row[at + data.length] = 0;
            direct.put(BYTES, row, 0, at + data.length + more);
        } else {
            put(BYTES, key, nul);
            put(BYTES + at, data, nul);
        }
        val(KEY_VAL, key.length + more, BYTES);
        val(DATA_VAL, data.length + more, BYTES + at);
    }

    private void put(int at, byte[] bytes, boolean nul) {
        direct.put(at, bytes);
        if (nul) {
            direct.put(at + bytes.length, (byte) 0);
        }
    }

    /** What the library has left in the key argument. */
    byte[] keyBytes() {
        return bytes(KEY_VAL);
    }

    byte[] dataBytes() {
        return bytes(DATA_VAL);
    }

    private byte[] bytes(long val) {
        long length = memory.get(ValueLayout.JAVA_LONG, val);
        long address = memory.get(ValueLayout.JAVA_LONG, val + 8);
        var bytes = new byte[Math.toIntExact(length)];
        MemorySegment.copy(Native.MEMORY, ValueLayout.JAVA_BYTE, address, bytes, 0, bytes.length);
        return bytes;
    }

    private void val(int at, int length, int offset) {
        direct.putLong(at, length);
        direct.putLong(at + 8, memory.address() + offset);
    }

    private void room(long size) {
        if (direct.capacity() < size) {
            // Beyond 2 GB there is nothing to grow to.
            memory = arena.allocate(Math.clamp(2L * direct.capacity(), Math.toIntExact(size), Integer.MAX_VALUE), 8);
            direct = direct(memory);
        }
    }

    private static ByteBuffer direct(MemorySegment memory) {
        return memory.asByteBuffer().order(ByteOrder.nativeOrder());
    }
}
