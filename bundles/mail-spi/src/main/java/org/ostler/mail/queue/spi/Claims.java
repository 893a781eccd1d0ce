// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.queue.spi;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;

/**
 * The queue manager's hold on messages: each message is claimed by at most one manager at a time, so that no two deliver it.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> scans read the index, and envelopes from disk. <b>Errors</b> {@link QueueException}. <b>Nulls</b> none.
 * <b>Lifetime</b> {@link #close} gives all claims back; the messages are then to be found by the next manager's scans.
 */
@ConsumerType
public interface Claims extends AutoCloseable {

    /** Claims up to {@code limit} unclaimed incoming messages, oldest first. */
    List<StoredMessage> incoming(int limit) throws QueueException;

    /** Claims up to {@code limit} unclaimed deferred messages with {@code due <= now}, the longest due first. */
    List<StoredMessage> due(Instant now, int limit) throws QueueException;

    /** When the next unclaimed deferred message falls due; empty where there is none. */
    Optional<Instant> nextDue() throws QueueException;

    /** Claims one message whatever its due time, not one on hold or corrupt; empty where it is claimed already or does not exist. */
    Optional<StoredMessage> claim(QueueId id) throws QueueException;

    /** Gives one message back unchanged. */
    void release(QueueId id);

    @Override
    void close();
}
