// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Files of the maildrop that nobody but the server reaches any more: {@code $queue_directory/pickup}, mode 0700.
 *
 * <p>Whoever may write into the maildrop may exchange his file between a look at it and its opening; to open a pipe that has no writer is to wait for ever, and no timeout ends such a wait. What a name in here stands
 * for nobody else can change. Files in here belong to the mail that waits, as those in the maildrop do: what could not be taken is tried again from here, also after a restart.
 *
 * <p><b>Threads</b> pickup's. <b>Errors</b> {@link IOException}: the file stays where it is.
 *
 * @param directory of this server alone, on the maildrop's file system
 */
record Claims(Path directory) {

    static Claims of(Path maildrop) throws IOException {
        Path directory = maildrop.resolveSibling("pickup");
        if (!Files.isDirectory(directory)) {
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        return new Claims(directory);
    }

    /** No file of the maildrop can be claimed. */
    static final class ApartException extends IOException {
        private static final long serialVersionUID = 1L;

        ApartException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** @return the file in its new place */
    Path claim(Path file) throws IOException {
        Path own = directory.resolve(file.getFileName());
        // A rename would overwrite somebody's mail; nobody else writes here, so nothing comes in between.
        if (Files.exists(own, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(own.toString());
        }
        try {
            return Files.move(file, own, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            // To copy it would be to open what its owner may exchange meanwhile.
            throw new ApartException(file.getParent() + " and " + directory + " must be on one file system, and are not", e);
        }
    }

    /**
     * Keeps others of this process from a claimed file: this part may have been replaced while a submission of its predecessor still hangs, and whatever becomes of that one is
     * to come of it once. Who holds it removes it before letting go.
     *
     * @return to be closed
     */
    static FileChannel hold(Path file) throws IOException {
        FileChannel held = FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        try {
            lock(held);
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new NoSuchFileException(file.toString());
            }
            return held;
        } catch (IOException | RuntimeException | Error e) {
            held.close();
            throw e;
        }
    }

    private static void lock(FileChannel channel) throws IOException {
        try {
            // Null where the file's owner locks what he still has open; that must not keep his mail from being taken.
            channel.tryLock(0, Long.MAX_VALUE, true);
        } catch (OverlappingFileLockException e) {
            throw new IOException("an earlier submission of it has not ended yet", e);
        } catch (IOException e) {
            // Else a file system without locks: mail is taken all the same, twice at worst.
            if (!channel.isOpen()) {
                throw e;
            }
        }
    }
}
