// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.QueueException;

/**
 * Rebuilds the index from the segments of earlier runs, while new mail is already taken.
 *
 * <p>Segments are read in the order of their numbers, from their index files where there are any; within and across segments the later record counts. Then spool files
 * without a message are deleted, and damaged messages named.
 *
 * <p><b>Threads</b> one platform thread; others wait in {@link #await}. <b>Errors</b> a segment that cannot be read keeps the old mail unavailable; it is tried again.
 */
final class Loader {

    private static final long RETRY_MILLIS = 2_000;
    static final long DEADLINE_MILLIS = 600_000;
    private static final int LARGEST_REMAINS = 16 << 20;

    private final List<Segment> old;
    private final Segments segments;
    private final Catalog catalog;
    private final Spool spool;
    private final Set<String> spoolNames;
    private final Options options;
    private final Records records;
    private final Runnable whenDone;
    private final Thread thread = Thread.ofPlatform().name("queue-log-load").daemon(true).unstarted(this::run);
    /** Records are missing, and nobody knows which: loading thread only. */
    private boolean incomplete;
    private boolean done;
    private boolean closing;

    Loader(List<Segment> old, Segments segments, Catalog catalog, Spool spool, Options options, Runnable whenDone) throws IOException {
        this.old = old;
        this.segments = segments;
        this.catalog = catalog;
        this.spool = spool;
        this.spoolNames = spool.names();
        this.options = options;
        this.records = new Records(segments.salt);
        this.whenDone = whenDone;
    }

    void start(Consumer<Thread> starter) {
        starter.accept(thread);
    }

    synchronized boolean isDone() {
        return done;
    }

    /** Waits until all old mail is known. */
    void await() throws QueueException {
        await(DEADLINE_MILLIS);
    }

