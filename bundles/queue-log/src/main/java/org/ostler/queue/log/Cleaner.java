// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Gives back the space of what is gone: deletes dead segments, and copies what is still needed out of mostly dead ones.
 *
 * <h2>Description</h2>
 * The log may take twice the space of what is live in it, and four segments more. A copy is written and flushed like any record, then the index points to it, then the
 * segment is deleted and its directory flushed.
 *
 * <p>A removal is needed as long as a record of its message may be on disk: while the segment of the message exists, or while any segment is <i>stale</i>, that is, holds
 * records of which copies were made. So stale segments go first, and one at a time.
 *
 * <p><b>Threads</b> the housekeeper's. <b>Errors</b> {@link IOException}; nothing is deleted before its copies are durable.
 */
final class Cleaner {

    private static final int PORTION = 1 << 20;
    private static final int MOST_PER_RUN = 8;
    private static final int REMOVAL_BYTES = 40;

    private final Segments segments;
    private final Catalog catalog;
    private final Writer writer;
    private final Reader reader;
    private final Options options;
    private final Records records;

    Cleaner(Segments segments, Catalog catalog, Writer writer, Reader reader, Options options) {
        this.segments = segments;
        this.catalog = catalog;
        this.writer = writer;
        this.reader = reader;
        this.options = options;
        this.records = new Records(segments.salt);
    }

    void run() throws IOException {
        for (int i = 0; i < MOST_PER_RUN; i++) {
            Segment victim = catalog.withLock(this::choose);
            if (victim == null) {
                return;
            }
            clean(victim);
        }
    }

    /** Call with the catalog's lock held. @return null where nothing is worth while */
    private Segment choose(Collection<Segment> all) {
        Segment best = null;
        double bestShare = 2;
        long total = 0;
        long live = 0;
        boolean anyStale = all.stream().anyMatch(s -> s.stale);
        for (Segment segment : all) {
            if (!segment.sealed) {
                continue;
            }
            long size = Math.max(1, segment.end - Segment.HEADER);
            total += size;
            live += segment.live;
            if (segment.damaged > 0 || isInVain(segment, all)) {
                continue;
            }
            if (segment.stale) {
                return segment;
            }
            double share = (segment.live + neededRemovals(segment, anyStale)) / (double) size;
            if (share < bestShare) {
                best = segment;
                bestShare = share;
            }
        }
        boolean tooLarge = total > 2 * live + 4L * options.segmentBytes();
        return best != null && (best.live == 0 && bestShare < 0.25 || tooLarge && bestShare < 0.9) ? best : null;
    }

    /** What could not be copied is needed still. */
    private boolean isInVain(Segment segment, Collection<Segment> all) {
        return segment.leftBehind == segment.live && (segment.live > 0 || neededRemovals(segment, isAnyStale(all, segment)) > 0);
    }

    private static boolean isAnyStale(Collection<Segment> all, Segment besides) {
        return all.stream().anyMatch(s -> s.stale && s != besides);
    }

    /** Bytes. */
    private long neededRemovals(Segment segment, boolean anyStale) {
        long count = 0;
        for (var entry : segment.removals.entrySet()) {
            if (anyStale || entry.getKey() != segment.number && segments.exists(entry.getKey())) {
                count += entry.getValue();
            }
        }
        return count * REMOVAL_BYTES;
    }

    /** One record that cannot be read keeps its segment, and must not keep all others. A removal as well, of which nothing counts as live: without it a later start would find its message again. */
    private void clean(Segment victim) throws IOException {
        boolean anyStale = catalog.withLock(all -> isAnyStale(all, victim));
        boolean toCopy = catalog.withLock(all -> victim.live > 0 || neededRemovals(victim, anyStale) > 0);
        boolean whole = !toCopy || copy(victim, anyStale);
        boolean stays = catalog.withLock(all -> {
            boolean left = !whole || victim.live > 0;
            victim.leftBehind = left ? victim.live : -1;
            return left;
        });
        if (!stays) {
            segments.delete(victim);
        }
    }

    /** @return false where something had to be left behind */
    private boolean copy(Segment victim, boolean anyStale) throws IOException {
        Contents contents = Hint.read(segments.directory, victim.number, segments.salt, victim.channel.size());
        if (contents == null) {
            contents = new Scan(victim.channel, victim.number, records, options.disk()).run().contents;
        }
        CompletableFuture<Void> last = null;
        boolean whole = true;
        int bytes = 0;
        for (int i = 0; i < contents.size; i++) {
            if (!isNeeded(contents, i, victim, anyStale)) {
                continue;
            }
            byte[] record = record(victim, contents, i);
            if (record == null) {
                whole = false;
                continue;
            }
            last = writer.add(new Op.Move(contents.type(i), contents.flags(i), contents.sequence(i), victim.number, contents.offset(i), record, contents.home(i),
                    new Op.Place()), true);
            bytes += record.length;
            if (bytes >= PORTION) {
                await(last);
                last = null;
                bytes = 0;
            }
        }
        if (last != null) {
            await(last);
        }
        return whole;
    }

    /** @return null where it has to be left behind */
    private byte[] record(Segment victim, Contents contents, int i) {
        byte[] record;
        try {
            record = reader.readAt(victim.number, contents.offset(i), contents.length(i));
        } catch (IOException e) {
            // A bad spot may be read another time.
            options.log().warning("queue store: " + victim.path + ": byte " + contents.offset(i) + ": " + Troubles.text(e) + "; the segment stays");
            return null;
        }
        if (record != null && records.isValid(record, 0, record.length, victim.number)) {
            return record;
        }
        Entry entry = catalog.find(contents.sequence(i));
        if (entry != null && contents.type(i) == Records.MESSAGE) {
            catalog.damaged(entry);
        }
        return null;
    }

    private boolean isNeeded(Contents contents, int i, Segment victim, boolean anyStale) {
        return switch (contents.type(i)) {
            case Records.MESSAGE, Records.STATE -> catalog.isNeeded(contents.type(i), contents.sequence(i), victim.number, contents.offset(i));
            case Records.REMOVE -> anyStale || contents.home(i) != victim.number && segments.exists(contents.home(i));
            default -> false;
        };
    }

    /** What a later start must know of a segment: not the messages that are gone. All removals stay: a copy of their message may be anywhere below. */
    Contents onlyNeeded(Contents contents, Segment segment) {
        var needed = new Contents();
        needed.end = contents.end;
        for (int i = 0; i < contents.size; i++) {
            byte type = contents.type(i);
            boolean keep = type == Records.REMOVE || (type == Records.MESSAGE || type == Records.STATE) && catalog.isPlacedAt(type, contents.sequence(i), segment.number, contents.offset(i));
            if (keep) {
                needed.add(type, contents.flags(i), contents.queue(i), contents.warned(i) ? 1 : 0, contents.offset(i), contents.length(i), contents.home(i),
                        contents.sequence(i), contents.time(i));
            }
        }
        return needed;
    }

    private static void await(CompletableFuture<Void> promise) throws IOException {
        try {
            promise.get(120, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("copying live records: " + Troubles.text(e.getCause() == null ? e : e.getCause()), e);
        } catch (InterruptedException e) {
            throw new IOException("interrupted while copying live records", e);
        }
    }
}
