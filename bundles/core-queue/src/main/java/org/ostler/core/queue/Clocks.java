// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The two clocks: stored times are wall clock, waits are monotonic.
 *
 * @param wall   for arrival, due, age
 * @param ticker nanoseconds from an arbitrary start, never backwards
 */
record Clocks(InstantSource wall, LongSupplier ticker) {

    static final Clocks SYSTEM = new Clocks(InstantSource.system(), System::nanoTime);

    Instant now() {
        return wall.instant();
    }

    long nanos() {
        return ticker.getAsLong();
    }
}
