// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Bounded waits for what happens in another process. */
final class Eventually {

    private static final Duration LIMIT = Duration.ofSeconds(Integer.getInteger("interop.patience", 60));
    private static final long STEP = Duration.ofMillis(20).toNanos();

    private Eventually() {}

    static void waitFor(BooleanSupplier condition, Supplier<String> otherwise) {
        waitFor(LIMIT, condition, otherwise);
    }

    static void waitFor(Duration limit, BooleanSupplier condition, Supplier<String> otherwise) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + limit.toSeconds() + " s: " + otherwise.get());
            }
            LockSupport.parkNanos(STEP);
        }
    }
}
