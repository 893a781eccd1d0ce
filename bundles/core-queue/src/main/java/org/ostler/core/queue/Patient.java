// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;

/**
 * A leased neighbour that is waited for once: while it stays away, later callers learn so at once instead of queueing up behind each other's patience.
 *
 * <p><b>Threads</b> any.
 */
final class Patient<T> {

    /** How long after a vain wait nobody waits again. */
    static final Duration RESIGNED = Duration.ofSeconds(30);

    private final Leased<T> leased;
    private final LongSupplier ticker;
    private volatile boolean vain;
    private volatile long vainAt;

    Patient(Leased<T> leased, LongSupplier ticker) {
        this.leased = leased;
        this.ticker = ticker;
    }

    Leased<T> leased() {
        return leased;
    }

    Leased<T>.Lease acquire() throws UnavailableException {
        try {
            boolean resigned = vain && ticker.getAsLong() - vainAt < RESIGNED.toNanos();
            Leased<T>.Lease lease = resigned ? leased.acquire(Duration.ZERO) : leased.acquire();
            vain = false;
            return lease;
        } catch (UnavailableException e) {
            if (!vain) {
                vainAt = ticker.getAsLong();
                vain = true;
            } else if (ticker.getAsLong() - vainAt >= RESIGNED.toNanos()) {
                vainAt = ticker.getAsLong();
            }
            throw e;
        }
    }
}
