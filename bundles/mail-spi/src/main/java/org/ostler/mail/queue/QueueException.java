// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.queue;

/** The store cannot do it now: temporary trouble, answered with 4xx or a deferral. */
public final class QueueException extends Exception {

    /** What a caller does differently. */
    public enum Kind {
        /** No space for new mail: 452 4.3.1. */
        FULL,
        /** I/O error or store going away: 451 4.3.0. */
        UNAVAILABLE,
        /** A change was not taken: nothing is different, and whoever wanted it must offer it again. */
        NOT_TAKEN
    }

    private static final long serialVersionUID = 1L;
    private final Kind kind;

    public QueueException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public QueueException(Kind kind, String message) {
        this(kind, message, null);
    }

    public Kind kind() {
        return kind;
    }
}
