// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.function.BooleanSupplier;

/** Lets a test wait, bounded, until something has become true: whoever changes something says so. */
final class Events {

    private static final long LIMIT = 20_000_000_000L;

    synchronized void happened() {
        notifyAll();
    }

    synchronized void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + LIMIT;
        while (!condition.getAsBoolean()) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("did not happen: " + what);
            }
            try {
                // The condition may depend on something that has no bell of its own; looking again is cheap.
                wait(Math.min(left, 20));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
