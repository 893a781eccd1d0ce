// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.queue;

import java.time.Instant;

/** What becomes of a message with an update. */
public sealed interface Disposition {

    /** Stays where it is: only recipient states change. */
    record Keep() implements Disposition {}

    /** To the deferred queue, not to be tried before {@code due}. */
    record Defer(Instant due) implements Disposition {}

    /** To the hold queue: not tried until released. */
    record Hold() implements Disposition {}

    /** From hold (or from any queue) to deferred, due at once. */
    record Release() implements Disposition {}

    /** Set aside as damaged. */
    record Corrupt(String why) implements Disposition {}

    /** Out of the queue for good. */
    record Remove() implements Disposition {}
}
