// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.time.Instant;
import org.ostler.mail.config.Settings;
import org.ostler.mail.queue.StoredMessage;

/** When a message is tried again and when it is given up. Pure functions of its age (qmgr(8), "timing controls"). */
final class Retry {

    private Retry() {}

    /** The next attempt: as far in the future as the message is old, within bounds, so that the waits double. */
    static Instant nextDue(Instant arrival, Instant now, Settings settings) {
        Duration least = settings.get(QmgrParameters.MINIMAL_BACKOFF_TIME);
        Duration most = settings.get(QmgrParameters.MAXIMAL_BACKOFF_TIME);
        Duration age = Duration.between(arrival, now);
        Duration wait = age.compareTo(most) > 0 ? most : age;
        return now.plus(wait.compareTo(least) < 0 ? least : wait);
    }

    static boolean isTooOld(StoredMessage message, Instant now, Settings settings) {
        Duration life = settings.get(QmgrParameters.MAXIMAL_QUEUE_LIFETIME);
        Duration bounces = settings.get(QmgrParameters.BOUNCE_QUEUE_LIFETIME);
        if (message.envelope().sender().isNull() && bounces.compareTo(life) < 0) {
            life = bounces;
        }
        return Duration.between(message.arrival(), now).compareTo(life) >= 0;
    }

    /** Whether the delay warning is due and has not been sent. */
    static boolean isWarningDue(StoredMessage message, Instant now, Settings settings) {
        Duration after = settings.get(QmgrParameters.DELAY_WARNING_TIME);
        return after.isPositive() && !message.delayWarned() && Duration.between(message.arrival(), now).compareTo(after) >= 0;
    }
}
