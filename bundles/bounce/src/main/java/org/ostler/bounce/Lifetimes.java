// SPDX-License-Identifier: Apache-2.0
package org.ostler.bounce;

import java.time.Duration;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** Parameters of the queue manager whose values reports mention. Declared there; read here. */
final class Lifetimes extends ParameterSet {

    static final Parameter<Duration> LIFETIME = time("maximal_queue_lifetime", "5d", 'd', "See the queue manager.");
    static final Parameter<Duration> WARNING = time("delay_warning_time", "0h", 'h', "See the queue manager.");

    private Lifetimes() {}
}
