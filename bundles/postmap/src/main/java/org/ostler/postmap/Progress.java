// SPDX-License-Identifier: Apache-2.0
package org.ostler.postmap;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A bar on the terminal for a build that takes more than {@link #PATIENCE}: {@code lmdb:x [######          ]  37%}. It is wiped away at the end.
 *
 * <p><b>Threads</b> one. Looks at the clock once in a thousand entries.
 */
final class Progress {

    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(3);
    private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(200);
    private static final int WIDTH = 40;

    private final PrintStream err;
    private final boolean terminal;
    private final LongSupplier nanoTime;
    private final long begin;
    private String title = "";
    private long total;
    private long calls;
    private long shownAt;
    private int width;

    Progress(PrintStream err, boolean terminal, LongSupplier nanoTime) {
        this.err = err;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
        this.begin = nanoTime.getAsLong();
        this.shownAt = begin + PATIENCE - INTERVAL;
    }

    /** @param lines that will be read */
    void begin(String table, long lines) {
        title = table;
        total = Math.max(1, lines);
    }

    void at(long line) {
        if (!terminal || ++calls % 1000 != 0) {
            return;
        }
        long now = nanoTime.getAsLong();
        if (now - shownAt >= INTERVAL) {
            shownAt = now;
            show((int) Math.min(100, 100 * line / total));
        }
    }

    private void show(int percent) {
        int full = percent * WIDTH / 100;
        String text = title + " [" + "#".repeat(full) + " ".repeat(WIDTH - full) + "] " + percent + "%";
        width = Math.max(width, text.length());
        err.print("\r" + text);
        err.flush();
    }

    /** Before anything else is printed. */
    void end() {
        if (width > 0) {
            err.print("\r" + " ".repeat(width) + "\r");
            err.flush();
            width = 0;
        }
    }
}
