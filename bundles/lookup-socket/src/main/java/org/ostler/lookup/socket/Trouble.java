// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import java.io.IOException;

/** A request got no reply that can be used; the message is the bare reason, which each table words in its way. */
final class Trouble extends IOException {

    private static final long serialVersionUID = 1L;

    enum Kind {
        /** No connection. */
        CONNECT,
        /** The server hung up, or the network did. */
        DISCONNECT,
        /** The time is over. */
        TIMEOUT,
        /** More than the limit. */
        TOO_LONG,
        /** Not what the protocol allows. */
        FORMAT
    }

    final transient Kind kind;

    Trouble(Kind kind, String reason) {
        super(reason);
        this.kind = kind;
    }

    Trouble(Kind kind, String reason, IOException cause) {
        super(reason, cause);
        this.kind = kind;
    }
}
