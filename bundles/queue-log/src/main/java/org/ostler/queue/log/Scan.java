// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a segment from end to end and tells sound records, torn ones and damaged ones apart.
 *
 * <p>A record whose checksum is wrong is <b>damaged</b> where it was durable once: the segment was closed in order, or a later group of records follows (a group is
 * flushed before the next is written). Otherwise it is the <b>torn</b> end of a group that nobody was told of, and is passed over. After either the scan looks for the
 * next record at every multiple of eight bytes.
 *
 * <p><b>Threads</b> one per instance. <b>Blocking</b> reads the file in portions of a few megabytes.
 */
final class Scan {

    /** Bytes that were records once and cannot be told apart any more. */
    record Gap(long from, long to) {}

    private static final int WINDOW = 2 << 20;
    private static final int BLOCK = 4096;

    private record Suspect(int entry, int group, boolean readable) {}

    private final FileChannel channel;
    private final int number;
    private final Records records;
    private final Disk disk;
    private final long fileSize;
    private byte[] window = new byte[WINDOW];
    private ByteBuffer direct = ByteBuffer.allocateDirect(WINDOW);
    private long windowStart;
    private int windowLength;

    final Contents contents = new Contents();
    /** Damage that no message is known for. */
    final List<Gap> unknown = new ArrayList<>();
    /** What the disk did not give. */
    final List<Gap> unreadable = new ArrayList<>();
    /** Remains of a torn group between sound records. */
    final List<Gap> torn = new ArrayList<>();
    private final List<Suspect> suspects = new ArrayList<>();
    /** Gap and the group of the record after it, in pairs. */
    private final List<Gap> gaps = new ArrayList<>();
    private final List<Integer> groupAfterGap = new ArrayList<>();
    private final List<Integer> groupBeforeGap = new ArrayList<>();
    private int lastGroup;

    Scan(FileChannel channel, int number, Records records, Disk disk) throws IOException {
        this.channel = channel;
        this.number = number;
        this.records = records;
        this.disk = disk;
        this.fileSize = channel.size();
    }

    Scan run() throws IOException {
        long at = Segment.HEADER;
        long gap = -1;
        while (at + Records.FRAME <= fileSize) {
            int available = load(at, Records.FRAME);
            int start = (int) (at - windowStart);
            int length = available < Records.FRAME ? 0 : Records.lengthAt(window, start, available);
            if (length > 0 && length <= fileSize - at) {
                available = load(at, length);
                start = (int) (at - windowStart);
                if (available >= length && records.isValid(window, start, available, number)) {
                    closeGap(gap, at, Wire.intAt(window, start + 24));
                    gap = -1;
                    found(start, (int) at, length);
                    at += Records.padded(length);
                    contents.end = at;
                    continue;
                }
                suspect(start, (int) at, length, available);
            }
            if (gap < 0) {
                gap = at;
            }
            at = skip(at);
        }
        if (gap >= 0) {
            closeGap(gap, fileSize, Integer.MIN_VALUE);
        }
        judge();
        return this;
    }

    /** Next multiple of eight at which something other than zeros stands. */
    private long skip(long from) throws IOException {
        long at = from + Records.ALIGN;
        while (at + Records.FRAME <= fileSize) {
            int available = load(at, Records.FRAME);
            int start = (int) (at - windowStart);
            int end = start + available - 8;
            int i = start;
            while (i <= end && Wire.intAt(window, i) != Records.MAGIC) {
                i += Records.ALIGN;
            }
            at += i - start;
            if (i <= end) {
                return at;
            }
        }
        return at;
    }

    /** Sees to it that {@code needed} bytes from {@code at} are in the window where the file has them. @return how many are there */
    private int load(long at, int needed) throws IOException {
        if (at >= windowStart && at + needed <= windowStart + windowLength) {
            return (int) (windowStart + windowLength - at);
        }
        if (needed > window.length) {
            window = new byte[needed];
        }
        windowStart = at;
        windowLength = 0;
        int want = (int) Math.min(window.length, fileSize - at);
        while (windowLength < want) {
            direct.clear().limit(Math.min(direct.capacity(), want - windowLength));
            int n = read(at + windowLength);
            if (n <= 0) {
                break;
            }
            direct.flip().get(window, windowLength, n);
            windowLength += n;
        }
        return windowLength;
    }

