// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.List;
import org.ostler.mail.model.Recipient;

/** One delivery to be made: recipients of one message that share transport and next hop. State is guarded by the scheduler's lock. */
final class Job {

    enum State { WAITING, RUNNING, OVER }

    final ActiveMessage message;
    final Lane lane;
    /** What concurrency is counted by: the next hop, or the recipient where the transport takes one at a time. */
    final String key;
    final String nextHop;
    final List<Integer> recipients;
    final List<Recipient> addresses;
    State state = State.WAITING;
    Destination destination;

    Job(ActiveMessage message, Lane lane, String key, String nextHop, List<Integer> recipients, List<Recipient> addresses) {
        this.message = message;
        this.lane = lane;
        this.key = key;
        this.nextHop = nextHop;
        this.recipients = recipients;
        this.addresses = addresses;
    }
}
