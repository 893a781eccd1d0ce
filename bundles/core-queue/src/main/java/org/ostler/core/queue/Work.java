// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.List;
import java.util.Map;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.queue.RecipientState;
import org.ostler.mail.queue.RecipientState.Reason;

/** What the scheduler has done outside of its lock. Nothing here may throw. */
interface Work {

    /** @param settled outcomes that need no delivery */
    record Plan(List<Job> jobs, List<Outcome> settled) {}

    /**
     * @param siteDown      the destination could not be reached, or null
     * @param transportDown the transport is not there, or null
     */
    record Attempt(List<Outcome> outcomes, Reason siteDown, Reason transportDown) {}

    /** Resolves and groups the recipients that are pending; logs what can be told at once. */
    Plan plan(ActiveMessage message);

    /** Delivers and logs. */
    Attempt deliver(Job job);

    /** Logs that the job was not tried for this reason. */
    List<Outcome> suspend(Job job, Reason reason);

    /** Ends a message's cycle: reports, updates the store; then {@link Scheduler#forget}s it. */
    void finish(ActiveMessage message);

    /** Whether finishing may wait for other bundles. */
    boolean isSlow(ActiveMessage message);

    /** Gives back a claim that came after the message's last update. Under the lock: must not block. */
    void giveBack(ActiveMessage message);

    /** Notes results of a message that is still under way. Under the lock: must not block. */
    void writePart(ActiveMessage message, Map<Integer, RecipientState> done);
}
