// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.routing;

import org.ostler.mail.model.Address;
import org.ostler.mail.model.EnhancedStatus;

/** What the router says of one recipient. */
public sealed interface Resolution {

    /**
     * @param addressClass of the recipient's domain
     * @param transport    master.cf row name: {@code local}, {@code smtp}, {@code error} ...
     * @param nextHop      domain, {@code [host]:port}, or the text for {@code error}
     * @param recipient    address to deliver to, domain completed
     */
    record Route(AddressClass addressClass, String transport, String nextHop, Address recipient) implements Resolution {}

    /** The address makes no sense: delivered to nobody. */
    record Undeliverable(EnhancedStatus status, String text) implements Resolution {}

    /** A table is not available: wait. */
    record Unavailable(String reason) implements Resolution {}
}
