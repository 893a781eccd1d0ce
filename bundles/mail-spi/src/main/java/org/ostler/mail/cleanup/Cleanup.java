// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.cleanup;

import org.osgi.annotation.versioning.ProviderType;
import org.ostler.mail.config.Settings;
import org.ostler.mail.queue.QueueException;

/**
 * Takes messages into the queue. The service of {@code cleanup}.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> opening does not; see {@link Submission}. <b>Errors</b> {@link QueueException} where the store cannot take mail now.
 */
@ProviderType
public interface Cleanup {

    Submission open(Origin origin, Settings settings) throws QueueException;

    /** Whether there is room for a message at all, so that a client is told before it has named recipients. Does not block. */
    default boolean hasRoom() {
        return true;
    }
}
