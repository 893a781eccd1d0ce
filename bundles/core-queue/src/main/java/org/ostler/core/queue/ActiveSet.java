// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.QueueId;

/** The messages in the active queue and what they weigh, held within bounds. Guarded by the scheduler's lock. */
final class ActiveSet {

    /**
     * @param bytes of content in memory
     */
    record Bounds(int messages, int recipients, long bytes) {

        static Bounds of(Settings settings) {
            long bytes = settings.get(QmgrParameters.CONTENT_MEMORY_LIMIT);
            return new Bounds(settings.get(QmgrParameters.ACTIVE_LIMIT), settings.get(QmgrParameters.RECIPIENT_LIMIT),
                    bytes > 0 ? bytes : Runtime.getRuntime().maxMemory() / 8);
        }
    }

    private final Map<QueueId, ActiveMessage> messages = new LinkedHashMap<>();
    private Bounds bounds;
    private long recipients;
    private long bytes;

    ActiveSet(Bounds bounds) {
        this.bounds = bounds;
    }

    void bounds(Bounds now) {
        bounds = now;
    }

    ActiveMessage get(QueueId id) {
        return messages.get(id);
    }

    void add(ActiveMessage message) {
        messages.put(message.id(), message);
        recipients += message.recipients();
        bytes += message.weight;
    }

    void remove(ActiveMessage message) {
        if (messages.remove(message.id(), message)) {
            recipients -= message.recipients();
            bytes -= message.weight;
        }
    }

    /** A message is let in while none of the bounds is reached, however many recipients it has: else a large one would never be. */
    boolean hasRoom() {
        return messages.size() < bounds.messages && recipients < bounds.recipients && bytes < bounds.bytes;
    }

    /** How many deferred messages may come in: a fifth is left to new mail, so that old trouble never shuts it out. */
    int roomForDeferred() {
        boolean light = recipients < bounds.recipients * 4L / 5 && bytes < bounds.bytes;
        return light ? Math.max(0, Math.max(1, bounds.messages * 4 / 5) - messages.size()) : 0;
    }

    int roomForIncoming() {
        return hasRoom() ? bounds.messages - messages.size() : 0;
    }

    /** Enough has gone that a scan is worth while. */
    boolean isDrained() {
        return messages.size() <= bounds.messages / 2 && recipients <= bounds.recipients / 2 && bytes <= bounds.bytes / 2;
    }

    /** Messages at most. */
    int limit() {
        return bounds.messages;
    }

    int size() {
        return messages.size();
    }

    List<ActiveMessage> all() {
        return new ArrayList<>(messages.values());
    }
}
