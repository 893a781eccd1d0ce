// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.delivery;

import java.util.List;
import java.util.Optional;
import org.ostler.mail.config.Settings;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.queue.StoredMessage;

/**
 * One job: this message, to these recipients, by this next hop.
 *
 * @param message    with content
 * @param transport  name of the master.cf row: {@code smtp}, {@code relay}, {@code slow}; prefix of {@code <transport>_} parameters
 * @param nextHop    as resolved: a domain, {@code [host]:port}, {@code unix:/path}, or the text behind {@code error:}
 * @param recipients numbers into {@code message.envelope().recipients()}; at least one
 * @param addresses  where to deliver each of them, same order; may differ from the envelope's where the router rewrote it
 * @param settings   main.cf under the row's {@code -o} layer
 * @param row        the master.cf row, for arguments such as pipe's; empty in tests
 */
public record Delivery(StoredMessage message, String transport, String nextHop, List<Integer> recipients, List<Recipient> addresses,
                       Settings settings, Optional<ServiceRow> row) {

    public Delivery {
        recipients = List.copyOf(recipients);
        addresses = List.copyOf(addresses);
        if (recipients.isEmpty() || recipients.size() != addresses.size()) {
            throw new IllegalArgumentException(recipients.size() + " recipients, " + addresses.size() + " addresses");
        }
    }
}
