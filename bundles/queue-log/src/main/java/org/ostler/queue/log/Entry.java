// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import org.ostler.mail.model.QueueId;
import org.ostler.mail.queue.QueueName;

/** What the index knew of one message at one moment. */
record Entry(long sequence, long micros, int segment, int offset, int length, int stateSegment, int stateOffset, int stateLength, long due, int flags) {

    private static final QueueName[] QUEUES = QueueName.values();

    QueueId id() {
        return Ids.of(micros, sequence);
    }

    QueueName queue() {
        return QUEUES[flags & Index.QUEUE];
    }

    boolean is(int flag) {
        return (flags & flag) != 0;
    }
}
