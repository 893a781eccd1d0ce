// SPDX-License-Identifier: Apache-2.0
package org.ostler.pipe;

import java.util.Map;
import java.util.Optional;
import org.ostler.mail.model.EnhancedStatus;
import org.ostler.mail.queue.RecipientState.Reason;

/** What a command's exit status means (sysexits(3)): the temporary ones defer, the others bounce. An enhanced status at the start of what it printed comes before that (pipe(8), DIAGNOSTICS). Pure. */
final class ExitStatus {

    private record Meaning(String status, String text) {}

    private static final Map<Integer, Meaning> SYSEXITS = Map.ofEntries(Map.entry(64, new Meaning("5.3.0", "command line usage error")), Map.entry(65, new Meaning("5.6.0", "data format error")),
            Map.entry(66, new Meaning("5.3.0", "cannot open input")), Map.entry(67, new Meaning("5.1.1", "user unknown")), Map.entry(68, new Meaning("5.1.2", "host name unknown")),
            Map.entry(69, new Meaning("5.3.0", "service unavailable")), Map.entry(70, new Meaning("5.3.0", "internal software error")), Map.entry(71, new Meaning("4.3.0", "system resource problem")),
            Map.entry(72, new Meaning("5.3.0", "critical OS file missing")), Map.entry(73, new Meaning("5.2.0", "can't create user output file")), Map.entry(74, new Meaning("5.3.0", "input/output error")),
            Map.entry(75, new Meaning("4.3.0", "temporary failure")), Map.entry(76, new Meaning("5.5.0", "remote error in protocol")), Map.entry(77, new Meaning("5.7.0", "permission denied")),
            Map.entry(78, new Meaning("5.3.5", "local configuration error")));

    private static final int SIGNAL = 128;
    private static final int MOST_SIGNALS = 64;
    private static final int NOT_STARTED = 126;

    private ExitStatus() {}

    /** Whether setpriv(1) says that it could not become the user, or not start the command: then no command has spoken. */
    static boolean isNotStarted(int exit) {
        return exit == NOT_STARTED || exit == NOT_STARTED + 1;
    }

    /** @param output what the command printed; "4.2.1 text" defers whatever the exit status is, "5.1.1 text" bounces. A command that was killed was not asked */
    static Reason reason(int exit, String command, String output) {
        String tail = output.isEmpty() ? "" : ". Command output: " + output;
        if (exit > SIGNAL && exit <= SIGNAL + MOST_SIGNALS) {
            // Killed, by an operator, a shutdown or for want of memory: that says nothing about the mail. The JDK shows it as the shell does.
            String text = "Command died with signal " + (exit - SIGNAL) + ": \"" + command + "\"" + tail;
            return new Reason(EnhancedStatus.of("4.3.0"), text, "", "x-unix", output.isEmpty() ? text : output);
        }
        Optional<EnhancedStatus> said = EnhancedStatus.parse(output).filter(s -> s.isTemporary() || s.isPermanent());
        if (said.isPresent()) {
            String text = output.indexOf(' ') < 0 ? output : output.substring(output.indexOf(' ') + 1).strip();
            return new Reason(said.get(), text, "", "x-unix", text);
        }
        Meaning known = SYSEXITS.get(exit);
        EnhancedStatus status = EnhancedStatus.of(known == null ? "5.3.0" : known.status);
        String text = known == null ? "Command died with status " + exit + ": \"" + command + "\"" + tail : known.text + tail;
        return new Reason(status, text, "", "x-unix", output.isEmpty() ? text : output);
    }
}
