// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * The first promise: what got its 250 arrives, whatever happens to the process.
 *
 * <p>Under the load of sixteen sessions the server gets SIGKILL at random moments: while it takes and delivers mail, and in some rounds
 * while it still starts. After the last round every accepted message must have come to its Maildir or to the next host, unchanged.
 * A message may come again after a kill (the removal of a delivered message is written, but never waited for); within one life of the
 * server it comes at most once.
 *
 * <p>{@code -Dkill.rounds} and {@code -Dkill.rounds.distribution} set the number of rounds, {@code -Dkill.seed} repeats a run's moments.
 */
class KillRoundsIT {

    private static final int SESSIONS = 16;
    private static final int LONGEST_LIFE_MESSAGES = 300;
    private static final int START_UP_KILL_EVERY = 5;
    private static final Duration ROUND_LIMIT = Duration.ofSeconds(120);

    @Test
    void every_accepted_message_arrives_though_the_server_is_killed_again_and_again() throws IOException {
        rounds(Server.plain("kill"), Integer.getInteger("kill.rounds", 20));
    }

    @Test
    void every_accepted_message_arrives_though_the_distribution_is_killed() throws IOException {
        rounds(Server.distribution("kill-distribution"), Integer.getInteger("kill.rounds.distribution", 2));
    }

    private static void rounds(Server server, int rounds) throws IOException {
        long seed = Long.getLong("kill.seed", System.nanoTime());
        var random = new Random(seed);
        var kills = new ArrayList<Long>();
        try (server; var sink = new Sink(server.nextHop())) {
            server.start();
            var load = new Load(server.port(), SESSIONS, List.of("you@example.test", "her@elsewhere.test"));
            try (load) {
                for (int round = 1; round <= rounds; round++) {
                    live(server, load, random, round);
                    server.kill();
                    kills.add(System.currentTimeMillis());
                    server.launch();
                }
                server.awaitGreeting();
                awaitAccepted(load, load.accepted().size() + 20);
            }
            String run = "seed " + seed + ", " + rounds + " rounds";
            assertThat(load.refused()).as(run).isEmpty();
            awaitArrival(server, sink, load, run);
            server.awaitEmptyQueue();
            judge(server, sink, load, kills, run);
        }
    }

    /** Most lives end when some messages more were accepted; every fifth one while the server starts. */
    private static void live(Server server, Load load, Random random, int round) {
        if (round % START_UP_KILL_EVERY == 0) {
            LockSupport.parkNanos(Duration.ofMillis(random.nextInt(2500)).toNanos());
        } else {
            awaitAccepted(load, load.accepted().size() + 1 + random.nextInt(LONGEST_LIFE_MESSAGES));
            LockSupport.parkNanos(Duration.ofMillis(random.nextInt(40)).toNanos());
        }
    }

    private static void awaitAccepted(Load load, int goal) {
        Eventually.waitFor(ROUND_LIMIT, () -> load.accepted().size() >= goal, () -> load.accepted().size() + " of " + goal + " messages accepted; refused: " + load.refused());
    }

    private static void awaitArrival(Server server, Sink sink, Load load, String run) {
        Eventually.waitFor(ROUND_LIMIT, () -> missing(server, sink, load).isEmpty(), () -> {
            Set<String> missing = missing(server, sink, load);
            return run + ": " + missing.size() + " of " + load.accepted().size() + " accepted messages never came, among them "
                    + missing.stream().limit(5).toList() + "\n" + server.tail();
        });
    }

    private static Set<String> missing(Server server, Sink sink, Load load) {
        var missing = new HashSet<>(load.accepted().keySet());
        server.maildir("you").forEach(message -> missing.remove(Load.idOfIntact(message)));
        sink.messages().forEach(message -> missing.remove(Load.idOfIntact(message)));
        return missing;
    }

    private static void judge(Server server, Sink sink, Load load, List<Long> kills, String run) throws IOException {
        var lives = new HashMap<String, List<Integer>>();
        try (var files = Files.list(server.home().resolve("mail/you/new"))) {
            for (Path file : files.toList()) {
                String id = Load.idOfIntact(Server.read(file));
                lives.computeIfAbsent(id, i -> new ArrayList<>()).add(life(kills, Files.getLastModifiedTime(file).toMillis()));
            }
        }
        for (int i = 0; i < sink.messages().size(); i++) {
            String id = Load.idOfIntact(sink.messages().get(i));
            lives.computeIfAbsent(id, ignored -> new ArrayList<>()).add(life(kills, sink.times().get(i)));
        }
        assertThat(lives).as(run + ": bounces or foreign mail").doesNotContainKey(null);
        int repeats = 0;
        for (Map.Entry<String, List<Integer>> entry : lives.entrySet()) {
            assertThat(entry.getValue()).as(run + ": " + entry.getKey() + " was delivered twice in one life").doesNotHaveDuplicates();
            repeats += entry.getValue().size() - 1;
        }
        String summary = "kill rounds, %s: %d messages accepted, all arrived, %d deliveries repeated after %d kills%n"
                .formatted(server.home().getFileName(), load.accepted().size(), repeats, kills.size());
        Files.writeString(Path.of("target", "report.txt"), summary, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static int life(List<Long> kills, long time) {
        return (int) kills.stream().filter(kill -> kill < time).count();
    }
}
