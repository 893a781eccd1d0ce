// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.queue;

import java.util.Map;

/**
 * One atomic change of a stored message: all of it is applied, or nothing.
 *
 * @param states      new states by recipient number; others stay
 * @param disposition what becomes of the message
 * @param delayWarned the delay warning has been sent
 */
public record MessageUpdate(Map<Integer, RecipientState> states, Disposition disposition, boolean delayWarned) {

    public MessageUpdate {
        states = Map.copyOf(states);
    }

    public static MessageUpdate of(Disposition disposition) {
        return new MessageUpdate(Map.of(), disposition, false);
    }
}
