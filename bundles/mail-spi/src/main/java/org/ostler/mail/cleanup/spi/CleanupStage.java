// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.cleanup.spi;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * One step between a submission and the queue. A service; stages run in the order of their {@code service.ranking}, highest first.
 *
 * <p><b>Threads</b> many messages at once, one thread per message. <b>Blocking</b> allowed (table lookups). <b>Errors</b> {@link CleanupEdit#refuse}; an exception refuses the message
 * with 451 and is logged as a bug. <b>Nulls</b> none. <b>Lifetime</b> dynamic; a message sees the stages that were there when it began.
 */
@ConsumerType
public interface CleanupStage {

    /** Before the first header line: sender and recipients as submitted so far may not be complete. Headers may be added. */
    default void begin(CleanupEdit edit) {}

    /**
     * A complete primary header, folded lines joined by CR LF, without its final CR LF.
     *
     * @return the header to keep (the same object for "unchanged"), or an empty text to drop it
     */
    default String header(CleanupEdit edit, String name, String line) {
        return line;
    }

    /** After the last primary header, before the body: headers may be added at the end. */
    default void endOfHeaders(CleanupEdit edit) {}

    /** After the content: recipients may be changed. */
    default void envelope(CleanupEdit edit) {}
}
