// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.util.Iterator;
import java.util.LinkedHashSet;
import org.ostler.mail.queue.Content;

/**
 * The contents that are kept in memory for messages just handed over, up to a bound; the oldest is let go first and read from disk when it is wanted.
 *
 * <p><b>Threads</b> guarded by the {@link Catalog}.
 */
final class HeldMemory {

    private final long bound;
    private final LinkedHashSet<HeldContent> contents = new LinkedHashSet<>();
    private long bytes;

    HeldMemory(long bound) {
        this.bound = bound;
    }

    void add(Content content) {
        if (content instanceof HeldContent held && held.isInMemory() && contents.add(held)) {
            bytes += held.size();
            Iterator<HeldContent> oldest = contents.iterator();
            while (bytes > bound && oldest.hasNext()) {
                HeldContent goes = oldest.next();
                oldest.remove();
                bytes -= goes.size();
                goes.letGo();
            }
        }
    }

    /** The message is no longer in delivery: nothing is counted for it. */
    void release(Content content) {
        if (content instanceof HeldContent held && contents.remove(held)) {
            bytes -= held.size();
        }
    }
}