    private int read(long position) throws IOException {
        int want = direct.limit();
        try {
            return disk.read(channel, direct, position);
        } catch (IOException e) {
            return readAround(position, want, e);
        }
    }

    /** Block by block: one bad spot must not keep all other mail from being found. What cannot be read counts as zeros; where nothing can, the disk as a whole has a problem. */
    private int readAround(long position, int want, IOException first) throws IOException {
        int bad = 0;
        int done = 0;
        while (done < want) {
            int piece = (int) Math.min(BLOCK - (position + done) % BLOCK, want - done);
            direct.limit(done + piece).position(done);
            try {
                int n = disk.read(channel, direct, position + done);
                if (n < piece) {
                    return done + n;
                }
            } catch (IOException e) {
                bad += piece;
                direct.put(done, new byte[piece]).position(done + piece);
                unreadable.add(new Gap(position + done, position + done + piece));
            }
            done += piece;
        }
        if (bad == want) {
            throw first;
        }
        return want;
    }

    private void found(int start, int offset, int length) {
        byte type = window[start + 12];
        int flags = window[start + 13];
        long sequence = Wire.longAt(window, start + 16);
        lastGroup = Math.max(lastGroup, Wire.intAt(window, start + 24));
        int body = start + Records.FRAME;
        switch (type) {
            case Records.MESSAGE -> contents.add(type, flags, 0, 0, offset, length, 0, sequence, Wire.longAt(window, body));
            case Records.STATE -> contents.add(type, flags, window[body], window[body + 1], offset, length, 0, sequence, Wire.longAt(window, body + 2));
            case Records.REMOVE -> contents.add(type, flags, 0, 0, offset, length, Wire.intAt(window, body), sequence, 0);
            case Records.END -> contents.sealed = offset + Records.padded(length) == fileSize;
            default -> { }
        }
    }

    /** Something that looks like a record and is not sound. */
    private void suspect(int start, int offset, int length, int available) {
        if (window[start + 12] != Records.MESSAGE) {
            return;
        }
        boolean headValid = records.isHeadValid(window, start, Math.min(available, length));
        long micros = headValid ? Wire.longAt(window, start + Records.FRAME) : 0;
        suspects.add(new Suspect(contents.size, Wire.intAt(window, start + 24), headValid));
        contents.add(Records.MESSAGE, window[start + 13] & 0x7f | Contents.DAMAGED, 0, 0, offset, length, 0, Wire.longAt(window, start + 16), micros);
    }

    private void closeGap(long from, long to, int group) {
        if (from >= 0) {
            gaps.add(new Gap(from, to));
            groupBeforeGap.add(lastGroup);
            groupAfterGap.add(group);
        }
    }

    /** Whether a message here was durable once and is not sound any more. */
    boolean hasDamage() {
        return suspects.stream().anyMatch(s -> contents.type(s.entry) != 0);
    }

    /** Whether what stood between records of these groups was: where a later group follows than the one after, or a whole group is missing. */
    private boolean wasFlushed(int before, int after) {
        return after < lastGroup || after - before > 1;
    }

    private void judge() {
        for (Suspect one : suspects) {
            boolean once = contents.sealed || one.group < lastGroup && one.group > 0;
            if (!once) {
                contents.drop(one.entry);
            }
        }
        for (int i = 0; i < gaps.size(); i++) {
            Gap gap = gaps.get(i);
            boolean once = contents.sealed || gap.to < fileSize && wasFlushed(groupBeforeGap.get(i), groupAfterGap.get(i));
            if (!once && gap.to < fileSize) {
                torn.add(gap);
            }
            if (once && suspects.stream().noneMatch(s -> contents.type(s.entry) != 0 && contents.offset(s.entry) >= gap.from && contents.offset(s.entry) < gap.to)) {
                unknown.add(gap);
            }
        }
    }
}
