// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32C;
import org.ostler.mail.model.QueueId;

/**
 * Files for large contents, one each, named by queue id.
 *
 * <p>Flushed, then their directory, then the record that names them; on removal the record first and the file after it. So a file without a record is left over and may
 * go, and a record never lacks its file.
 *
 * <p><b>Threads</b> any; file operations run on {@link IoThreads}, {@link #forceDirectory} on the writer.
 */
final class Spool {

    private final Path directory;
    private final Disk disk;
    private final IoThreads io;

    Spool(Path directory, Disk disk, IoThreads io) {
        this.directory = directory;
        this.disk = disk;
        this.io = io;
    }

    Path path(QueueId id) {
        return directory.resolve(id.text());
    }

    /** A file being written. One thread at a time. */
    final class Out {
        private final Path path;
        private final CRC32C crc = new CRC32C();
        private FileChannel channel;
        private long size;

        Out(QueueId id) {
            this.path = path(id);
        }

        void write(byte[] bytes, int length) throws IOException {
            crc.update(bytes, 0, length);
            io.call(() -> {
                if (channel == null) {
                    channel = disk.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                }
                disk.write(channel, ByteBuffer.wrap(bytes, 0, length), size);
                return null;
            });
            size += length;
        }

        int checksum() {
            return (int) crc.getValue();
        }

        /** Content to stable storage; the name follows with the group. */
        void finish() throws IOException {
            io.call(() -> {
                disk.force(channel);
                channel.close();
                return null;
            });
        }

        /** Closes, and deletes where the message was not stored. */
        void close(boolean stored) {
            io.later(() -> {
                try {
                    if (channel != null) {
                        channel.close();
                    }
                    if (!stored) {
                        disk.delete(path);
                    }
                } catch (IOException e) {
                    org.slf4j.LoggerFactory.getLogger(Spool.class).warn("{} is left for the next start to sweep: {}", path, e.getMessage());
                }
            });
        }
    }

    void forceDirectory() throws IOException {
        disk.forceDirectory(directory);
    }

    /** After the record of the removal is durable. */
    void deleteLater(QueueId id) {
        new Out(id).close(false);
    }

    /** Reads in portions on the store's threads, and checks the sum at the end: a reader never takes damaged content for whole. */
    InputStream open(QueueId id, long length, int checksum) throws IOException {
        FileChannel channel = io.call(() -> FileChannel.open(path(id), StandardOpenOption.READ));
        return new SpoolStream(channel, io, length, checksum);
    }

    Set<String> names() throws IOException {
        try (var files = Files.list(directory)) {
            var names = new HashSet<String>();
            files.forEach(file -> names.add(file.getFileName().toString()));
            return names;
        }
    }

    void sweep(String name) throws IOException {
        disk.delete(directory.resolve(name));
    }
}
