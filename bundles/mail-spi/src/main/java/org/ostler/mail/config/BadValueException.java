// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.config;

/** A parameter's value cannot be read; the message is Postfix's, for instance {@code bad numerical value: smtpd_recipient_limit = x}. */
public final class BadValueException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    public BadValueException(String message) {
        super(message);
    }
}
