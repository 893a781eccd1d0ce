// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * One file of the log.
 *
 * <pre>
 *   0  8 bytes "OSTLERQL"   8  int version   12  int number   16  long salt   24  long limit of sequences given out   32  zeros   60  int CRC-32C of bytes 0 to 59
 *  64  records, then zeros up to the size to which it was prepared
 * </pre>
 *
 * <p><b>Threads</b> fields marked (c) are guarded by the {@link Catalog}, {@code end} belongs to the writer until the segment is closed, users are counted atomically.
 */
final class Segment {

    static final int HEADER = 64;
    /** 1: without what senders ask of TLS; read as well. */
    static final int VERSION = 2;
    private static final long MAGIC = 0x4C51_5245_4C54_534FL;

    /** What the header says. */
    record Header(int version, int number, long salt, long sequenceLimit) {}

    final int number;
    final Path path;
    final FileChannel channel;
    /** Where the next record goes; later the end of the last durable one. */
    volatile long end;
    /** Size to which the file was filled beforehand. */
    final long prepared;
    /** Whether records before {@code end} may be followed by others that were never acknowledged: a flush failed here, or the process died. */
    volatile boolean ragged;
    /** The writer is done with it, or it is from an earlier run. */
    volatile boolean closed;
    /** END was written, the file cut, and all of it flushed. */
    volatile boolean sealed;
    volatile boolean hinted;
    /** The disk did not give a part of it: it stays as it is. */
    volatile boolean unreadable;
    /** Remains of torn groups that are covered when the segment is closed. */
    volatile List<Scan.Gap> torn = List.of();
    volatile long closedNanos;
    /** (c) Bytes of records that somebody still needs. */
    long live;
    /** (c) Damaged messages here that an operator has not removed yet: such a segment stays. */
    int damaged;
    /** (c) Copies of some records were written elsewhere and this segment not deleted: it must go before any other. */
    boolean stale;
    /** (c) {@link #live} when the cleaner left something behind that it could not copy: until that changes it leaves the segment alone. -1: it has not. */
    long leftBehind = -1;
    /** (c) By segment of the message: how many removal records here speak of it. */
    final Map<Integer, Integer> removals = new HashMap<>();
    private int users = 1;

    Segment(int number, Path path, FileChannel channel, long end, long prepared) {
        this.number = number;
        this.path = path;
        this.channel = channel;
        this.end = end;
        this.prepared = prepared;
    }

    /** Keeps the channel open until {@link #release}. @return false where it is closed already */
    synchronized boolean acquire() {
        if (users == 0) {
            return false;
        }
        users++;
        return true;
    }

    /** The last user closes the channel. */
    void release() throws IOException {
        synchronized (this) {
            if (--users > 0) {
                return;
            }
        }
        channel.close();
    }

    static ByteBuffer header(int number, long salt, long sequenceLimit) {
        ByteBuffer out = ByteBuffer.allocateDirect(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC).putInt(VERSION).putInt(number).putLong(salt).putLong(sequenceLimit);
        out.putInt(60, checksum(out));
        return out.clear();
    }

    /** The header, or null where it is not sound. */
    static Header readHeader(FileChannel channel) throws IOException {
        ByteBuffer in = ByteBuffer.allocateDirect(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        if (Disk.readFully(channel, in, 0) < HEADER || in.getLong(0) != MAGIC) {
            return null;
        }
        Header header = new Header(in.getInt(8), in.getInt(12), in.getLong(16), in.getLong(24));
        // A later version may have another header: its number is believed without the sum, so that it is refused and not overwritten.
        return header.version > VERSION || in.getInt(60) == checksum(in) ? header : null;
    }

    private static int checksum(ByteBuffer header) {
        var crc = new CRC32C();
        crc.update(header.duplicate().clear().limit(60));
        return (int) crc.getValue();
    }
}