    synchronized void await(long millis) throws QueueException {
        long deadline = System.nanoTime() + millis * 1_000_000;
        try {
            while (!done) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (closing || left <= 0) {
                    throw new QueueException(QueueException.Kind.UNAVAILABLE, "the queue is still being read");
                }
                wait(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new QueueException(QueueException.Kind.UNAVAILABLE, "interrupted while the queue is being read");
        }
    }

    private void run() {
        long start = System.nanoTime();
        int next = 0;
        boolean finished = false;
        while (!finished) {
            try {
                while (next < old.size() && !isClosing()) {
                    load(old.get(next));
                    next++;
                }
                finished = true;
            } catch (IOException | RuntimeException | Error e) {
                options.log().error("queue store: cannot read " + old.get(next).path + ": " + Troubles.text(e));
                pause();
            }
            finished |= isClosing();
        }
        if (!isClosing()) {
            finish();
            options.log().info("queue store: " + catalog.index.size() + " messages in " + old.size() + " segments, read in " + (System.nanoTime() - start) / 1_000_000 + " ms");
        }
    }

    private synchronized boolean isClosing() {
        return closing;
    }

    private synchronized void pause() {
        try {
            if (!closing) {
                wait(RETRY_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.interrupted();
        }
    }

    private void load(Segment segment) throws IOException {
        Contents contents = hint(segment);
        segment.hinted = contents != null;
        if (contents == null) {
            Scan scan = new Scan(segment.channel, segment.number, records, options.disk()).run();
            contents = scan.contents;
            segment.torn = List.copyOf(scan.torn);
            for (Scan.Gap gap : scan.unreadable) {
                options.log().error("queue store: " + segment.path + ": cannot be read from byte " + gap.from() + " to " + gap.to() + "; the rest is in use");
                keepAsItIs(segment);
            }
            for (Scan.Gap gap : scan.unknown) {
                setAside(segment, gap);
            }
            incomplete |= !scan.unreadable.isEmpty() || !scan.unknown.isEmpty();
            if (!contents.sealed) {
                // What a killed process wrote may be in memory only; what is built on it must not outlive it.
                options.disk().force(segment.channel);
            }
        }
        segment.end = contents.sealed ? contents.end - Records.FRAME : contents.end;
        segment.sealed = contents.sealed;
        segment.closed = true;
        apply(contents, segment);
    }

    private void apply(Contents c, Segment segment) {
        for (int i = 0; i < c.size; i++) {
            switch (c.type(i)) {
                case Records.MESSAGE -> catalog.found(c.sequence(i), c.time(i), segment, c.offset(i), c.length(i), (c.flags(i) & Records.SPOOLED) != 0,
                        (c.flags(i) & Records.ON_HOLD) != 0, (c.flags(i) & Contents.DAMAGED) != 0);
                case Records.STATE -> catalog.foundState(c.sequence(i), segment, c.offset(i), c.length(i), c.queue(i), c.warned(i), c.time(i));
                case Records.REMOVE -> catalog.foundRemoval(c.sequence(i), c.home(i), segment);
                default -> { }
            }
        }
    }

    /** It is derived: where it cannot be read the segment itself is. */
    private Contents hint(Segment segment) throws IOException {
        long size = segment.channel.size();
        try {
            return Hint.read(segments.directory, segment.number, segments.salt, size);
        } catch (IOException e) {
            options.log().warning("queue store: index of " + segment.path + ": " + Troubles.text(e));
            return null;
        }
    }

    private void keepAsItIs(Segment segment) {
        segment.unreadable = true;
        catalog.withLock(all -> segment.damaged++);
    }

    /** Keeps a copy of bytes that no message can be told from any more. */
    private void setAside(Segment segment, Scan.Gap gap) {
        try {
            copyAside(segment, gap);
        } catch (IOException e) {
            // A full disk, for instance, which only the delivery of the rest will empty.
            options.log().error("queue store: " + segment.path + ": remains from byte " + gap.from() + " to " + gap.to() + " not copied, they stay in their place: " + Troubles.text(e));
            keepAsItIs(segment);
        }
    }

    private void copyAside(Segment segment, Scan.Gap gap) throws IOException {
        options.log().error("queue store: " + segment.path + ": damaged from byte " + gap.from() + " to " + gap.to() + ", no message can be recognised there; set aside in corrupt/");
        Path folder = segments.directory.resolve("corrupt");
        options.disk().createDirectories(folder);
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(LARGEST_REMAINS, gap.to() - gap.from()));
        Disk.readFully(segment.channel, bytes, gap.from());
        try (FileChannel out = options.disk().open(folder.resolve(segment.path.getFileName() + "-" + gap.from()), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            options.disk().write(out, bytes.flip(), 0);
        }
    }

    private void finish() {
        catalog.forgetGhosts();
        try {
            sweep();
        } catch (IOException e) {
            options.log().warning("queue store: spool files could not be checked: " + Troubles.text(e));
        }
        for (Entry entry : catalog.allDamaged()) {
            options.log().error(entry.id() + ": message is damaged on disk (" + Segments.path(segments.directory, entry.segment()) + " byte " + entry.offset()
                    + "), set aside as corrupt");
        }
        synchronized (this) {
            done = true;
            notifyAll();
        }
        whenDone.run();
    }

    /** Spool files without a message go; messages without their file are corrupt. Only files that were there before this run are looked at. */
    private void sweep() throws IOException {
        Set<String> orphans = new HashSet<>(spoolNames);
        Set<Entry> lacking = new HashSet<>();
        catalog.forEachSpooled(entry -> {
            boolean ofThisRun = entry.segment() > (old.isEmpty() ? 0 : old.getLast().number);
            if (!orphans.remove(entry.id().text()) && !ofThisRun) {
                lacking.add(entry);
            }
        });
        lacking.forEach(catalog::damaged);
        // All that may be left of a message whose record is damaged. Its id may be damaged too, but for the sequence.
        Set<Long> damaged = new HashSet<>();
        catalog.allDamaged().forEach(entry -> damaged.add(entry.sequence()));
        orphans.removeIf(name -> QueueId.isValid(name) && damaged.contains(Ids.sequence(new QueueId(name))));
        if (incomplete && !orphans.isEmpty()) {
            options.log().warning("queue store: " + orphans.size() + " spool files without a message are kept, as the log could not be read in full: " + spoolExamples(orphans));
            return;
        }
        for (String name : orphans) {
            spool.sweep(name);
        }
    }

    private static String spoolExamples(Set<String> names) {
        return String.join(" ", names.stream().sorted().limit(5).toList());
    }

    void close() {
        synchronized (this) {
            closing = true;
            notifyAll();
        }
        if (Threads.awaitEnd(thread)) {
            Thread.currentThread().interrupt();
        }
    }
}
