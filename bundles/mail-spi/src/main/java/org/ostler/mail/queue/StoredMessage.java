// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.queue;

import java.time.Instant;
import java.util.List;
import org.ostler.mail.model.Envelope;
import org.ostler.mail.model.QueueId;

/**
 * A message as it is in the store at one moment.
 *
 * @param id          queue id
 * @param queue       never ACTIVE
 * @param envelope    as committed; recipients keep their places for life
 * @param states      one per recipient of the envelope, same order
 * @param arrival     wall clock time at which it was accepted; age, back-off and expiry count from here
 * @param due         not to be tried before; {@link Instant#EPOCH} for "at once"
 * @param delayWarned the delay warning was sent
 * @param content     header and body
 */
public record StoredMessage(QueueId id, QueueName queue, Envelope envelope, List<RecipientState> states, Instant arrival, Instant due,
                            boolean delayWarned, Content content) {

    public StoredMessage {
        states = List.copyOf(states);
        if (states.size() != envelope.recipients().size()) {
            throw new IllegalArgumentException(id + ": " + states.size() + " states for " + envelope.recipients().size() + " recipients");
        }
    }

    /** Whether every recipient is settled, so that the message may be removed. */
    public boolean isSettled() {
        return states.stream().allMatch(state -> state instanceof RecipientState.Done);
    }
}
