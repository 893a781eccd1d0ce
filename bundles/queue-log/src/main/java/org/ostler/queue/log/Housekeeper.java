// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/**
 * Keeps the log in order beside the writer: prepares the next segment and the reserve, closes segments that are full, writes their index files, has the cleaner run.
 *
 * <p><b>Threads</b> one platform thread of its own, a few times a second. <b>Errors</b> of the disk are logged when they begin and when they end; all is tried again.
 */
final class Housekeeper {

    private static final long PERIOD_MILLIS = 200;

    private final Segments segments;
    private final Catalog catalog;
    private final Writer writer;
    private final Space space;
    private final Cleaner cleaner;
    private final Options options;
    private final Records records;
    private final Thread thread = Thread.ofPlatform().name("queue-log-house").daemon(true).unstarted(this::run);
    private boolean closing;
    private volatile boolean loaded;
    private String lastTrouble = "";

    Housekeeper(Segments segments, Catalog catalog, Writer writer, Space space, Cleaner cleaner, Options options) {
        this.segments = segments;
        this.catalog = catalog;
        this.writer = writer;
        this.space = space;
        this.cleaner = cleaner;
        this.options = options;
        this.records = new Records(segments.salt);
    }

    void start(Consumer<Thread> starter) {
        starter.accept(thread);
    }

    /** All segments of earlier runs are known: they may be closed, cleaned and deleted. */
    void loaded() {
        loaded = true;
    }

    private void run() {
        while (pause()) {
            try {
                tick();
                trouble("");
            } catch (IOException | RuntimeException | Error e) {
                // A moment without memory included: without this thread no space is given back, and none is looked after.
                trouble(Troubles.text(e));
            }
        }
    }

    private void trouble(String text) {
        if (!text.equals(lastTrouble)) {
            lastTrouble = text;
            if (text.isEmpty()) {
                options.log().info("queue store: file operations work again");
            } else {
                options.log().warning("queue store: " + text);
            }
        }
    }

    /** @return false when closing */
    private synchronized boolean pause() {
        try {
            if (!closing) {
                wait(PERIOD_MILLIS);
            }
        } catch (InterruptedException e) {
            // As in the writer: an interrupted thread would close files.
            Thread.interrupted();
        }
        return !closing;
    }

    private void tick() throws IOException {
        space.refresh();
        if (!options.tidy()) {
            return;
        }
        segments.prepare();
        if (segments.isSequenceShort()) {
            writer.roll();
        }
        if (loaded) {
            sealAll();
            writeHints(options.hintAge().toNanos());
            cleaner.run();
        }
    }

    private void sealAll() throws IOException {
        for (Segment segment : segments.all()) {
            if (segment.closed && !segment.sealed) {
                seal(segment);
            }
        }
    }

    /** Cuts what was prepared or never acknowledged, covers what was torn, marks the end, flushes. */
    private void seal(Segment segment) throws IOException {
        if (segment.unreadable) {
            // What could not be read may be there again after the next start: nothing of it is cut.
            return;
        }
        Disk disk = options.disk();
        disk.truncate(segment.channel, segment.end);
        for (Scan.Gap gap : segment.torn) {
            cover(segment, gap);
        }
        var end = new Wire(Records.FRAME);
        records.end(end, Records.begin(end, Records.END, 0, 0, 0), segment.number);
        disk.write(segment.channel, ByteBuffer.wrap(end.bytes, 0, end.at), segment.end);
        disk.force(segment.channel);
        segment.sealed = true;
    }

    private void cover(Segment segment, Scan.Gap gap) throws IOException {
        var fill = new Wire((int) (gap.to() - gap.from()));
        int start = Records.begin(fill, Records.FILL, 0, 0, 0);
        fill.at = (int) (gap.to() - gap.from());
        records.end(fill, start, segment.number);
        options.disk().write(segment.channel, ByteBuffer.wrap(fill.bytes, 0, fill.at), gap.from());
    }

    private void writeHints(long age) throws IOException {
        for (Segment segment : segments.all()) {
            if (segment.sealed && !segment.hinted && System.nanoTime() - segment.closedNanos >= age) {
                writeHint(segment);
            }
        }
    }

    private void writeHint(Segment segment) throws IOException {
        int damaged = catalog.withLock(all -> segment.damaged);
        if (damaged == 0 && segment.acquire()) {
            try {
                Scan scan = new Scan(segment.channel, segment.number, records, options.disk()).run();
                if (scan.unknown.isEmpty() && scan.contents.sealed && !scan.hasDamage()) {
                    Contents needed = cleaner.onlyNeeded(scan.contents, segment);
                    Hint.write(segments.directory, segment.number, segments.salt, segment.channel.size(), needed, options.disk());
                }
            } finally {
                segment.release();
            }
        }
        segment.hinted = true;
    }

    /** Ends the thread; closes what can be closed, so that the next start is quick. Errors are logged: a start after a crash works as well. */
    void close() {
        synchronized (this) {
            closing = true;
            notifyAll();
        }
        if (Threads.awaitEnd(thread)) {
            Thread.currentThread().interrupt();
        }
    }

    /** After the writer has ended. */
    void closeSegments() {
        if (!loaded) {
            return;
        }
        try {
            for (Segment segment : List.copyOf(segments.all())) {
                if (segments.isUnused(segment)) {
                    segments.delete(segment);
                } else if (!segment.sealed) {
                    seal(segment);
                }
            }
            writeHints(Long.MIN_VALUE);
        } catch (IOException | RuntimeException e) {
            options.log().warning("queue store: not closed in order, the next start will scan: " + Troubles.text(e));
        }
    }
}
