// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import org.ostler.mail.cleanup.spi.CleanupEdit;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Reply;
import org.ostler.mail.routing.Router;

/** Addresses of the envelope in their full form: {@code joe} is {@code joe@$myorigin}, {@code joe%example.org} perhaps {@code joe@example.org}. <b>Threads</b> any. <b>Blocking</b> a lease of the router. */
final class Completion {

    static final Reply WRITE_ERROR = Reply.of(451, "4.3.0", "Error: queue file write error");

    private final Leased<Router> router;

    Completion(Leased<Router> router) {
        this.router = router;
    }

    /** Most addresses are complete; only the others cost a call of the router. While there is none the message is refused, and the address as it was. */
    Address of(Address address, CleanupEdit message) {
        if (isComplete(address)) {
            return address;
        }
        try {
            return router.<Address, RuntimeException>call(r -> r.rewrite(address, Router.Context.LOCAL, message.settings()));
        } catch (UnavailableException e) {
            message.refuse(WRITE_ERROR, e.getMessage());
            return address;
        }
    }

    private static boolean isComplete(Address address) {
        String local = address.localPart();
        String domain = address.domain();
        return domain.indexOf('.') > 0 && !domain.endsWith(".") && !local.isEmpty() && local.indexOf('%') < 0 && local.indexOf('!') < 0 && local.indexOf('@') < 0;
    }
}
