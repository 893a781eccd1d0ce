// SPDX-License-Identifier: Apache-2.0
package org.ostler.bounce;

import java.time.Instant;
import java.util.List;
import org.ostler.mail.config.Settings;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.model.Recipient;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.queue.StoredMessage;

/**
 * One notification to be written.
 *
 * @param kind     which text
 * @param copy     for the postmaster: without the text, from the double bounce sender
 * @param from     envelope sender
 * @param to       envelope recipient
 * @param message  that it is about
 * @param entries  recipients it is about, in order
 * @param returned how much of the message goes with it
 * @param now      Date, boundary
 */
record Report(Kind kind, boolean copy, Address from, Address to, StoredMessage message, List<Entry> entries, Returned returned, Settings settings, Instant now) {

    enum Kind {
        FAILURE("failure_template", "Undelivered Message", "non-delivery notification"),
        DELAY("delay_template", "Undelivered Message", "delay notification"),
        SUCCESS("success_template", "Message", "delivery status notification");

        /** Name in bounce(5). */
        final String template;
        /** Content-Description of the message that goes with it. */
        final String description;
        /** As the log says it. */
        final String words;

        Kind(String template, String description, String words) {
            this.template = template;
            this.description = description;
            this.words = words;
        }
    }

    enum Returned { MESSAGE, HEADER }

    /**
     * One recipient.
     *
     * @param action         RFC 3464 section 2.3.3
     * @param text           for people
     * @param remoteMta      empty for "none"
     * @param diagnosticType {@code smtp}, {@code X-Postfix}
     */
    record Entry(Recipient recipient, String action, EnhancedStatus status, String text, String remoteMta, String diagnosticType, String diagnostic) {}

    /** A report about mail that asked for TLS asks for it as well, unless it is redacted (RFC 8689 section 5); then it arrives also where the way back has no REQUIRETLS. */
    TlsRequest tls() {
        boolean secret = message.envelope().tls() == TlsRequest.REQUIRED && !settings.get(BounceParameters.REQUIRETLS_REDACT_DSN);
        return secret ? TlsRequest.REQUIRED : TlsRequest.UNSPECIFIED;
    }

    /** Whether the report says {@code TLS-Required: no}, as its message did: the trouble it tells of may be the same that would keep it back. */
    boolean isTlsWaived() {
        return message.envelope().tls() == TlsRequest.NOT_REQUIRED && settings.get(BounceParameters.TLS_REQUIRED_ENABLE);
    }

    /** Reports about internationalised mail are internationalised themselves (RFC 6533). */
    boolean isUtf8() {
        return message.envelope().smtpUtf8();
    }
}
