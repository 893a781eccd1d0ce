// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.ostler.control.ControlClient;
import org.ostler.control.ControlClient.Patience;
import org.ostler.control.ControlClient.SilentException;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.config.Settings;
import org.ostler.mail.control.spi.ControlCommand.ControlException;

/**
 * How every command asks the running server, and what it says when there is none or when the caller may not ask.
 *
 * <p><b>Threads</b> one. <b>Blocking</b> until the answer ends, or the server has been silent for too long ({@link Patience}); {@link #knows} bears ten seconds of silence. <b>Errors</b> {@link Terminal.Fatal}: the server's own sentence where it refuses.
 */
final class RunningServer {

    /** Of a check, which is there for servers that are in trouble too. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** What a command does with the server down. */
    @FunctionalInterface
    interface WhileDown {
        /** @return the exit status */
        int run() throws Terminal.Fatal;
    }

    private RunningServer() {}

    /**
     * Which of these words some bundle in the running server knows.
     *
     * @param words names of parameters, {@code engine:NAME} for TLS engines
     * @return empty where no server answers in time, or one that has no such command
     */
    static Optional<Set<String>> knows(Settings settings, Collection<String> words) {
        return knows(settings, words, PATIENCE);
    }

    static Optional<Set<String>> knows(Settings settings, Collection<String> words, Duration patience) {
        var request = new ArrayList<String>(List.of("config.knows"));
        request.addAll(words);
        var known = new HashSet<String>();
        try {
            ControlClient.run(settings.text("queue_directory"), request, known::add, Patience.of(patience));
            return Optional.of(known);
        } catch (ControlException | IOException | BadValueException _) {
            // Whoever may not ask, or has nobody to ask, is told what this program knows.
            return Optional.empty();
        }
    }

    /** For commands that only a running server can answer. */
    static int ask(Instance instance, List<String> request, Consumer<String> out) throws Terminal.Fatal {
        return ask(instance, request, out, 1, () -> {
            throw new Terminal.Fatal("the mail system is not running");
        });
    }

    /**
     * @param out    takes answer lines as they come
     * @param status for the caller's shell, where the request fails
     */
    static int ask(Instance instance, List<String> request, Consumer<String> out, int status, WhileDown down) throws Terminal.Fatal {
        try {
            ControlClient.run(instance.settings().text("queue_directory"), request, out);
            return 0;
        } catch (ControlException | SilentException e) {
            // Silence is not "down": what is done then, on the queue itself for instance, would be done beside a server.
            throw new Terminal.Fatal(status, e.getMessage());
        } catch (IOException nobodyAnswers) {
            instance.requireOwner(status);
            return down.run();
        }
    }
}
