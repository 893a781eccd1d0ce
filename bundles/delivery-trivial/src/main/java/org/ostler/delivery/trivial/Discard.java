// SPDX-License-Identifier: Apache-2.0
package org.ostler.delivery.trivial;

import org.osgi.service.component.annotations.Component;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.delivery.spi.Program;
import org.ostler.mail.delivery.spi.Transport;
import org.ostler.mail.model.EnhancedStatus;

/** Pretends to deliver all recipients; the next hop is the reason that the log shows (discard(8)). <b>Threads</b> any. <b>Blocking</b> no. */
@Component(name = "discard", service = Transport.class)
@Program("discard")
public final class Discard implements Transport {

    private static final EnhancedStatus OK = EnhancedStatus.of("2.0.0");

    @Override
    public DeliveryResult deliver(Delivery delivery) {
        return DeliveryResult.of(delivery.recipients().stream()
                .<Outcome>map(recipient -> new Outcome.Delivered(recipient, OK, delivery.nextHop(), false, "none", Outcome.Timing.NONE)).toList());
    }
}
