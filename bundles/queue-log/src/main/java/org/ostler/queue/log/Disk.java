// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The file operations of the store, in one place so that tests can make each of them fail.
 *
 * <p><b>Threads</b> the store's own platform threads only: an interrupt would close the channel. <b>Blocking</b> yes.
 */
public class Disk {

    public FileChannel open(Path path, OpenOption... options) throws IOException {
        return FileChannel.open(path, options);
    }

    /** Writes all of it. */
    public void write(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /** Content to stable storage, with the size where it changed (fdatasync). */
    public void force(FileChannel channel) throws IOException {
        channel.force(false);
    }

    /** Names in a directory to stable storage. */
    public void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    /** No error where it is gone already. */
    public void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    public void truncate(FileChannel channel, long size) throws IOException {
        channel.truncate(size);
    }

    /** Bytes that this process may still allocate. */
    public long usable(Path directory) throws IOException {
        try {
            return Files.getFileStore(directory).getUsableSpace();
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    /** Reads from {@code position} until the buffer is full or the file ends. @return bytes read */
    static int readFully(FileChannel channel, ByteBuffer into, long position) throws IOException {
        int start = into.position();
        long at = position;
        while (into.hasRemaining()) {
            int n = channel.read(into, at);
            if (n < 0) {
                break;
            }
            at += n;
        }
        return into.position() - start;
    }
}
