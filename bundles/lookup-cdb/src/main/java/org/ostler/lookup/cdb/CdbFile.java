// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.cdb;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A cdb file, mapped: what is read of it is in the page cache only. Where it is cut off in place, what was behind the end is read as zeros, or as anything: a reader asks {@link #requireWhole} before he believes it.
 *
 * <p><b>Threads</b> any. <b>Errors</b> {@link IOException} where the file contradicts itself. <b>Lifetime</b> closed after the last read.
 */
final class CdbFile implements AutoCloseable {

    static final int TABLES = 256;
    static final int HEADER = TABLES * 8;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Takes records. */
    @FunctionalInterface
    interface Records {
        void record(byte[] key, byte[] value) throws IOException;
    }

    private final Arena arena = Arena.ofShared();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final RandomAccessFile opened;
    private final MemorySegment file;
    private final long size;

    CdbFile(Path path) throws IOException {
        // This one says why it cannot, in words of its own.
        FileChannel.open(path, StandardOpenOption.READ).close();
        opened = new RandomAccessFile(path.toFile(), "r");
        try {
            size = opened.length();
            file = opened.getChannel().map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
            if (size < HEADER || size > 0xffff_ffffL) {
                throw new CorruptException();
            }
            for (int table = 0; table < TABLES; table++) {
                check(number(table * 8L), 8 * number(table * 8L + 4));
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** After reading. By the file's length, which no interrupt disturbs: that of the channel would close it. */
    void requireWhole() throws IOException {
        if (opened.length() != size) {
            throw new IOException("the file was cut off or written over");
        }
    }

    /** The file is none of this kind, or damaged. */
    static final class CorruptException extends IOException {
        private static final long serialVersionUID = 1L;

        CorruptException() {
            super("Protocol error");
        }
    }

    static int hash(byte[] key) {
        int hash = 5381;
        for (byte b : key) {
            hash = (hash << 5) + hash ^ (b & 0xff);
        }
        return hash;
    }

    /** The value stored first under the key, or null. */
    byte[] find(byte[] key) throws IOException {
        int hash = hash(key);
        long entry = (hash & 0xff) * 8L;
        long table = number(entry);
        long slots = number(entry + 4);
        if (slots == 0) {
            return null;
        }
        long slot = (hash >>> 8) % slots;
        for (long tried = 0; tried < slots; tried++) {
            long at = table + slot * 8;
            long position = number(at + 4);
            if (position == 0) {
                return null;
            }
            if ((int) number(at) == hash && isKey(position, key)) {
                return bytes(position + 8 + key.length, number(position + 4));
            }
            slot = slot + 1 == slots ? 0 : slot + 1;
        }
        return null;
    }

    private boolean isKey(long position, byte[] key) throws IOException {
        if (number(position) != key.length) {
            return false;
        }
        check(position + 8, key.length);
        return MemorySegment.mismatch(file, position + 8, position + 8 + key.length, MemorySegment.ofArray(key), 0, key.length) < 0;
    }

    /** How many records can be found: every writer of such files makes twice as many places for them. Empty where this one did not, and they would have to be counted. */
    OptionalLong records() throws IOException {
        long places = 0;
        for (int table = 0; table < TABLES; table++) {
            long slots = number(table * 8L + 4);
            if (slots % 2 != 0) {
                return OptionalLong.empty();
            }
            places += slots;
        }
        return OptionalLong.of(places / 2);
    }

    /** All records that can be found, in the order of the file. */
    void each(Records sink) throws IOException {
        long[] positions = new long[16];
        int n = 0;
        for (int table = 0; table < TABLES; table++) {
            long from = number(table * 8L);
            for (long slot = 0; slot < number(table * 8L + 4); slot++) {
                long position = number(from + slot * 8 + 4);
                if (position != 0) {
                    positions = n == positions.length ? Arrays.copyOf(positions, 2 * n) : positions;
                    positions[n++] = position;
                }
            }
        }
        Arrays.sort(positions, 0, n);
        for (int i = 0; i < n; i++) {
            long keyLength = number(positions[i]);
            sink.record(bytes(positions[i] + 8, keyLength), bytes(positions[i] + 8 + keyLength, number(positions[i] + 4)));
        }
    }

    private byte[] bytes(long position, long length) throws IOException {
        check(position, length);
        return file.asSlice(position, length).toArray(ValueLayout.JAVA_BYTE);
    }

    private long number(long position) throws IOException {
        check(position, 4);
        return file.get(INT, position) & 0xffff_ffffL;
    }

    private void check(long position, long length) throws IOException {
        if (position + length > size) {
            throw new CorruptException();
        }
    }

    /** Again it does nothing. */
    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            arena.close();
            try {
                opened.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
