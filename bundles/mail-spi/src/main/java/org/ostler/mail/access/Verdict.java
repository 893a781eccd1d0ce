// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.access;

import org.ostler.mail.model.Reply;

/** What the restriction lists say of a command. */
public sealed interface Verdict {

    /** Nothing against it. */
    record Ok() implements Verdict {}

    /**
     * Refused with a reply for the client.
     *
     * @param reply      4xx or 5xx, {@code <addr>: Recipient address rejected: ...} and the like, complete
     * @param logText    what stands in the {@code NOQUEUE: reject:} line, without the session details
     * @param disconnect 421 and 521 actions end the session
     */
    record Refuse(Reply reply, String logText, boolean disconnect) implements Verdict {}

    Ok OK = new Ok();
}
