// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import org.ostler.smtp.client.Failure.DemandFailure;
import org.ostler.smtp.client.Failure.HostFailure;
import org.ostler.smtp.client.Failure.Leaving;
import org.ostler.smtp.client.Failure.LocalFailure;
import org.ostler.smtp.client.Failure.MessageFailure;
import org.ostler.smtp.client.Failure.NoConnection;
import org.ostler.smtp.client.Failure.NoHost;
import org.ostler.smtp.client.Failure.OwnTlsFailure;
import org.ostler.smtp.client.Failure.PolicyFailure;
import org.ostler.smtp.client.Failure.RecipientFailure;
import org.ostler.smtp.client.Failure.SessionLost;
import org.ostler.smtp.client.Failure.TlsFailure;

/**
 * What happens to the recipients that are left, after a failure. The whole policy is here; it is that of Postfix's {@code smtp_trouble.c}, with two additions: a connection that waited in the cache and turns out to
 * be closed costs nothing but a fresh one, and a connection lost behind the end of the message is not followed by another host at once, because the mail may be there already.
 */
final class FailurePolicy {

    /** What follows. */
    enum Aftermath {
        /** Connect anew to the same destination, as if nothing had been. */
        FRESH_CONNECTION,
        /** Connect to the same host again and do without TLS. */
        WITHOUT_TLS,
        /** The recipients that are left go to the next host. */
        NEXT_HOST,
        /** They wait, and the destination counts as down. */
        DEFER_DOWN,
        /** They wait; the destination is well. */
        DEFER,
        BOUNCE
    }

    /**
     * @param hostsLeft another host or next hop can be tried in this delivery
     * @param stale     the session came from the cache and has not said a word in this delivery
     * @param plainToo  TLS is a wish only, the message has waited long enough to do without, and the trouble came with TLS
     */
    record Situation(boolean hostsLeft, boolean stale, boolean plainToo) {}

    private FailurePolicy() {}

    static Aftermath after(Failure failure, Situation now) {
        return switch (failure) {
            case SessionLost lost when now.stale && !lost.timedOut() -> Aftermath.FRESH_CONNECTION;
            case Leaving _ when now.stale                            -> Aftermath.FRESH_CONNECTION;
            case SessionLost lost when lost.dataEnded()              -> Aftermath.DEFER_DOWN;

            case NoHost f                                            -> hostless(f, now);
            case NoConnection _                                      -> now.hostsLeft ? Aftermath.NEXT_HOST : Aftermath.DEFER_DOWN;
            case SessionLost _ when now.plainToo                     -> Aftermath.WITHOUT_TLS;
            case SessionLost _                                       -> now.hostsLeft ? Aftermath.NEXT_HOST : Aftermath.DEFER_DOWN;
            case Leaving _                                           -> now.hostsLeft ? Aftermath.NEXT_HOST : Aftermath.DEFER;
            case TlsFailure _ when now.plainToo                      -> Aftermath.WITHOUT_TLS;
            case TlsFailure _ when now.hostsLeft                     -> Aftermath.NEXT_HOST;
            // With opportunistic TLS every fresh message would say again that the destination is down, and the old ones that may go without would never get their turn.
            case TlsFailure f                                        -> f.optional() ? Aftermath.DEFER : Aftermath.DEFER_DOWN;
            case OwnTlsFailure _                                     -> now.hostsLeft ? Aftermath.NEXT_HOST : Aftermath.DEFER;
            case PolicyFailure _                                     -> now.hostsLeft ? Aftermath.NEXT_HOST : Aftermath.DEFER_DOWN;
            // Every host is asked before mail is returned; and a destination that is well for other mail does not count as down.
            case DemandFailure _ when now.hostsLeft                  -> Aftermath.NEXT_HOST;
            case DemandFailure f                                     -> f.isTemporary() ? Aftermath.DEFER : Aftermath.BOUNCE;
            // A host that refuses to talk, even for good, says nothing about the other hosts.
            case HostFailure _ when now.hostsLeft                    -> Aftermath.NEXT_HOST;
            case HostFailure f                                       -> f.isTemporary() ? Aftermath.DEFER_DOWN : Aftermath.BOUNCE;

            case MessageFailure f when f.isTemporary()               -> now.hostsLeft ? Aftermath.NEXT_HOST : Aftermath.DEFER;
            case RecipientFailure f when f.isTemporary()             -> now.hostsLeft ? Aftermath.NEXT_HOST : Aftermath.DEFER;
            case MessageFailure _                                    -> Aftermath.BOUNCE;
            case RecipientFailure _                                  -> Aftermath.BOUNCE;
            case LocalFailure _                                      -> Aftermath.DEFER;
        };
    }

    private static Aftermath hostless(NoHost failure, Situation now) {
        if (now.hostsLeft) {
            return Aftermath.NEXT_HOST;
        }
        return failure.isTemporary() ? Aftermath.DEFER_DOWN : Aftermath.BOUNCE;
    }
}
