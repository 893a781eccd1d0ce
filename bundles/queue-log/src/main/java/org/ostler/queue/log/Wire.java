// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A growing byte array to write records into and to read them from; numbers are little-endian, counts and text lengths in 7-bit groups.
 *
 * <p><b>Threads</b> one. <b>Errors</b> reading beyond the end throws {@link IndexOutOfBoundsException}; callers check the checksum first, so that means a format error.
 */
final class Wire {

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    byte[] bytes;
    /** Write or read position. */
    int at;

    Wire(int capacity) {
        bytes = new byte[capacity];
    }

    Wire(byte[] bytes) {
        this.bytes = bytes;
    }

    static int intAt(byte[] bytes, int at) {
        return (int) INT.get(bytes, at);
    }

    static long longAt(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at);
    }

    /** Makes room for {@code more} bytes. */
    void room(int more) {
        if (bytes.length - at < more) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(at, more), (int) Math.min(Integer.MAX_VALUE - 16, bytes.length * 2L)));
        }
    }

    void putByte(int value) {
        room(1);
        bytes[at++] = (byte) value;
    }

    void putInt(int value) {
        room(4);
        INT.set(bytes, at, value);
        at += 4;
    }

    void setInt(int position, int value) {
        INT.set(bytes, position, value);
    }

    void putLong(long value) {
        room(8);
        LONG.set(bytes, at, value);
        at += 8;
    }

    /** Not negative. */
    void putCount(int value) {
        room(5);
        int rest = value;
        while (rest > 0x7f) {
            bytes[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[at++] = (byte) rest;
    }

    void putBytes(byte[] from, int offset, int length) {
        room(length);
        System.arraycopy(from, offset, bytes, at, length);
        at += length;
    }

    void putText(String text) {
        int length = text.length();
        room(length + 5);
        int start = at;
        putCount(length);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c > 0x7f) {
                at = start;
                byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                putCount(utf8.length);
                putBytes(utf8, 0, utf8.length);
                return;
            }
            bytes[at++] = (byte) c;
        }
    }

    int takeByte() {
        return bytes[at++];
    }

    int takeInt() {
        at += 4;
        return (int) INT.get(bytes, at - 4);
    }

    long takeLong() {
        at += 8;
        return (long) LONG.get(bytes, at - 8);
    }

    int takeCount() {
        int value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            int b = bytes[at++];
            value |= (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new IndexOutOfBoundsException("count");
    }

    String takeText() {
        int length = takeCount();
        String text = new String(bytes, at, length, StandardCharsets.UTF_8);
        at += length;
        return text;
    }
}
