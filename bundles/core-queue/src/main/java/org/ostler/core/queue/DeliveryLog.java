// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.util.concurrent.TimeUnit;
import org.ostler.mail.delivery.Outcome;
import org.ostler.mail.model.Recipient;
import org.ostler.smtp.grammar.AddressSyntax;

/**
 * The lines that say what became of mail, in Postfix's form: what operators and pflogsumm read. Pure formatting.
 */
final class DeliveryLog {

    /** Digits of a delay that mean something. */
    private static final int SIGNIFICANT = 2;

    /**
     * Where the time went, in nanoseconds.
     *
     * @param beforeQmgr from arrival until the queue manager took the message
     * @param inQmgr     until a delivery agent got it
     * @param connect    connection setup
     * @param transmit   transmission
     */
    record Delays(long beforeQmgr, long inQmgr, long connect, long transmit) {

        long total() {
            return beforeQmgr + inQmgr + connect + transmit;
        }
    }

    private DeliveryLog() {}

    /**
     * {@code QID: to=<..>, orig_to=<..>, relay=.., conn_use=.., delay=.., delays=a/b/c/d, tls=.., dsn=.., status=.. (text)}.
     *
     * @param status {@code sent}, {@code deferred}, {@code bounced}, {@code SOFTBOUNCE}
     * @param digits delay_logging_resolution_limit
     */
    static String line(String id, Recipient recipient, String relay, Outcome.Timing timing, Delays delays, String dsn, String status, String text, int digits) {
        var out = new StringBuilder(200).append(id).append(": to=<");
        out.append(AddressSyntax.quote(recipient.address())).append('>');
        if (!recipient.original().isNull() && !recipient.original().text().equalsIgnoreCase(recipient.address().text())) {
            out.append(", orig_to=<").append(AddressSyntax.quote(recipient.original())).append('>');
        }
        out.append(", relay=").append(relay);
        if (timing.reuse() > 0) {
            out.append(", conn_use=").append(timing.reuse() + 1);
        }
        out.append(", delay=");
        delay(out, delays.total(), digits);
        out.append(", delays=");
        delay(out, delays.beforeQmgr, digits);
        out.append('/');
        delay(out, delays.inQmgr, digits);
        out.append('/');
        delay(out, delays.connect, digits);
        out.append('/');
        delay(out, delays.transmit, digits);
        if (!timing.tls().isEmpty()) {
            out.append(", tls=").append(timing.tls());
        }
        return out.append(", dsn=").append(dsn).append(", status=").append(status).append(" (").append(text).append(')').toString();
    }

    static String status(Outcome outcome, boolean soft) {
        return switch (outcome) {
            case Outcome.Delivered _ -> "sent";
            case Outcome.Deferred _ -> "deferred";
            case Outcome.Bounced _ -> soft ? "SOFTBOUNCE" : "bounced";
        };
    }

    /** Two significant digits, no more than {@code digits} behind the point, no zeros at the end: {@code 0.02}, {@code 1.2}, {@code 13}. */
    static void delay(StringBuilder out, long nanos, int digits) {
        long micros = Math.max(0, nanos) / 1000;
        int decimals = Math.min(digits, decimals(micros));
        long unit = 1;
        for (int i = decimals; i < 6; i++) {
            unit *= 10;
        }
        long rounded = (micros + unit / 2) / unit;
        long scale = TimeUnit.SECONDS.toMicros(1) / unit;
        out.append(rounded / scale);
        long fraction = rounded % scale;
        if (fraction == 0) {
            return;
        }
        out.append('.');
        for (long place = scale / 10; fraction > 0; place /= 10) {
            out.append((char) ('0' + fraction / place));
            fraction %= place;
        }
    }

    /** Places behind the point down to the second significant digit. */
    private static int decimals(long micros) {
        int digits = 1;
        for (long rest = micros; rest >= 10; rest /= 10) {
            digits++;
        }
        return Math.clamp(6 + SIGNIFICANT - digits, 0, 6);
    }
}
