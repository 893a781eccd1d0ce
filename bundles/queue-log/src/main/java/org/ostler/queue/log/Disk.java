// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Set;

/**
 * The file operations of the store, in one place so that tests can make each of them fail.
 *
 * <p>Without state: one serves all stores of a process. <b>Threads</b> the store's own platform threads only: an interrupt would close the channel. <b>Blocking</b> yes.
 */
public class Disk {

    private static final FileAttribute<?> PRIVATE_FILE = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<?> PRIVATE_DIRECTORY = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static final boolean ROOT = System.getProperty("user.name").equals("root");

    /** Opens a file; a new one is readable by its owner alone, and belongs to the owner of the store even where root makes it. */
    public FileChannel open(Path path, OpenOption... options) throws IOException {
        List<OpenOption> list = List.of(options);
        if (!list.contains(StandardOpenOption.CREATE) && !list.contains(StandardOpenOption.CREATE_NEW)) {
            return FileChannel.open(path, options);
        }
        FileChannel channel = FileChannel.open(path, Set.copyOf(list), PRIVATE_FILE);
        give(path);
        return channel;
    }

    /** What root makes belongs to the owner of the directory: {@code postsuper} runs as root, the server does not. */
    private static void give(Path path) throws IOException {
        Path parent = path.toAbsolutePath().getParent();
        if (ROOT && parent != null) {
            UserPrincipal owner = Files.getOwner(parent);
            if (!owner.getName().equals("root")) {
                Files.setOwner(path, owner);
            }
        }
    }

    /** Makes a directory with its parents. */
    void createDirectories(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Path parent = directory.toAbsolutePath().getParent();
            if (parent != null) {
                createDirectories(parent);
            }
            Files.createDirectory(directory, PRIVATE_DIRECTORY);
            give(directory);
        }
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
        return Files.getFileStore(directory).getUsableSpace();
    }

    /** As {@link #readFully}, for the places that can go on where the disk does not give a part. */
    public int read(FileChannel channel, ByteBuffer into, long position) throws IOException {
        return readFully(channel, into, position);
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
