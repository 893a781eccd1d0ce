// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What operators are told of one table: a lasting trouble once for each reason, failed lookups once a second at most.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> never.
 */
final class Complaints {

    private static final long PAUSE = TimeUnit.SECONDS.toNanos(1);
    private static final int LONGEST_KEY = 100;

    private final String table;
    private final Consumer<String> log;
    private volatile String trouble = "";
    /** Of {@link #trouble}. */
    private volatile String told = "";
    private volatile long next = System.nanoTime();

    Complaints(String table, Consumer<String> log) {
        this.table = table;
        this.log = log;
    }

    /** The failure, or why a changed file is not taken; empty where all is well. */
    String trouble() {
        return trouble;
    }

    void none() {
        trouble = "";
        told = "";
    }

    void goesOn(String why) {
        tell(why, table + " goes on as it was read before: " + why);
    }

    void unavailable(String why) {
        tell(why, why.startsWith("unsupported dictionary type") ? why : table + " is unavailable. " + why);
    }

    /** Again where the old content is gone. */
    private void tell(String why, String line) {
        trouble = why;
        if (!line.equals(told)) {
            told = line;
            log.accept(line);
        }
    }

    void lookup(String key, String reason) {
        long now = System.nanoTime();
        if (now - next >= 0) {
            next = now + PAUSE;
            log.accept(table + " lookup error for \"" + (key.length() > LONGEST_KEY ? key.substring(0, LONGEST_KEY) : key) + "\"" + (reason.isEmpty() ? "" : ": " + reason));
        }
    }
}
