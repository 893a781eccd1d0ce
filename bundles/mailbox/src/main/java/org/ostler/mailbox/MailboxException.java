// SPDX-License-Identifier: Apache-2.0
package org.ostler.mailbox;

import org.ostler.mail.model.EnhancedStatus;

/** A mailbox cannot take the message; the status tells whether to try again (4.x.x) or to give up (5.x.x). */
public final class MailboxException extends Exception {

    private static final long serialVersionUID = 1L;
    private final transient EnhancedStatus status;

    public MailboxException(String status, String message) {
        super(message);
        this.status = EnhancedStatus.of(status);
    }

    public MailboxException(String status, String message, Throwable cause) {
        super(message, cause);
        this.status = EnhancedStatus.of(status);
    }

    public EnhancedStatus status() {
        return status;
    }
}
