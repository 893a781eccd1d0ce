// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.time.Duration;
import java.util.function.Supplier;
import org.ostler.mail.log.MailLog;

/**
 * Sizes and bounds of a store.
 *
 * @param segmentBytes size to which a segment is filled with zeros beforehand, and at which the next one begins
 * @param inlineBytes  content up to this size stands in the segment; more goes to a spool file
 * @param heldBytes    bound of all content kept in memory for messages just handed over; the oldest is let go first and read from disk
 * @param draftBytes   bound of all content in memory of messages being received; beyond it even small ones go to spool files
 * @param groupBytes   a flush covers at most about this much
 * @param linger       how long removals and deferrals wait for a commit to go along with
 * @param hintAge      how old a segment must be before its index is written beside it
 * @param limits       asked again for every message
 * @param disk         the file system
 * @param tidy         prepare segments, clean, keep a reserve; off for a tool that opens the store for a moment
 * @param log          where operators read of damage and of trouble with the disk
 */
public record Options(int segmentBytes, int inlineBytes, long heldBytes, long draftBytes, int groupBytes, Duration linger, Duration hintAge, Supplier<Limits> limits,
                      Disk disk, boolean tidy, MailLog log) {

    /** What main.cf says: {@code queue_minfree} and {@code message_size_limit}, in bytes. */
    public record Limits(long minFree, long messageSize) {

        /** New mail is refused below this many free bytes: Postfix's rule, so that a message that was begun can also be stored. */
        public long threshold() {
            return Math.max(minFree, messageSize + messageSize / 2);
        }
    }

    public static final Options DEFAULT = new Options(64 << 20, 64 << 10, 48L << 20, 48L << 20, 1 << 20, Duration.ofMillis(20), Duration.ofSeconds(30),
            () -> new Limits(0, 10_240_000), new Disk(), true, MailLog.of("postfix/queue-log"));

    public Options withSegmentBytes(int bytes) {
        return new Options(bytes, inlineBytes, heldBytes, draftBytes, groupBytes, linger, hintAge, limits, disk, tidy, log);
    }

    public Options withHeldBytes(long bytes) {
        return new Options(segmentBytes, inlineBytes, bytes, draftBytes, groupBytes, linger, hintAge, limits, disk, tidy, log);
    }

    public Options withDraftBytes(long bytes) {
        return new Options(segmentBytes, inlineBytes, heldBytes, bytes, groupBytes, linger, hintAge, limits, disk, tidy, log);
    }

    public Options withHintAge(Duration age) {
        return new Options(segmentBytes, inlineBytes, heldBytes, draftBytes, groupBytes, linger, age, limits, disk, tidy, log);
    }

    public Options withLimits(Supplier<Limits> other) {
        return new Options(segmentBytes, inlineBytes, heldBytes, draftBytes, groupBytes, linger, hintAge, other, disk, tidy, log);
    }

    public Options withDisk(Disk other) {
        return new Options(segmentBytes, inlineBytes, heldBytes, draftBytes, groupBytes, linger, hintAge, limits, other, tidy, log);
    }

    public Options withLog(MailLog other) {
        return new Options(segmentBytes, inlineBytes, heldBytes, draftBytes, groupBytes, linger, hintAge, limits, disk, tidy, other);
    }

    /** For a command that opens the store while the server is down: no file is made or cleaned beyond what its own changes need. */
    public Options forTool() {
        return new Options(segmentBytes, inlineBytes, heldBytes, draftBytes, groupBytes, linger, hintAge, limits, disk, false, log);
    }
}
