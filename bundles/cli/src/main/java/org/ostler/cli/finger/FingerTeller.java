// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.finger;

import java.util.function.Consumer;
import org.ostler.smtp.client.FingerEvent;

/** Tells of what happens while a destination is looked at. On one thread. */
public interface FingerTeller extends Consumer<FingerEvent> {

    /** A line of the mail server's own log, or of the program. */
    void info(String text);

    void warning(String text);

    /** Hears of every DNS answer. */
    Consumer<WatchedDns.Heard> dns();

    /** What follows is a further session with the same host. */
    void nextPass();

    /** Nothing follows. */
    void end();
}
