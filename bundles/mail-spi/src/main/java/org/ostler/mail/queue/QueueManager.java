// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.queue;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.osgi.annotation.versioning.ProviderType;
import org.ostler.mail.model.QueueId;

/**
 * The operator's verbs on the running queue: what postqueue and postsuper do. The service of {@code core-queue}.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> bounded; changes of a message in delivery take effect when its present deliveries end. <b>Errors</b> {@link QueueException}. <b>Nulls</b> none.
 */
@ProviderType
public interface QueueManager {

    /** A message as mailq shows it: active ones with queue ACTIVE. */
    record Listed(StoredMessage message, QueueName queue) {}

    /** Walks over the queue, active first. */
    void list(Predicate<Listed> visitor) throws QueueException;

    /** postqueue -f: all deferred mail is tried now, dead destinations forgotten. */
    void flushAll();

    /** postqueue -i: one message is tried now. @return whether it exists */
    boolean flush(QueueId id) throws QueueException;

    /** postqueue -s: deferred mail with a recipient in this domain is tried now. @return how many messages */
    int flushSite(String domain) throws QueueException;

    /** postsuper -d. @return whether it existed */
    boolean delete(QueueId id) throws QueueException;

    /** postsuper -h. */
    boolean hold(QueueId id) throws QueueException;

    /** postsuper -H. */
    boolean release(QueueId id) throws QueueException;

    /** postsuper -r: through cleanup again as a new message. @return the new id */
    Optional<QueueId> requeue(QueueId id) throws QueueException;

    /** All ids in the given queues, for {@code ALL deferred} and the like. */
    List<QueueId> ids(java.util.Set<QueueName> queues, int limit) throws QueueException;
}
