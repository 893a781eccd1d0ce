// SPDX-License-Identifier: Apache-2.0
package org.ostler.lmdb;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Native memory for the arguments of one call at a time: two {@code MDB_val} (length, address), then the bytes of the key, then those of the value.
 *
 * <p>Belongs to the thread that uses its transaction. Grown by doubling and never given back before the environment is closed, at most twice the largest value.
 */
final class Scratch {

    private static final long KEY_VAL = 0;
    private static final long DATA_VAL = 16;
    private static final long BYTES = 32;

    private final Arena arena;
    private MemorySegment memory;

    Scratch(Arena arena) {
        this.arena = arena;
        this.memory = arena.allocate(1024, 8);
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
        room(BYTES + length);
        put(BYTES, key, nul);
        val(KEY_VAL, length, memory.address() + BYTES);
    }

    void keyAndData(byte[] key, byte[] data, boolean nul) {
        int more = nul ? 1 : 0;
        long at = BYTES + ((key.length + more + 7L) & ~7L);
        room(at + data.length + more);
        put(BYTES, key, nul);
        put(at, data, nul);
        val(KEY_VAL, key.length + more, memory.address() + BYTES);
        val(DATA_VAL, data.length + more, memory.address() + at);
    }

    private void put(long at, byte[] bytes, boolean nul) {
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, at, bytes.length);
        if (nul) {
            memory.set(ValueLayout.JAVA_BYTE, at + bytes.length, (byte) 0);
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

    private void val(long at, long length, long address) {
        memory.set(ValueLayout.JAVA_LONG, at, length);
        memory.set(ValueLayout.JAVA_LONG, at + 8, address);
    }

    private void room(long size) {
        if (memory.byteSize() < size) {
            memory = arena.allocate(Math.max(size, memory.byteSize() * 2), 8);
        }
    }
}
