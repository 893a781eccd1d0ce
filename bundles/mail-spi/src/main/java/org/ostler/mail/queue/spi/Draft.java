// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.queue.spi;

import java.time.Instant;
import org.osgi.annotation.versioning.ConsumerType;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.QueueException;
import org.ostler.mail.queue.StoredMessage;

/**
 * A message being received. Nothing of it is in the queue before {@link #commit} has returned.
 *
 * <p><b>Threads</b> one at a time. <b>Blocking</b> {@link #write} may wait for the disk once content exceeds what is held in memory; {@link #commit} waits for stable
 * storage. <b>Errors</b> {@link QueueException}; afterwards only {@link #close} is allowed. <b>Nulls</b> none. <b>Lifetime</b> until {@link #close}, which drops what was not committed.
 */
@ConsumerType
public interface Draft extends AutoCloseable {

    /** Unique for ever; known from the start because the Received header carries it. */
    QueueId id();

    /** Appends canonical content (see Content). The array may be reused by the caller. */
    void write(byte[] bytes, int offset, int length) throws QueueException;

    /** Bytes written so far. */
    long size();

    /**
     * Makes message and envelope durable and hands it to the queue manager.
     *
     * <p>On return it is on stable storage. Where an {@link ArrivalListener} is attached it has been offered the message, already claimed for it.
     *
     * <p>A caller that is interrupted gets an exception; the message may be stored all the same, and is then offered as any other.
     *
     * @param onHold put into the hold queue, and offered to nobody
     */
    StoredMessage commit(Envelope envelope, Instant arrival, boolean onHold) throws QueueException;

    @Override
    void close();
}
