// SPDX-License-Identifier: Apache-2.0
package org.ostler.mailbox;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** A mail reader in a process of its own, for fcntl locks are between processes: takes the lock, says so, and at a word puts a shorter mailbox in the place of the one that it has. */
final class MailReader {

    private MailReader() {}

    public static void main(String[] arguments) throws Exception {
        Path mbox = Path.of(arguments[0]);
        try (FileChannel channel = FileChannel.open(mbox, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            channel.lock();
            System.out.println("locked");
            System.in.read();
            Path fresh = Files.writeString(mbox.resolveSibling("fresh"), "From x\n\nkept\n\n");
            Files.move(fresh, mbox, StandardCopyOption.ATOMIC_MOVE);
        }
    }
}
