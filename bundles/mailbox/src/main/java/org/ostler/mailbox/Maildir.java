// SPDX-License-Identifier: Apache-2.0
package org.ostler.mailbox;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.log.Reasons;
import org.ostler.mail.queue.Content;

/**
 * Delivery to a Maildir, by the book: write below {@code tmp}, flush, link under a unique name below {@code new}, flush the directory.
 *
 * <h2>Description</h2>
 * Missing directories are made with mode 0700, but never the one that mailboxes lie below: a home that is missing is on a disk that is not there, and mail written in its place is hidden when the disk comes back. Names are {@code seconds.VdeviceIinodeMmicroseconds.host}: device and inode are those of the file itself, so two deliveries never meet.
 *
 * <h2>Standards</h2> https://cr.yp.to/proto/maildir.html; local(8), virtual(8)
 *
 * <p><b>Threads</b> any. <b>Blocking</b> file I/O with two flushes: call from a platform thread. <b>Errors</b> {@link MailboxException}; nothing is left below {@code new}, and the temporary file is removed. A temporary file that
 * cannot be removed is a warning only: once linked the mail is there, and must not come again for it.
 */
public final class Maildir {

    /**
     * @param base      what must be there already: a home, a spool directory; only directories below it are made
     * @param directory the Maildir
     * @param log       for trouble that is no reason to try again
     */
    public record Place(Path base, Path directory, MailLog log) {}

    private static final AtomicLong COUNT = new AtomicLong();

    private Maildir() {}

    /**
     * @param header lines to put before the content, LF ended
     * @return the file below {@code new}
     */
    public static Path deliver(Place place, Owner owner, String header, Content content, String host) throws MailboxException {
        Path directory = place.directory;
        owner.check();
        String safeHost = host.replace("/", "\\057").replace(":", "\\072");
        Instant now = Instant.now();
        Path tmp = directory.resolve("tmp").resolve(now.getEpochSecond() + ".P" + ProcessHandle.current().pid() + "Q" + COUNT.incrementAndGet() + "." + safeHost);
        try {
            write(tmp, place, owner, header, content);
        } catch (IOException | RuntimeException e) {
            remove(tmp, place.log);
            throw failure("create maildir file " + tmp, e);
        } catch (Error e) {
            // A class that has gone with the bundle that gives the content, a moment without memory.
            remove(tmp, place.log);
            throw e;
        }
        try {
            Object device = Files.getAttribute(tmp, "unix:dev");
            Object inode = Files.getAttribute(tmp, "unix:ino");
            String name = now.getEpochSecond() + ".V" + Long.toHexString((Long) device) + "I" + Long.toHexString((Long) inode) + "M" + now.getNano() / 1000 + "." + safeHost;
            Path target = directory.resolve("new").resolve(name);
            // A link fails where the name exists; a rename would overwrite somebody's mail.
            link(tmp, target, place, owner);
            settle(target, place.log, Maildir::flush);
            remove(tmp, place.log);
            return target;
        } catch (IOException | UnsupportedOperationException e) {
            remove(tmp, place.log);
            throw failure("link maildir file into " + directory.resolve("new"), e);
        }
    }

    private static void link(Path tmp, Path target, Place place, Owner owner) throws IOException {
        try {
            Files.createLink(target, tmp);
        } catch (NoSuchFileException e) {
            // Somebody has made tmp alone.
            make(target.getParent(), place.base, owner);
            flush(place.directory);
            Files.createLink(target, tmp);
        }
    }

    /** Makes the name outlive a crash. Where that cannot be known it is taken back: mail that waits would leave a copy at each attempt. */
    static void settle(Path target, MailLog log, Flush flush) throws IOException {
        try {
            flush.of(target.getParent());
        } catch (AccessDeniedException e) {
            // Nobody but its owner may look into it, and it will be so the next time; the file itself is flushed.
            log.warning("flush maildir directory " + target.getParent() + ": " + Reasons.of(e));
        } catch (IOException e) {
            Files.deleteIfExists(target);
            throw e;
        }
    }

    /** A seam: no test can make a disk fail. */
    @FunctionalInterface
    interface Flush {
        void of(Path directory) throws IOException;
    }

    private static void write(Path tmp, Place place, Owner owner, String header, Content content) throws IOException {
        try (FileChannel file = create(tmp, place, owner)) {
            var out = new MessageFile(file, false);
            out.raw(header);
            out.content(content);
            out.flush();
            owner.give(tmp);
            file.force(true);
        }
    }

    private static FileChannel create(Path tmp, Place place, Owner owner) throws IOException {
        var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try {
            return FileChannel.open(tmp, options, mode);
        } catch (NoSuchFileException e) {
            make(place.directory, place.base, owner);
            for (String part : new String[] {"tmp", "new", "cur"}) {
                make(place.directory.resolve(part), place.base, owner);
            }
            flush(place.directory);
            return FileChannel.open(tmp, options, mode);
        }
    }

    private static void make(Path directory, Path base, Owner owner) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        if (directory.equals(base)) {
            throw new NoSuchFileException(base.toString());
        }
        if (directory.getParent() != null) {
            make(directory.getParent(), base, owner);
        }
        try {
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            owner.give(directory);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
        flush(directory.getParent());
    }

    private static void flush(Path directory) throws IOException {
        if (directory != null) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static void remove(Path tmp, MailLog log) {
        try {
            Files.deleteIfExists(tmp);
        } catch (IOException e) {
            log.warning("remove maildir file " + tmp + ": " + Reasons.of(e));
        }
    }

    static MailboxException failure(String action, Exception e) {
        String reason = Reasons.of(e);
        String status = reason.startsWith("No space") || reason.startsWith("Disk quota") ? "4.2.2" : "4.2.0";
        return new MailboxException(status, "maildir delivery failed: " + action + ": " + reason, e);
    }

    /** The host part of file names. */
    public static String localHost() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return InetAddress.getLoopbackAddress().getHostName();
        }
    }
}
