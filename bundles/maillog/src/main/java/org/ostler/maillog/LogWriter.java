// SPDX-License-Identifier: Apache-2.0
package org.ostler.maillog;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.ostler.mail.log.LogSink;
import org.ostler.mail.log.Severity;

/**
 * Formats and writes lines on a platform thread of its own.
 *
 * <p><b>Threads</b> {@link #line} any. <b>Blocking</b> {@link #line} never; {@link #close} waits until what is queued is written, at most {@link #CLOSE_SECONDS}. <b>Errors</b> of the target are counted, shown once on
 * standard error, and logged as {@code N log lines were lost} when it works again.
 */
final class LogWriter implements LogSink, AutoCloseable {

    private static final int CAPACITY = 65_536;
    private static final int BATCH = 1024;
    /** How long a first line waits for others: on a busy server a write carries hundreds of lines, and this thread wakes up a hundred times a second at most. */
    private static final long GATHER_MILLIS = 10;
    static final long CLOSE_SECONDS = 5;
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("MMM dd HH:mm:ss", Locale.ROOT);

    private record Entry(Instant when, Severity severity, String tag, String text) {}

    private static final Entry END = new Entry(Instant.EPOCH, Severity.INFO, "", "");

    private final ArrayBlockingQueue<Entry> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong lost = new AtomicLong();
    private final LogTarget target;
    private final String host;
    private final int facility;
    private final String pid = "[" + ProcessHandle.current().pid() + "]: ";
    private final Thread thread;
    private long stampSecond = Long.MIN_VALUE;
    private String stamp = "";
    private boolean complained;

    /** @param facility syslog facility number */
    LogWriter(LogTarget target, String host, int facility) {
        this.target = target;
        this.host = host;
        this.facility = facility;
        this.thread = Thread.ofPlatform().daemon().name("maillog").start(this::run);
    }

    @Override
    public void line(Instant when, Severity severity, String tag, String text) {
        if (!queue.offer(new Entry(when, severity, tag, text))) {
            lost.incrementAndGet();
        }
    }

    private void run() {
        var entries = new ArrayList<Entry>(BATCH);
        var lines = new ArrayList<LogTarget.Line>(BATCH);
        boolean ended = false;
        boolean behind = false;
        while (!ended) {
            try {
                entries.add(queue.take());
                if (!behind) {
                    Thread.sleep(GATHER_MILLIS);
                }
            } catch (InterruptedException e) {
                ended = true;
            }
            queue.drainTo(entries, BATCH - 1);
            behind = entries.size() == BATCH;
            for (Entry entry : entries) {
                if (entry == END) {
                    ended = true;
                } else {
                    lines.add(format(entry));
                }
            }
            write(lines);
            entries.clear();
            lines.clear();
        }
        target.close();
    }

    private void write(List<LogTarget.Line> lines) {
        if (lines.isEmpty()) {
            return;
        }
        long missing = lost.get();
        if (missing > 0) {
            lines.addFirst(format(new Entry(Instant.now(), Severity.WARNING, "postfix/postlogd", missing + " log lines were lost")));
        }
        try {
            target.write(lines);
            lost.addAndGet(-missing);
            complained = false;
        } catch (IOException | RuntimeException e) {
            lost.addAndGet(missing > 0 ? lines.size() - 1L : lines.size());
            if (!complained) {
                System.err.println("postlogd: cannot write the mail log: " + e.getMessage());
                complained = true;
            }
        }
    }

    private LogTarget.Line format(Entry entry) {
        if (entry.when.getEpochSecond() != stampSecond) {
            stampSecond = entry.when.getEpochSecond();
            stamp = STAMP.format(entry.when.atZone(ZoneId.systemDefault())) + " " + host;
        }
        return new LogTarget.Line(facility * 8 + level(entry.severity), stamp, entry.tag + pid + entry.severity.prefix() + entry.text);
    }

    private static int level(Severity severity) {
        return switch (severity) {
            case INFO -> 6;
            case WARNING -> 4;
            case ERROR -> 3;
            case FATAL, PANIC -> 2;
        };
    }

    @Override
    public void close() {
        try {
            boolean queued = queue.offer(END, CLOSE_SECONDS, TimeUnit.SECONDS);
            if (!queued) {
                thread.interrupt();
            }
            thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
