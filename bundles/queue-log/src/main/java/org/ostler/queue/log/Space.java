// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import java.nio.file.Path;
import org.ostler.mail.queue.QueueException;

/**
 * Whether there is room for new mail.
 *
 * <p>Refused are new messages below the larger of {@code queue_minfree} and one and a half times {@code message_size_limit}, and while the reserve is used up. Removals and
 * deferrals are never refused.
 *
 * <p><b>Threads</b> any; {@link #refresh} on the housekeeper, several times a second.
 */
final class Space {

    private final Path directory;
    private final Options options;
    private final Segments segments;
    private volatile long usable;

    Space(Path directory, Options options, Segments segments) throws IOException {
        this.directory = directory;
        this.options = options;
        this.segments = segments;
        refresh();
    }

    void refresh() throws IOException {
        usable = options.disk().usable(directory);
    }

    /** Bytes that new mail may still use. */
    long free() {
        return segments.isReserveMissing() ? 0 : Math.max(0, usable - options.limits().get().threshold());
    }

    void check() throws QueueException {
        if (free() <= 0) {
            throw new QueueException(QueueException.Kind.FULL, segments.isReserveMissing() ? "the queue's reserve of disk space is in use"
                    : "not enough free space in mail queue: " + usable + " bytes < " + options.limits().get().threshold());
        }
    }
}
