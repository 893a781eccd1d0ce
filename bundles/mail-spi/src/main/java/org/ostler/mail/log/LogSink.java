// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.log;

import java.time.Instant;

/**
 * Where log lines go.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> must not: queue the line, drop the oldest and count when the disk cannot follow.
 * <b>Errors</b> none may escape. <b>Nulls</b> none. <b>Lifetime</b> from {@link MailLog#attach} until the returned handle is closed.
 */
@FunctionalInterface
public interface LogSink {

    /**
     * @param when wall clock
     * @param tag  {@code postfix/smtpd}, {@code postfix/submission/smtpd}: what stands before {@code [pid]:}
     * @param text one line without its end, control characters already replaced
     */
    void line(Instant when, Severity severity, String tag, String text);
}
