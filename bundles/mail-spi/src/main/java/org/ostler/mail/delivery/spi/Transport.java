// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.delivery.spi;

import org.osgi.annotation.versioning.ConsumerType;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.delivery.DeliveryResult;

/**
 * Delivers mail. Registered as a service with {@link Program}: the word in the command column of master.cf.
 *
 * <p><b>Threads</b> many at once, each a virtual thread of the queue manager. <b>Blocking</b> allowed, with own deadlines: every delivery must end. <b>Errors</b> are outcomes; an
 * exception defers all recipients and is logged as a bug. <b>Nulls</b> none. <b>Lifetime</b> on deactivation calls in progress are drained by the leases; close pools then.
 */
@ConsumerType
@FunctionalInterface
public interface Transport {

    DeliveryResult deliver(Delivery delivery) throws InterruptedException;
}
