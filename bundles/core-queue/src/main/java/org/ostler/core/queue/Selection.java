// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

/**
 * Which waiting job of one transport starts next. The place where another scheduler goes.
 *
 * <p>Called under the scheduler's lock; every method takes constant time and must not search the destinations.
 */
interface Selection {

    /** Something about this destination changed: a job came, its window opened, its pause ended. Called as often as it happens. */
    void stirred(Destination destination);

    /** Starts the next job of a destination whose window has room; null where there is none. */
    Job next();
}
