// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.cdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;

/**
 * Writes one cdb file from front to back; beside a buffer it keeps some thirty bytes for each record in memory.
 *
 * <p><b>Threads</b> one. <b>Errors</b> {@link IOException}; the file is then to be thrown away.
 */
final class CdbWriter {

    private static final int BUFFER = 1 << 16;
    private static final int REPLACED = 0;

    private final FileChannel channel;
    private final ByteBuffer out = ByteBuffer.allocate(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
    /** Position in the file of what is in the buffer first. */
    private long flushed = CdbFile.HEADER;
    /** Of each record: hash and position; a position of {@link #REPLACED} is of one that another has taken the place of. */
    private int[] hashes = new int[1024];
    private int[] positions = new int[1024];
    private int records;
    /** Open addressing: number of a record plus one. */
    private int[] index = new int[4096];

    CdbWriter(FileChannel channel) throws IOException {
        this.channel = channel;
        channel.position(flushed);
    }

    /** @return false where the key was there; the old value then stays, unless {@code replace} */
    boolean put(byte[] key, byte[] value, boolean replace) throws IOException {
        int hash = CdbFile.hash(key);
        int slot = slot(hash);
        while (index[slot] != 0) {
            int record = index[slot] - 1;
            if (hashes[record] == hash && positions[record] != REPLACED && isKey(positions[record] & 0xffff_ffffL, key)) {
                if (!replace) {
                    return false;
                }
                positions[record] = REPLACED;
                break;
            }
            slot = slot + 1 & index.length - 1;
        }
        append(hash, key, value);
        return true;
    }

    private int slot(int hash) {
        return (hash * 0x9E3779B9 >>> 7) & index.length - 1;
    }

    private void append(int hash, byte[] key, byte[] value) throws IOException {
        if (position() + 8L + key.length + value.length > 0xffff_ffffL) {
            throw new IOException("larger than 4 GB");
        }
        if (records == hashes.length) {
            hashes = Arrays.copyOf(hashes, 2 * records);
            positions = Arrays.copyOf(positions, 2 * records);
        }
        hashes[records] = hash;
        positions[records] = (int) position();
        records++;
        if (2 * records > index.length) {
            index = new int[4 * index.length];
            for (int i = 0; i < records; i++) {
                insert(i);
            }
        } else {
            insert(records - 1);
        }
        number(key.length);
        number(value.length);
        write(key);
        write(value);
    }

    private void insert(int record) {
        int slot = slot(hashes[record]);
        while (index[slot] != 0) {
            slot = slot + 1 & index.length - 1;
        }
        index[slot] = record + 1;
    }

    private long position() {
        return flushed + out.position();
    }

    private boolean isKey(long position, byte[] key) throws IOException {
        flush();
        ByteBuffer stored = ByteBuffer.allocate(8 + key.length).order(ByteOrder.LITTLE_ENDIAN);
        while (stored.hasRemaining() && channel.read(stored, position + stored.position()) >= 0) {
            // Until it is full; a shorter record at the end cannot have this key.
            continue;
        }
        return !stored.hasRemaining() && stored.getInt(0) == key.length && Arrays.equals(stored.array(), 8, 8 + key.length, key, 0, key.length);
    }

    private void number(int value) throws IOException {
        if (out.remaining() < 4) {
            flush();
        }
        out.putInt(value);
    }

    private void write(byte[] bytes) throws IOException {
        for (int at = 0; at < bytes.length;) {
            if (!out.hasRemaining()) {
                flush();
            }
            int n = Math.min(out.remaining(), bytes.length - at);
            out.put(bytes, at, n);
            at += n;
        }
    }

    private void flush() throws IOException {
        out.flip();
        flushed += out.limit();
        while (out.hasRemaining()) {
            channel.write(out);
        }
        out.clear();
    }

    /** Writes the hash tables and, last, the header; then everything is on disk. */
    void finish() throws IOException {
        int[] counts = new int[CdbFile.TABLES];
        for (int i = 0; i < records; i++) {
            counts[hashes[i] & 0xff] += positions[i] == REPLACED ? 0 : 1;
        }
        int[][] members = new int[CdbFile.TABLES][];
        for (int table = 0; table < CdbFile.TABLES; table++) {
            members[table] = new int[counts[table]];
            counts[table] = 0;
        }
        for (int i = 0; i < records; i++) {
            if (positions[i] != REPLACED) {
                int table = hashes[i] & 0xff;
                members[table][counts[table]++] = i;
            }
        }
        ByteBuffer header = ByteBuffer.allocate(CdbFile.HEADER).order(ByteOrder.LITTLE_ENDIAN);
        for (int[] table : members) {
            if (position() + 16L * table.length > 0xffff_ffffL) {
                throw new IOException("larger than 4 GB");
            }
            header.putInt((int) position()).putInt(2 * table.length);
            table(table);
        }
        flush();
        header.flip();
        for (long at = 0; header.hasRemaining(); at = header.position()) {
            channel.write(header, at);
        }
        channel.force(true);
    }

    private void table(int[] members) throws IOException {
        int slots = 2 * members.length;
        int[] table = new int[slots];
        for (int record : members) {
            int slot = (int) ((hashes[record] >>> 8) % (long) slots);
            while (table[slot] != 0) {
                slot = slot + 1 == slots ? 0 : slot + 1;
            }
            table[slot] = record + 1;
        }
        for (int entry : table) {
            number(entry == 0 ? 0 : hashes[entry - 1]);
            number(entry == 0 ? 0 : positions[entry - 1]);
        }
    }
}
