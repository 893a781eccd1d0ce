// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.queue.spi;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.osgi.annotation.versioning.ConsumerType;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.MessageUpdate;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;

/**
 * Keeps messages on stable storage.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> as each method says; file I/O runs on the store's own platform threads and is never interrupted. <b>Errors</b> {@link QueueException},
 * always temporary. <b>Nulls</b> none. <b>Lifetime</b> open from activation to deactivation under an exclusive lock on the directory.
 *
 * <p>More than three methods: a store is the one part that few will write and that must not be guessed at; its TCK is long as well.
 */
@ConsumerType
public interface QueueStore {

    /** Begins a message. {@link QueueException.Kind#FULL} where space is short. */
    Draft create() throws QueueException;

    /**
     * Changes a message, whoever has claimed it. Returns at once; the change is visible to later reads immediately and written with the next group. Updates of one
     * message are applied in order. {@link org.ostler.mail.queue.Disposition.Remove} ends its claim; any other disposition but Keep releases it. A message that is not
     * there is not an error: nothing changes.
     *
     * <p>After an exception the change stays in effect and the store goes on trying to write it; only a crash before that undoes it. Only after
     * {@link QueueException.Kind#NOT_TAKEN}, as where a message that nobody has claimed cannot be read at this moment, nothing has changed;
     * that is known when this method returns, for until then it counts as changed.
     *
     * @return completes when the change is on stable storage, or exceptionally with {@link QueueException}; who need not wait ignores it
     */
    CompletionStage<Void> update(QueueId id, MessageUpdate update);

    /** Reads one message with its content; empty where there is none. Reads from disk. */
    Optional<StoredMessage> load(QueueId id) throws QueueException;

    /**
     * Walks over all messages in id order, in bounded memory; a message that comes or goes meanwhile may or may not be seen.
     *
     * @param visitor returns false to end the walk
     */
    void list(Predicate<StoredMessage> visitor) throws QueueException;

    /** Attaches the one queue manager. A second one is refused with {@link IllegalStateException} until the first has closed its claims. */
    Claims attach(ArrivalListener listener);

    /** Bytes that new mail may still use, the reserve for removals, bounces and deferrals already taken off. */
    long freeSpace();

    /** Messages held, by queue; cheap. ACTIVE is always zero. */
    java.util.Map<org.ostler.mail.queue.QueueName, Long> counts();
}
