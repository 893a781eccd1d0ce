// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import java.time.Instant;
import org.ostler.mail.log.MailLog;

/**
 * Notices when the wall clock jumps against the monotonic one, so that a wrong hardware clock does not bounce the queue.
 *
 * <h2>Description</h2>
 * A jump of more than an hour, either way, is logged and suspends expiry until an operator confirms it with {@code postqueue -f} or the server is restarted.
 * <p><b>Threads</b> any.
 */
final class ClockWatch {

    static final Duration JUMP = Duration.ofHours(1);

    private final Clocks clocks;
    private Instant lastWall;
    private long lastNanos;
    private boolean suspended;

    ClockWatch(Clocks clocks) {
        this.clocks = clocks;
        lastWall = clocks.now();
        lastNanos = clocks.nanos();
    }

    /** Compares the clocks; called at every scan and before every expiry. */
    synchronized void check(MailLog log) {
        Instant wall = clocks.now();
        long nanos = clocks.nanos();
        Duration jump = Duration.between(lastWall, wall).minusNanos(nanos - lastNanos);
        lastWall = wall;
        lastNanos = nanos;
        if (jump.abs().compareTo(JUMP) > 0) {
            suspended = true;
            log.warning("the system clock jumped by " + jump.toSeconds() + " seconds; no mail expires until this is confirmed with postqueue -f or a restart");
        }
    }

    synchronized boolean isExpirySuspended() {
        return suspended;
    }

    synchronized void confirm() {
        suspended = false;
    }
}
