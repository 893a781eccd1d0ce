// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.queue;

/** The queue in which a message sits (QSHAPE_README). ACTIVE exists only in the queue manager's memory: on disk such a message is INCOMING or DEFERRED. */
public enum QueueName {
    INCOMING, ACTIVE, DEFERRED, HOLD, CORRUPT;

    /** As operators write it: {@code deferred}. */
    public String text() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
