// SPDX-License-Identifier: Apache-2.0
package org.ostler.mailbox;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.log.Reasons;
import org.ostler.mail.model.Address;
import org.ostler.mail.queue.Content;

/**
 * Delivery to an mbox file: lock, append, flush; what was appended is cut off again where something fails.
 *
 * <h2>Description</h2>
 * A {@code From sender date} line, the header lines, the content with {@code From } at line starts quoted by {@code >}, an empty line. Locks: a {@code .lock} file and fcntl (mailbox_delivery_lock "fcntl, dotlock"), and
 * a lock of our own per file because fcntl locks do not hold off other threads of the process.
 *
 * <h2>Standards</h2> RFC 4155, local(8)
 *
 * <p><b>Threads</b> any. <b>Blocking</b> file I/O and locks, at most the given time. <b>Errors</b> {@link MailboxException}.
 */
public final class Mbox {

    /**
     * @param dotLock  use a {@code .lock} file
     * @param fcntl    use an fcntl lock
     * @param patience how long to wait for them
     * @param stale    age at which a {@code .lock} file is somebody's leftover
     */
    public record Locking(boolean dotLock, boolean fcntl, Duration patience, Duration stale) {}

    /**
     * @param limit most bytes of the whole file, 0 for none
     * @param log   for trouble that is no reason to try again
     */
    public record Place(Path file, long limit, Locking locking, MailLog log) {}

