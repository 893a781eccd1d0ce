// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.delivery;

import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.queue.RecipientState.Reason;

/** What became of one recipient. */
public sealed interface Outcome {

    /** Number into the envelope's recipients. */
    int recipient();

    /** {@code relay=} of the log line: {@code mx.example.org[192.0.2.1]:25}, {@code local}, {@code none}. */
    String relay();

    /** Time spent, for {@code delays=}. */
    Timing timing();

    /**
     * Delivered, or handed to a host that took responsibility.
     *
     * @param status  2.x.x
     * @param text    what stands in parentheses behind {@code status=sent}
     * @param relayed true where the next host announced DSN, so that it and not we report success (RFC 3461 section 6)
     */
    record Delivered(int recipient, EnhancedStatus status, String text, boolean relayed, String relay, Timing timing) implements Outcome {}

    record Deferred(int recipient, Reason reason, String relay, Timing timing) implements Outcome {}

    record Bounced(int recipient, Reason reason, String relay, Timing timing) implements Outcome {}

    /**
     * @param connectNanos  connection setup: DNS, TCP, TLS, EHLO
     * @param transmitNanos from MAIL FROM to the last reply
     * @param reuse         how often the connection was used before, for {@code conn_use=}; 0 for a fresh one
     * @param tls           what {@code tls=} says (smtp_log_tls_feature_status): {@code none}, {@code verified} ...; empty where nothing is logged
     */
    record Timing(long connectNanos, long transmitNanos, int reuse, String tls) {
        public static final Timing NONE = new Timing(0, 0, 0);

        public Timing(long connectNanos, long transmitNanos, int reuse) {
            this(connectNanos, transmitNanos, reuse, "");
        }
    }
}
