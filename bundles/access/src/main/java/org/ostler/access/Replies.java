// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.util.Optional;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.model.Reply;

/** Replies in Postfix's form. Pure functions. */
final class Replies {

    /** 451 for a list that is itself wrong. */
    static final Reply SERVER_ERROR = Reply.of(451, "4.3.5", "Server configuration error");

    private Replies() {}

    /** The class of the status follows the code, whatever the administrator wrote. */
    static Reply of(int code, EnhancedStatus status, String text) {
        return new Reply(code, Optional.of(status.as(code / 100)), java.util.List.of(text));
    }

    static Reply of(int code, String status, String text) {
        return of(code, EnhancedStatus.of(status), text);
    }

    static Reply lookupFailure(String name) {
        return Reply.of(451, "4.3.0", "<" + name + ">: Temporary lookup failure");
    }

    static Reply serverError(Subject subject) {
        return Reply.of(451, "4.3.5", subject.rejected("Server configuration error"));
    }

    /** Text that may begin with a status of its own. */
    record Split(EnhancedStatus status, String text) {
        static Split of(String defaultStatus, String text) {
            Optional<EnhancedStatus> own = EnhancedStatus.parse(text);
            return own.map(s -> new Split(s, text.substring(Math.min(text.length(), s.length())).strip()))
                    .orElseGet(() -> new Split(EnhancedStatus.of(defaultStatus), text));
        }
    }

    /**
     * A status about addresses, made to fit what is refused (RFC 3463 section 3.2): a table shared by senders and recipients says x.1.1 of both.
     */
    static EnhancedStatus fit(EnhancedStatus status, Subject.Kind kind) {
        if (status.subject() != 1) {
            return status;
        }
        return switch (kind) {
            case SENDER -> new EnhancedStatus(status.kind(), 1, switch (status.detail()) {
                case 1, 3, 4, 6 -> 7;
                case 2 -> 8;
                case 5 -> 0;
                default -> status.detail();
            });
            case RECIPIENT -> new EnhancedStatus(status.kind(), 1, switch (status.detail()) {
                case 7 -> 3;
                case 8 -> 2;
                default -> status.detail();
            });
            default -> new EnhancedStatus(status.kind(), 0, 0);
        };
    }
}
