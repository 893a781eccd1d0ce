// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

/**
 * How many deliveries at once one destination is trusted with: Postfix's concurrency feedback (SCHEDULER_README, "concurrency scheduler").
 *
 * <h2>Description</h2>
 * A delivery that reached the destination is a success, whatever became of its recipients; a failure is a connection or handshake that did not come about.
 * Successes add g(N) until they make up a whole step, which comes at the end of the sum; failures subtract f(N), and the step down comes at its start, so
 * that overload is answered at once. Apart from that, each failure counts 1/N of a cohort; as many failed cohorts in a row as allowed make the destination
 * dead. Confined to the scheduler's lock. Arithmetic only: who calls decides on timers.
 */
final class Window {

    /** Sums of thirds and tenths must still reach their whole numbers. */
    private static final double ROUNDING = 1e-9;

    private int size;
    private double success;
    private double failure;
    private double failedCohorts;
    private boolean dead;

    Window(LaneLimits limits) {
        size = limits.initialConcurrency();
    }

    int size() {
        return dead ? 0 : size;
    }

    boolean isDead() {
        return dead;
    }

    /** @param busy deliveries in progress, this one included */
    void succeeded(LaneLimits limits, int busy) {
        failedCohorts = 0;
        if (dead) {
            revive(limits, busy);
            return;
        }
        int most = limits.concurrencyLimit();
        boolean belowLimit = most == 0 || size < most;
        // Far above what is in use, growth would only delay the effect of a later failure.
        if (!belowLimit || size >= busy + limits.initialConcurrency()) {
            return;
        }
        success += limits.positive().at(size);
        while (success + ROUNDING >= 1) {
            size++;
            success -= 1;
            failure = 0;
        }
        if (most > 0 && size > most) {
            size = most;
        }
    }

    /** @return true where this failure makes the destination dead */
    boolean failed(LaneLimits limits) {
        if (dead) {
            return false;
        }
        failedCohorts += 1.0 / size;
        // The limit itself is enough: qmgr declares a destination dead after exactly one failed cohort, its README says "more than".
        if (limits.failedCohortLimit() > 0 && failedCohorts + ROUNDING >= limits.failedCohortLimit()) {
            dead = true;
            return true;
        }
        failure -= limits.negative().at(size);
        while (failure + ROUNDING < 0) {
            size--;
            failure += 1;
            success = 0;
        }
        if (size < 1) {
            size = 1;
        }
        return false;
    }

    /** Back from the dead: its best concurrency is anyone's guess. */
    void revive(LaneLimits limits, int busy) {
        dead = false;
        size = busy > 0 ? busy : limits.initialConcurrency();
        success = 0;
        failure = 0;
        failedCohorts = 0;
    }
}
