// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.Content;
import org.ostler.mail.queue.RecipientState;

/**
 * A message whose envelope and states are in memory: it is claimed, or a change of it is not on disk yet. Bounded by what the queue manager claims.
 *
 * <p><b>Threads</b> guarded by the {@link Catalog}.
 */
final class Live {

    final long sequence;
    final QueueId id;
    final Envelope envelope;
    final Instant arrival;
    final Content content;
    List<RecipientState> states;
    /** Why it is corrupt; empty otherwise. */
    String why = "";
    /** Waits to be written; takes the newest states along when its turn comes. */
    Op.State queued;
    /** Completes when {@link #queued} was written. */
    CompletableFuture<Void> queuedIn;
    /** State records on their way to the disk. */
    int pending;

    Live(long sequence, QueueId id, Envelope envelope, Instant arrival, Content content, List<RecipientState> states) {
        this.sequence = sequence;
        this.id = id;
        this.envelope = envelope;
        this.arrival = arrival;
        this.content = content;
        this.states = states;
    }
}