    private static final ReentrantLock[] STRIPES = new ReentrantLock[64];
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ROOT);

    static {
        for (int i = 0; i < STRIPES.length; i++) {
            STRIPES[i] = new ReentrantLock();
        }
    }

    private Mbox() {}

    /** @param header lines to put before the content, LF ended */
    public static void deliver(Place place, Owner owner, Address sender, String header, Content content) throws MailboxException {
        Path file = place.file;
        Locking locking = place.locking;
        owner.check();
        ReentrantLock ours = STRIPES[Math.floorMod(file.hashCode(), STRIPES.length)];
        long end = System.nanoTime() + locking.patience.toNanos();
        try {
            if (!ours.tryLock(locking.patience.toNanos(), TimeUnit.NANOSECONDS)) {
                throw busy(file);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw busy(file);
        }
        try {
            Path dot = locking.dotLock ? dotLock(file, locking, end) : null;
            try {
                append(place, owner, sender, header, content, end);
            } finally {
                unlock(dot, place.log);
            }
        } catch (IOException e) {
            throw new MailboxException(Reasons.of(e).startsWith("No space") ? "4.2.2" : "4.2.0", "cannot update mailbox " + file + ": " + Reasons.of(e), e);
        } finally {
            ours.unlock();
        }
    }

    private static MailboxException busy(Path file) {
        return new MailboxException("4.2.0", "cannot update mailbox " + file + ": unable to lock for exclusive access: Resource temporarily unavailable");
    }

    private static Path dotLock(Path file, Locking locking, long end) throws IOException, MailboxException {
        Path dot = file.resolveSibling(file.getFileName() + ".lock");
        while (true) {
            try {
                return Files.createFile(dot);
            } catch (FileAlreadyExistsException e) {
                removeStale(dot, locking.stale);
            }
            if (System.nanoTime() > end) {
                throw busy(file);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        }
    }

    /** A lock file that stays is old enough one day; a message that is in the mailbox must not come again for it. */
    private static void unlock(Path dot, MailLog log) {
        try {
            if (dot != null) {
                Files.deleteIfExists(dot);
            }
        } catch (IOException e) {
            log.warning("remove lock file " + dot + ": " + Reasons.of(e));
        }
    }

    private static void removeStale(Path dot, Duration stale) throws IOException {
        try {
            if (Files.getLastModifiedTime(dot).toInstant().plus(stale).isBefore(Instant.now())) {
                Files.deleteIfExists(dot);
            }
        } catch (java.nio.file.NoSuchFileException gone) {
            // The other side has just finished: exactly what we wait for.
            return;
        }
    }

    // size: a place, who gets it, a message, until when
    private static void append(Place place, Owner owner, Address sender, String header, Content content, long end) throws IOException, MailboxException {
        Path file = place.file;
        boolean fresh = isFresh(file);
        // Before it is opened: what is put in its place from here on is noticed, whichever of the two was opened.
        Map<String, Object> before = fresh ? Map.of() : status(file);
        try (FileChannel channel = open(file, fresh)) {
            Map<String, Object> opened = fresh ? status(file) : before;
            if (fresh) {
                owner.give(file);
            }
            try (FileLock _ = place.locking.fcntl ? fcntl(channel, file, end) : null) {
                requireUnchanged(file, opened);
                append(channel, place, sender, header, content);
            }
        }
        if (fresh && file.getParent() != null) {
            try (FileChannel directory = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
    }

    /** What was made or removed by somebody else since the look at it waits: it would not get its owner. */
    private static FileChannel open(Path file, boolean fresh) throws IOException {
        Set<OpenOption> options = new HashSet<>(Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
        if (fresh) {
            options.add(StandardOpenOption.CREATE_NEW);
        }
        return FileChannel.open(file, options, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    private static Map<String, Object> status(Path file) throws IOException {
        return Files.readAttributes(file, "unix:dev,ino,nlink", LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * With the lock in hand. A mail reader may have put another file in the place of this one while we waited for it: what is written to the old one nobody ever reads. And a second name may be one that somebody has given to a
     * file that is no mailbox.
     */
    private static void requireUnchanged(Path file, Map<String, Object> opened) throws IOException, MailboxException {
        if (!status(file).equals(opened)) {
            throw new MailboxException("4.2.0", "cannot update mailbox " + file + ": target file status changed unexpectedly");
        }
        if (!opened.get("nlink").equals(1)) {
            throw new MailboxException("4.2.0", "cannot update mailbox " + file + ": file has " + opened.get("nlink") + " hard links");
        }
    }

    private static void append(FileChannel channel, Place place, Address sender, String header, Content content) throws IOException, MailboxException {
        long start = channel.size();
        if (place.limit > 0 && start + content.size() > place.limit) {
            throw new MailboxException("5.2.2", "cannot update mailbox " + place.file + ": mailbox is full");
        }
        channel.position(start);
        boolean whole = false;
        try {
            write(channel, sender, header, content);
            whole = true;
        } finally {
            // An error as well: a class that has gone with the bundle that gives the content, a moment without memory.
            if (!whole) {
                channel.truncate(start);
            }
        }
    }

    /** One look, of which an error is an error: two could see a file that a mail reader has just removed as one that is not a file, and bounce. */
    private static boolean isFresh(Path file) throws IOException, MailboxException {
        try {
            BasicFileAttributes what = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (what.isSymbolicLink()) {
                // An operator moves mailboxes to another disk, and learns from the log that links are not followed; senders cannot do anything about it.
                throw new MailboxException("4.2.0", "cannot update mailbox " + file + ": file is a symbolic link");
            }
            if (!what.isRegularFile()) {
                throw new MailboxException("5.2.0", "destination " + file + " is not a regular file");
            }
            return false;
        } catch (NoSuchFileException e) {
            return true;
        }
    }

    /** A delivery that a crash cut off leaves half a line; what is glued to it no mail reader would find. */
    private static String lineEndBefore(FileChannel channel) throws IOException {
        ByteBuffer last = ByteBuffer.allocate(1);
        boolean any = channel.position() > 0 && channel.read(last, channel.position() - 1) == 1;
        return any && last.get(0) != '\n' ? "\n\n" : "";
    }

    private static void write(FileChannel channel, Address sender, String header, Content content) throws IOException {
        var out = new MessageFile(channel, true);
        String from = sender.isNull() ? "MAILER-DAEMON" : sender.text().replaceAll("\\s", "_");
        out.raw(lineEndBefore(channel) + "From " + from + "  " + DATE.format(Instant.now().atZone(ZoneId.systemDefault())) + "\n" + header);
        out.content(content);
        out.raw("\n");
        out.flush();
        channel.force(true);
    }

    private static FileLock fcntl(FileChannel channel, Path file, long end) throws IOException, MailboxException {
        while (true) {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return lock;
            }
            if (System.nanoTime() > end) {
                throw busy(file);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        }
    }
}
