// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.queue.spi;

import org.osgi.annotation.versioning.ConsumerType;
import org.ostler.mail.queue.StoredMessage;

/**
 * Is offered each message just committed. <b>Threads</b> any. <b>Blocking</b> no. <b>Errors</b> none.
 */
@ConsumerType
@FunctionalInterface
public interface ArrivalListener {

    /** @return true where the listener takes it: the message is then claimed; false leaves it to a later {@link Claims#incoming} scan */
    boolean arrived(StoredMessage message);
}
