// SPDX-License-Identifier: Apache-2.0
package org.ostler.pickup;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

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
            throw new IOException(file.getParent() + " and " + directory + " must be on one file system, and are not", e);
        }
    }
}
