// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.queue.spi.QueueStore;

/**
 * A process with the store under load gets SIGKILL at random moments, again and again on the same directory; after each the {@link Balance} must hold.
 *
 * <p>System properties: {@code ostler.kill.rounds} (40), {@code ostler.crash.seed} (the clock; printed, so that a failure can be tried again).
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
public abstract class KillContract {

    private static final int MOST_MARKS = 16_000;

    @TempDir
    Path temporary;

    /** The store; its class must be public, with a public constructor without arguments. */
    protected abstract StoreUnderTest store();

    @Test
    void what_was_acknowledged_survives_SIGKILL_at_any_moment() throws Exception {
        int rounds = Integer.getInteger("ostler.kill.rounds", 40);
        long seed = Long.getLong("ostler.crash.seed", System.nanoTime() % 1_000_000);
        var random = new SplittableRandom(seed);
        Path directory = Files.createDirectory(temporary.resolve("store"));
        Path marks = Files.createFile(temporary.resolve("marks"));
        var balance = new Balance();
        long read = 0;
        for (int round = 0; round < rounds; round++) {
            String where = "seed " + seed + " round " + round + ": ";
            killOne(directory, marks, seed * 1000 + round, random.nextInt(MOST_MARKS));
            read = feed(balance, marks, read);
            QueueStore store = store().open(directory);
            try {
                balance.check(store);
            } catch (AssertionError e) {
                throw new AssertionError(where + e.getMessage(), e);
            } finally {
                store().close(store);
            }
        }
        System.out.println("killed " + rounds + " times, seed " + seed + ", " + balance.commits() + " commits acknowledged, none lost");
        assertThat(balance.commits()).as("commits acknowledged").isGreaterThan(rounds);
    }

    /** Kills once the driver has written some more bytes of marks: under any load of the machine it has then done something. */
    private void killOne(Path directory, Path marks, long seed, int bytes) throws Exception {
        Path errors = temporary.resolve("errors");
        Process child = Child.driver(store(), directory, marks, errors, seed, 1, 0).start();
        try (BufferedReader out = child.inputReader()) {
            String line = out.readLine();
            if (!"ready".equals(line)) {
                child.waitFor(10, TimeUnit.SECONDS);
                throw new AssertionError("the driver did not start: " + line + "\n" + Files.readString(errors));
            }
            long enough = Files.size(marks) + bytes;
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (Files.size(marks) < enough && System.nanoTime() < deadline) {
                if (child.waitFor(1, TimeUnit.MILLISECONDS)) {
                    throw new AssertionError("the driver ended by itself\n" + Files.readString(errors));
                }
            }
        } finally {
            child.destroyForcibly();
            assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** Reads the marks after {@code from}; an unfinished last line is cut off, as the next driver appends. @return where the next reading starts */
    private static long feed(Balance balance, Path marks, long from) throws Exception {
        try (var file = new java.io.RandomAccessFile(marks.toFile(), "rw")) {
            byte[] bytes = new byte[(int) (file.length() - from)];
            file.seek(from);
            file.readFully(bytes);
            int end = bytes.length;
            while (end > 0 && bytes[end - 1] != '\n') {
                end--;
            }
            file.setLength(from + end);
            new String(bytes, 0, end, java.nio.charset.StandardCharsets.UTF_8).lines().forEach(balance::mark);
            return from + end;
        }
    }
}
