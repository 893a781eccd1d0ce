// SPDX-License-Identifier: Apache-2.0
package org.ostler.delivery.trivial;

import java.util.Optional;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.delivery.spi.Program;
import org.ostler.mail.delivery.spi.Transport;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.queue.RecipientState.Reason;

/**
 * Bounces all recipients, or defers them where the service is named {@code retry} (error(8)). The next hop is the reason, with an optional enhanced status before it; without one it is 5.0.0 or 4.0.0.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> no.
 */
@Component(name = "error", service = Transport.class)
@Program("error")
public final class ErrorTransport implements Transport {

    private static final String RETRY = "retry";

    @Override
    public DeliveryResult deliver(Delivery delivery) {
        boolean retry = delivery.transport().equals(RETRY);
        Reason reason = reason(delivery.nextHop().strip(), retry ? 4 : 5);
        return DeliveryResult.of(delivery.recipients().stream()
                .<Outcome>map(recipient -> retry ? new Outcome.Deferred(recipient, reason, "none", Outcome.Timing.NONE)
                        : new Outcome.Bounced(recipient, reason, "none", Outcome.Timing.NONE)).toList());
    }

    /** A status of the wrong class is put right: a retry never becomes a bounce by a slip in transport_maps. */
    private static Reason reason(String nextHop, int kind) {
        Optional<EnhancedStatus> status = EnhancedStatus.parse(nextHop);
        String text = status.map(s -> nextHop.substring(s.length()).strip()).orElse(nextHop);
        return Reason.local(status.orElseGet(() -> new EnhancedStatus(kind, 0, 0)).as(kind), text);
    }
}
