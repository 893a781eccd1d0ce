// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.delivery;

import java.util.List;
import java.util.Optional;
import org.ostler.mail.queue.RecipientState.Reason;

/**
 * The answer to one {@link Delivery}.
 *
 * @param outcomes one per recipient
 * @param siteDown set where the destination as a whole could not be reached (no connection, handshake failed): lowers its concurrency and may declare it dead
 */
public record DeliveryResult(List<Outcome> outcomes, Optional<Reason> siteDown) {

    public DeliveryResult {
        outcomes = List.copyOf(outcomes);
    }

    public static DeliveryResult of(List<Outcome> outcomes) {
        return new DeliveryResult(outcomes, Optional.empty());
    }
}
