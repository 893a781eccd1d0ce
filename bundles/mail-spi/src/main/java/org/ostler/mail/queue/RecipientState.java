// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.queue;

import java.util.Optional;
import org.ostler.mail.model.EnhancedStatus;

/** How far the delivery to one recipient has come. */
public sealed interface RecipientState {

    /** Still to be delivered; with the reason of the last deferral, if there was one, as mailq shows it. */
    record Pending(Optional<Reason> lastDeferral) implements RecipientState {}

    /** Undeliverable, and the sender has not been told yet: the message must not be removed. */
    record Failed(Reason reason) implements RecipientState {}

    /** Delivered, or the sender has been told, or nobody wants to be told. */
    record Done() implements RecipientState {}

    /**
     * Why, in the terms of a delivery status report (RFC 3464).
     *
     * @param status         4.x.x or 5.x.x
     * @param text           one line for log, mailq and the report's first part
     * @param remoteMta      host that said it, {@code mx.example.org}; empty where the trouble is local
     * @param diagnosticType {@code smtp}, {@code x-unix}, {@code X-Postfix}
     * @param diagnostic     text of Diagnostic-Code, for instance {@code 550 5.1.1 No such user}
     */
    record Reason(EnhancedStatus status, String text, String remoteMta, String diagnosticType, String diagnostic) {

        public static Reason local(EnhancedStatus status, String text) {
            return new Reason(status, text, "", "X-Postfix", text);
        }
    }

    Pending FRESH = new Pending(Optional.empty());
    Done DONE = new Done();
}
