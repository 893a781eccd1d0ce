// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The directory of a store: its lock, its format version, its segments.
 *
 * <p><b>Threads</b> one, while opening. <b>Errors</b> {@link IOException} in words for an operator.
 */
final class StoreFiles implements AutoCloseable {

    private static final Pattern FORMAT = Pattern.compile("ostler-queue-log (\\d{1,9})\nsalt ([0-9a-f]{16})\n");
    private static final Pattern SEGMENT = Pattern.compile("seg-([0-9a-f]{8})\\.log");

    final Path directory;
    final Path spool;
    private final Disk disk;
    private final FileChannel lockFile;
    private final String mark;

    StoreFiles(Path directory, Disk disk) throws IOException {
        this.directory = directory;
        this.disk = disk;
        this.spool = directory.resolve("spool");
        boolean fresh = !Files.isDirectory(spool);
        disk.createDirectories(spool);
        if (fresh) {
            disk.forceDirectory(directory);
            Path parent = directory.toAbsolutePath().getParent();
            if (parent != null) {
                disk.forceDirectory(parent);
            }
        }
        mark = "org.ostler.queue.log " + directory.toRealPath();
        if (System.getProperties().putIfAbsent(mark, "open") != null) {
            throw new IOException(directory + ": the queue is in use by this process");
        }
        lockFile = openLocked();
    }

    /**
     * Locks the directory against other processes. Against this one stands the mark: closing a second descriptor of the lock file would drop the lock of the first
     * without a word, and another build of this bundle, which shares no class with this one, shares the system properties.
     */
    private FileChannel openLocked() throws IOException {
        try {
            FileChannel channel = disk.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (channel.tryLock() != null) {
                return channel;
            }
            channel.close();
            throw new IOException(directory + ": the queue is in use by another process");
        } catch (IOException | RuntimeException | Error e) {
            System.getProperties().remove(mark);
            throw e;
        }
    }

    /** The salt of the format file, which is made where this is a new store. */
    long salt() throws IOException {
        Path format = directory.resolve("format");
        if (!Files.exists(format)) {
            long known = saltOfSegments();
            write(format, known != 0 ? known : new SecureRandom().nextLong() | 1);
        }
        String text = Files.readString(format, StandardCharsets.ISO_8859_1);
        Matcher m = FORMAT.matcher(text);
        if (!m.matches()) {
            long known = saltOfSegments();
            if (known == 0) {
                throw new IOException(format + ": cannot be read, and no segment knows what it said");
            }
            write(format, known);
            return known;
        }
        int version = Integer.parseInt(m.group(1));
        if (version > Segment.VERSION) {
            throw new IOException(directory + ": queue format " + version + " is newer than this program knows (" + Segment.VERSION + ")");
        }
        long salt = Long.parseUnsignedLong(m.group(2), 16);
        if (version < Segment.VERSION) {
            // Before the first segment of this version: an older program must refuse the store at once, and not after it has read half of it.
            write(format, salt);
        }
        return salt;
    }

    private void write(Path format, long salt) throws IOException {
        byte[] text = String.format("ostler-queue-log %d%nsalt %016x%n", Segment.VERSION, salt).replace("\r", "").getBytes(StandardCharsets.ISO_8859_1);
        Path temporary = directory.resolve("format.tmp");
        try (FileChannel out = disk.open(temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            disk.write(out, ByteBuffer.wrap(text), 0);
            disk.force(out);
        }
        disk.rename(temporary, format);
        disk.forceDirectory(directory);
    }

    private long saltOfSegments() throws IOException {
        for (int number : numbers()) {
            try (FileChannel channel = FileChannel.open(Segments.path(directory, number), StandardOpenOption.READ)) {
                Segment.Header header = Segment.readHeader(channel);
                if (header != null && header.version() <= Segment.VERSION) {
                    return header.salt();
                }
            }
        }
        return 0;
    }

    /** Numbers of the segments there are, ascending. */
    private List<Integer> numbers() throws IOException {
        var numbers = new ArrayList<Integer>();
        try (var files = Files.list(directory)) {
            files.forEach(file -> {
                Matcher m = SEGMENT.matcher(file.getFileName().toString());
                if (m.matches()) {
                    numbers.add(Integer.parseUnsignedInt(m.group(1), 16));
                }
            });
        }
        numbers.sort(null);
        return numbers;
    }

    /** One bad spot at the start of one segment must not keep the store closed. */
    private static Segment.Header header(FileChannel channel) {
        try {
            return Segment.readHeader(channel);
        } catch (IOException e) {
            return null;
        }
    }

    /** Opens all segments and tells {@code segments} of them. @return them, in the order of their numbers */
    List<Segment> open(Segments segments) throws IOException {
        var opened = new ArrayList<Segment>();
        int unreadable = 0;
        long limit = 0;
        for (int number : numbers()) {
            Path path = Segments.path(directory, number);
            FileChannel channel = disk.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
            Segment.Header header = header(channel);
            if (header != null && header.version() > Segment.VERSION) {
                channel.close();
                throw new IOException(path + ": queue format " + header.version() + " is newer than this program knows (" + Segment.VERSION + ")");
            }
            unreadable += header == null ? 1 : 0;
            limit = header == null ? limit : Math.max(limit, header.sequenceLimit());
            var segment = new Segment(number, path, channel, Segment.HEADER, channel.size());
            opened.add(segment);
            segments.adopt(segment, limit);
        }
        // A header that is lost may have allowed one block more each.
        if (unreadable > 0 && limit > 0) {
            segments.adopt(opened.getLast(), limit + unreadable * Segments.BLOCK);
        }
        return opened;
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
        System.getProperties().remove(mark);
    }
}
