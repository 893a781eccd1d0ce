// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import org.ostler.mail.model.Reply;

/**
 * What came of a command.
 *
 * @param reply to send
 * @param mark  what it means for the session
 */
record Answered(Reply reply, Mark mark) {

    enum Mark {
        /** Done: the state behind it holds. */
        GOOD,
        /** Not done, and not the client's fault: the state stays. */
        NEUTRAL,
        /** Not done, counted as an error of the client: the state stays. */
        BAD
    }

    static Answered good(Reply reply) {
        return new Answered(reply, Mark.GOOD);
    }

    static Answered neutral(Reply reply) {
        return new Answered(reply, Mark.NEUTRAL);
    }

    static Answered bad(Reply reply) {
        return new Answered(reply, Mark.BAD);
    }

    boolean isGood() {
        return mark == Mark.GOOD;
    }
}
