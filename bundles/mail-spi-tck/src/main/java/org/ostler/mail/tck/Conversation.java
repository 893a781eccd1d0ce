// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Plays SMTP scripts against a server.
 *
 * <p>Each {@link #plays} is a connection of its own; {@link #greeted()} gives a conversation that has said EHLO before the script
 * starts. Client lines that follow each other are sent in one piece, as a pipelining client would, and answers are read only
 * where the script expects them. At the end of a script that did not say {@code GONE} or {@code DROP} the server must have nothing more to
 * say: an unexpected further reply that has arrived is a failure, the connection is then closed.
 *
 * <p><b>Threads</b> immutable; several threads may play at once. <b>Blocking</b> each read ends after {@link #deadline}, a whole script
 * after twenty times that. <b>Errors</b> {@link AssertionError} with the whole transcript, {@code >} for what was sent and {@code <} for what
 * came back.
 */
public final class Conversation {

    private static final Duration LONGEST_REAL_WAIT = Duration.ofSeconds(15);

    private final InetSocketAddress server;
    private final Duration deadline;
    private final Consumer<Duration> clock;
    private final List<String> opening;

    private Conversation(InetSocketAddress server, Duration deadline, Consumer<Duration> clock, List<String> opening) {
        this.server = server;
        this.deadline = deadline;
        this.clock = clock;
        this.opening = opening;
    }

    public static Conversation with(String host, int port) {
        return with(new InetSocketAddress(host, port));
    }

    /** A conversation with the server at an address; 20 s for each reply until {@link #deadline(Duration)} says otherwise. */
    public static Conversation with(InetSocketAddress server) {
        return new Conversation(server, Duration.ofSeconds(20), Conversation::reallyWait, List.of());
    }

    /** How long one reply line may take, in real time. */
    public Conversation deadline(Duration deadline) {
        return new Conversation(server, deadline, clock, opening);
    }

    /** What {@code WAIT} does: moves the fake clock of the server under test. Without this it waits in real time, 15 s at most. */
    public Conversation waiting(Consumer<Duration> clock) {
        return new Conversation(server, deadline, clock, opening);
    }

    /** A conversation in which the greeting has been read and EHLO answered before the script begins. */
    public Conversation greeted() {
        return new Conversation(server, deadline, clock,
                List.of("S: 220 *", "C: EHLO client.example.test", "S: 250-*"));
    }

    /** Plays a script given as text, one step a line. */
    public void plays(String script) {
        plays(Script.parse(script));
    }

    /** Plays a script on a new connection; returns when it ended as written. */
    public void plays(Script script) {
        Transcript transcript = new Transcript(script.title() + " with " + server);
        try (Wire wire = new Wire(server, deadline, transcript)) {
            for (Step step : ScriptParser.parse("opening", opening, 1).steps()) {
                play(step, wire);
            }
            for (Step step : script.steps()) {
                play(step, wire);
            }
            wire.expectSilence();
        } catch (IOException e) {
            throw transcript.failure("cannot talk to the server: " + e, e);
        }
    }

    private void play(Step step, Wire wire) throws IOException {
        wire.at(step.line());
        switch (step) {
            case Step.Send send -> wire.send(send.bytes());
            case Step.Expect expect -> expect(expect.pattern(), wire);
            case Step.StartTls _ -> wire.startTls();
            case Step.Wait wait -> {
                wire.flush();
                clock.accept(wait.time());
            }
            case Step.Gone _ -> wire.expectGone();
            case Step.Drop _ -> wire.drop();
        }
    }

    private static void expect(LinePattern pattern, Wire wire) throws IOException {
        String line = wire.readLine(pattern.toString());
        if (!pattern.matches(line) && !(pattern.swallowsRestOfReply() && isLastOf(pattern, line))) {
            throw wire.failure("expected " + pattern);
        }
        if (pattern.swallowsRestOfReply()) {
            while (line.length() > 3 && line.charAt(3) == '-') {
                line = wire.readLine(pattern.toString());
                if (!line.startsWith(pattern.toString().substring(0, 3))) {
                    throw wire.failure("reply code changed within a reply, expected " + pattern);
                }
            }
        }
    }

    /** {@code 250-*} also accepts a reply of which only the last line is left. */
    private static boolean isLastOf(LinePattern pattern, String line) {
        return line.startsWith(pattern.toString().substring(0, 3) + " ");
    }

    private static void reallyWait(Duration time) {
        if (time.compareTo(LONGEST_REAL_WAIT) > 0) {
            throw new IllegalStateException("WAIT of more than " + LONGEST_REAL_WAIT + " needs a clock: Conversation.waiting");
        }
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in WAIT", e);
        }
    }
}

