// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * The index file beside a closed segment: its {@link Contents}, so that a start need not read the mail itself.
 *
 * <p>Derived from a file that never changes again, and checked by a sum: where it is missing, old or damaged the segment is scanned.
 *
 * <p><b>Threads</b> any.
 */
final class Hint {

    private static final long MAGIC = 0x3158_4449_5152_534FL;
    private static final int HEAD = 48;

    private Hint() {}

    /** Writes by temporary file and rename; not flushed, as a torn one is recognised. */
    static void write(Path directory, int number, long salt, long fileSize, Contents contents, Disk disk) throws IOException {
        int payload = contents.size * Contents.WIDTH * 8;
        ByteBuffer out = ByteBuffer.allocateDirect(HEAD + payload).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC).putLong(salt).putLong(fileSize).putInt(number).putInt(contents.size).putLong(contents.end);
        out.position(HEAD);
        out.asLongBuffer().put(contents.words, 0, contents.size * Contents.WIDTH);
        out.putInt(HEAD - 4, checksum(out));
        Path temporary = directory.resolve("hint.tmp");
        try (FileChannel channel = disk.open(temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            disk.write(channel, out.clear(), 0);
        }
        disk.rename(temporary, Segments.hintPath(directory, number));
    }

    /** Reads it; null where it does not fit the segment as it is now. */
    static Contents read(Path directory, int number, long salt, long fileSize) throws IOException {
        Path path = Segments.hintPath(directory, number);
        if (!Files.exists(path)) {
            return null;
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            ByteBuffer in = ByteBuffer.allocateDirect((int) channel.size()).order(ByteOrder.LITTLE_ENDIAN);
            Disk.readFully(channel, in, 0);
            in.clear();
            boolean fits = in.capacity() >= HEAD && in.getLong(0) == MAGIC && in.getLong(8) == salt && in.getLong(16) == fileSize && in.getInt(24) == number
                    && in.capacity() == HEAD + in.getInt(28) * Contents.WIDTH * 8 && in.getInt(HEAD - 4) == checksum(in);
            if (!fits) {
                return null;
            }
            var contents = new Contents();
            contents.size = in.getInt(28);
            contents.words = new long[Math.max(1, contents.size) * Contents.WIDTH];
            contents.end = in.getLong(32);
            contents.sealed = true;
            in.position(HEAD).order(ByteOrder.LITTLE_ENDIAN);
            in.asLongBuffer().get(contents.words, 0, contents.size * Contents.WIDTH);
            return contents;
        }
    }

    /** Over everything but the sum itself. */
    private static int checksum(ByteBuffer file) {
        var crc = new CRC32C();
        crc.update(file.duplicate().clear().limit(HEAD - 4));
        crc.update(file.duplicate().clear().position(HEAD));
        return (int) crc.getValue();
    }
}
