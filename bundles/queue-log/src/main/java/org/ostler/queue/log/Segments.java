// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * All segments of a store: making the next one beforehand, moving on to it, deleting dead ones.
 *
 * <p>A segment is filled with zeros and flushed before it is used: a flush of records then changes no file size and costs half (docs/decisions). When there is no room
 * for a new one the reserve, a file made in better days, becomes the next segment: removals and deferrals can be written when new mail is long refused.
 *
 * <p><b>Threads</b> {@link #current} and {@link #roll} on the writer, {@link #prepare} and deletion on the housekeeper; the rest any.
 */
final class Segments implements AutoCloseable {

    /** Sequences that a new segment allows beyond those of its predecessors. */
    static final long BLOCK = 1 << 20;
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(1 << 20).asReadOnlyBuffer();

    final Path directory;
    final long salt;
    private final Options options;
    private final Disk disk;
    private final ConcurrentSkipListMap<Integer, Segment> all = new ConcurrentSkipListMap<>();
    private final AtomicLong sequence = new AtomicLong();
    /** Sequences below this are covered by a durable header. */
    private volatile long sequenceLimit;
    private volatile Segment current;
    private Segment next;
    private int lastNumber;
    private volatile boolean reserveReady;
    /** It was used up, or could not be made. */
    private volatile boolean reserveMissing;

    Segments(Path directory, long salt, Options options) {
        this.directory = directory;
        this.salt = salt;
        this.options = options;
        this.disk = options.disk();
    }

    static Path path(Path directory, int number) {
        return directory.resolve(String.format("seg-%08x.log", number));
    }

    static Path hintPath(Path directory, int number) {
        return directory.resolve(String.format("seg-%08x.idx", number));
    }

    private Path reserve() {
        return directory.resolve("reserve");
    }

    /** Takes over a segment of an earlier run; {@code limit} from its header, zero where that is unreadable. */
    void adopt(Segment segment, long limit) {
        all.put(segment.number, segment);
        lastNumber = Math.max(lastNumber, segment.number);
        sequenceLimit = Math.max(sequenceLimit, limit);
    }

    /** Starts numbering after all that was adopted, and opens the first segment of this run. @return the first sequence */
    long start() throws IOException {
        long first = Math.max(sequenceLimit, 1);
        sequence.set(first);
        reserveReady = Files.exists(reserve()) && Files.size(reserve()) >= options.segmentBytes();
        current = make(0);
        return first;
    }

    /** A sequence never given out before; -1 where the next block is not durable yet. */
    long nextSequence() {
        while (true) {
            long at = sequence.get();
            if (at >= sequenceLimit) {
                return -1;
            }
            if (sequence.compareAndSet(at, at + 1)) {
                return at;
            }
        }
    }

    boolean isSequenceShort() {
        return sequenceLimit - sequence.get() < BLOCK / 4;
    }

    Segment current() {
        return current;
    }

    Segment get(int number) {
        return all.get(number);
    }

    boolean exists(int number) {
        return all.containsKey(number);
    }

    Collection<Segment> all() {
        return all.values();
    }

    boolean isReserveMissing() {
        return reserveMissing;
    }

    /** Moves on to a new segment. @throws IOException where none can be made; the current one stays */
    void roll() throws IOException {
        Segment taken;
        synchronized (this) {
            taken = next;
            next = null;
        }
        if (taken != null && taken.number < current.number) {
            // Made while the writer was in a hurry and made a later one itself. Numbers must grow with time: the order of records hangs on them.
            taken.closed = true;
            taken = null;
        }
        if (taken == null) {
            taken = make(0);
        }
        Segment full = current;
        current = taken;
        full.closedNanos = System.nanoTime();
        full.closed = true;
    }

    /** A flush of the current segment failed: nothing after its durable end counts, and nobody writes to it again. */
    void abandon() {
        current.ragged = true;
    }

    /** Whether the current segment may take another group. */
    boolean isCurrentUsable() {
        return current != null && !current.ragged && current.end < current.prepared - Math.min(options.groupBytes(), options.segmentBytes() / 8);
    }

    /** Makes the next segment and the reserve where they are missing. */
    void prepare() throws IOException {
        boolean missing;
        synchronized (this) {
            missing = next == null;
        }
        if (missing) {
            Segment made = make(options.segmentBytes());
            synchronized (this) {
                next = made;
            }
        }
        if (!reserveReady) {
            Path temporary = directory.resolve("reserve.tmp");
            try (FileChannel channel = disk.open(temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                fill(channel, options.segmentBytes());
                disk.force(channel);
            } catch (IOException e) {
                discard(temporary, e);
                reserveMissing = true;
                throw e;
            }
            disk.rename(temporary, reserve());
            disk.forceDirectory(directory);
            reserveReady = true;
            reserveMissing = false;
        }
    }

    /** @param zeros bytes to fill; zero for a segment that is needed this instant */
    private Segment make(int zeros) throws IOException {
        int number;
        long limit;
        synchronized (this) {
            number = ++lastNumber;
            limit = Math.max(sequenceLimit, sequence.get()) + BLOCK;
        }
        Path path = path(directory, number);
        Segment made;
        try {
            made = write(disk.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE), number, path, limit, zeros);
        } catch (IOException e) {
            discard(path, e);
            if (zeros > 0 || !reserveReady) {
                throw e;
            }
            made = fromReserve(number, path, limit, e);
        }
        synchronized (this) {
            sequenceLimit = Math.max(sequenceLimit, limit);
        }
        all.put(number, made);
        return made;
    }

    private Segment write(FileChannel channel, int number, Path path, long limit, int zeros) throws IOException {
        try {
            fill(channel, zeros);
            disk.write(channel, Segment.header(number, salt, limit), 0);
            disk.force(channel);
            disk.forceDirectory(directory);
            return new Segment(number, path, channel, Segment.HEADER, options.segmentBytes());
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    private void discard(Path path, IOException why) {
        try {
            disk.delete(path);
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    private Segment fromReserve(int number, Path path, long limit, IOException why) throws IOException {
        try {
            disk.rename(reserve(), path);
            reserveReady = false;
            reserveMissing = true;
            return write(disk.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE), number, path, limit, 0);
        } catch (IOException e) {
            e.addSuppressed(why);
            throw e;
        }
    }

    /** In portions, each flushed, so that commits get their turn at the disk. */
    private void fill(FileChannel channel, int size) throws IOException {
        ByteBuffer zeros = ZEROS.duplicate();
        for (long at = 0; at < size; at += zeros.capacity()) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), size - at));
            disk.write(channel, zeros, at);
            disk.force(channel);
        }
    }

    /** Deletes a dead segment for good: after this no crash brings its records back. */
    void delete(Segment segment) throws IOException {
        disk.delete(hintPath(directory, segment.number));
        disk.delete(segment.path);
        disk.forceDirectory(directory);
        all.remove(segment.number);
        segment.release();
    }

    /** Closes all files. */
    @Override
    public void close() throws IOException {
        for (Segment segment : all.values()) {
            segment.release();
        }
    }

    boolean isUnused(Segment segment) {
        synchronized (this) {
            return segment == next;
        }
    }
}
