// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.Set;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.queue.RecipientState.Reason;

/** Why mail waits although nobody has tried to deliver it: Postfix's texts. Such a deferral never expires a message. */
final class Reasons {

    static final Reason NO_RESOLVER = Reason.local(EnhancedStatus.of("4.3.0"), "address resolver failure");
    static final Reason DEFERRED_TRANSPORT = Reason.local(EnhancedStatus.of("4.3.2"), "deferred transport");
    static final Reason NO_TRANSPORT = Reason.local(EnhancedStatus.of("4.3.0"), "mail transport unavailable");
    static final Reason TROUBLE = Reason.local(EnhancedStatus.of("4.3.0"), "unknown mail transport error");

    private static final Set<Reason> NO_ATTEMPT = Set.of(NO_RESOLVER, DEFERRED_TRANSPORT, NO_TRANSPORT, TROUBLE);

    private Reasons() {}

    static boolean isNoAttempt(Reason reason) {
        return NO_ATTEMPT.contains(reason);
    }
}
