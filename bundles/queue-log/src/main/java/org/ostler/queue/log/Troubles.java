// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.io.IOException;
import org.ostler.mail.queue.QueueException;

/** What the disk said, in the two kinds that callers tell apart. */
final class Troubles {

    private Troubles() {}

    static QueueException of(String doing, Throwable e) {
        return new QueueException(isFull(e) ? QueueException.Kind.FULL : QueueException.Kind.UNAVAILABLE, doing + ": " + text(e), e);
    }

    static QueueException closed() {
        return new QueueException(QueueException.Kind.UNAVAILABLE, "queue store is closed");
    }

    /** ENOSPC and EDQUOT; Java keeps only their texts. */
    static boolean isFull(Throwable e) {
        String text = e instanceof IOException && e.getMessage() != null ? e.getMessage() : "";
        return text.contains("No space left on device") || text.contains("Disk quota exceeded");
    }

    /** What was opened in vain. It will be tried again, every few seconds and perhaps for hours: nothing may stay open, the lock above all. @param all in order; null for what was not */
    static void close(Throwable why, AutoCloseable... all) {
        for (AutoCloseable each : all) {
            try {
                if (each != null) {
                    each.close();
                }
            } catch (Exception e) {
                why.addSuppressed(e);
            }
        }
    }

    static String text(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
