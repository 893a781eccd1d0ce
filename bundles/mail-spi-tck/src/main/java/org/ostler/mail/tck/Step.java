// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.time.Duration;

/** One line of a script, parsed. {@code line} is its number in the source, for messages. */
public sealed interface Step {

    int line();

    /** {@code C:} or {@code R:}: bytes to send, line end included. Sent together with the sends that follow it. */
    record Send(int line, byte[] bytes) implements Step {}

    /** {@code S:}: one expected reply line, or the rest of a reply where the pattern begins {@code NNN-*}. */
    record Expect(int line, LinePattern pattern) implements Step {}

    /** {@code TLS}: handshake now, as client; any certificate is accepted. */
    record StartTls(int line) implements Step {}

    /** {@code WAIT 5m}: time passes. */
    record Wait(int line, Duration time) implements Step {}

    /** {@code GONE}: the server has closed the connection; nothing unread is left. */
    record Gone(int line) implements Step {}

    /** {@code DROP}: the client vanishes, with a reset where the system allows it. */
    record Drop(int line) implements Step {}
}
