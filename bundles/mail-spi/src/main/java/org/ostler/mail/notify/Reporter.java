// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.notify;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.RecipientState.Reason;
import org.ostler.mail.queue.StoredMessage;

/**
 * Writes delivery status notifications (RFC 3464) and queues them. The service of {@code bounce}.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> until the report is durable. <b>Errors</b> {@link QueueException}: nothing was reported, try again later. <b>Nulls</b> none.
 * NOTIFY, RET, null senders and double bounces are handled here: callers pass every recipient concerned.
 */
@ProviderType
public interface Reporter {

    /** A recipient, by its number, and what happened. */
    record Failure(int recipient, Reason reason) {}

    /**
     * A recipient that was served.
     *
     * @param action {@code delivered}, {@code relayed} or {@code expanded} (RFC 3464 section 2.3.3)
     */
    record Success(int recipient, EnhancedStatus status, String action, String text, String remoteMta) {}

    /** Undeliverable mail: the sender is told, or the postmaster where the rules say so. */
    void failed(StoredMessage message, List<Failure> failures, Settings settings) throws QueueException;

    /** Delay warning: still being retried. */
    void delayed(StoredMessage message, List<Failure> failures, Settings settings) throws QueueException;

    /** Success notification for recipients whose sender asked for one. */
    void delivered(StoredMessage message, List<Success> successes, Settings settings) throws QueueException;
}
