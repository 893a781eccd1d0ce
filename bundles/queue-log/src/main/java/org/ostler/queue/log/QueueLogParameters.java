// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** Parameters of the queue store: where it is, and when new mail is refused for lack of space. */
@Component(name = "queue-log-parameters", service = ParameterSet.class)
public final class QueueLogParameters extends ParameterSet {

    public static final Parameter<Long> QUEUE_MINFREE = size("queue_minfree", "0", 0, """
        Free space, in bytes, below which the queue takes no new mail. Zero asks for no more than one and a half times $message_size_limit.""");

    public static final Parameter<Long> MESSAGE_SIZE_LIMIT = size("message_size_limit", "10240000", 0, """
        Largest message, in bytes, envelope included. The queue keeps one and a half times as much space free.""");
}
