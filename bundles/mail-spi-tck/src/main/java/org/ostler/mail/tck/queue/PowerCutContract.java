// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.queue.spi.QueueStore;

/**
 * The power fails: a recorded run is cut at random points, the disk is put together as it may be left, the store is opened on it, and the {@link Balance} must hold.
 *
 * <p>Needs gcc for the recorder; without it the tests are skipped by name. System properties: {@code ostler.cut.points} (200), {@code ostler.crash.seed}.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
public abstract class PowerCutContract {

    @TempDir
    Path temporary;
    private final long seed = Long.getLong("ostler.crash.seed", System.nanoTime() % 1_000_000);

    /** The store; its class must be public, with a public constructor without arguments. */
    protected abstract StoreUnderTest store();

    @Test
    void what_was_acknowledged_survives_a_power_cut_at_any_point() throws Exception {
        Recording recording = record(false);
        int cuts = Integer.getInteger("ostler.cut.points", 200);
        long found = cutAt(recording, cuts, e -> {
            throw e;
        });
        System.out.println("cut at " + cuts + " of " + recording.events.size() + " points, seed " + seed + ", " + found + " messages found again, none lost");
        assertThat(found).as("messages that survived, over all cuts").isGreaterThan(cuts);
    }

    @Test
    void a_store_that_never_flushes_fails_this_very_test() throws Exception {
        Recording recording = record(true);
        var troubles = new java.util.ArrayList<String>();
        cutAt(recording, 60, e -> troubles.add(e.getMessage()));
        assertThat(troubles).as("the loss is noticed").anyMatch(text -> text.contains("is lost"));
    }

    private Recording record(boolean swallow) throws Exception {
        Path library = Recording.build(temporary);
        Assumptions.assumeTrue(library != null, "no C compiler for the recorder");
        Path directory = Files.createDirectory(temporary.resolve("store"));
        Path marks = Files.createFile(temporary.resolve("marks"));
        Path log = temporary.resolve("log");
        Path errors = temporary.resolve("errors");
        ProcessBuilder driver = Child.driver(store(), directory, marks, errors, seed, 3, 150);
        driver.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        driver.environment().put("LD_PRELOAD", library.toString());
        driver.environment().put("REC_DIR", directory.toRealPath().toString());
        driver.environment().put("REC_MARKS", marks.toRealPath().toString());
        driver.environment().put("REC_LOG", log.toString());
        if (swallow) {
            driver.environment().put("REC_SWALLOW", "1");
        }
        Process child = driver.start();
        try {
            assertThat(child.waitFor(300, TimeUnit.SECONDS)).as("the driver ended").isTrue();
            assertThat(child.exitValue()).as(Files.readString(errors)).isZero();
        } finally {
            child.destroyForcibly();
        }
        return Recording.read(log);
    }

    private long cutAt(Recording recording, int cuts, Consumer<AssertionError> onLoss) throws Exception {
        var random = new SplittableRandom(seed);
        int[] points = random.ints(cuts, 1, recording.events.size() + 1).sorted().toArray();
        var disk = new CutDisk(recording);
        var balance = new Balance();
        int marked = 0;
        for (int point : points) {
            disk.advance(point);
            for (; marked < point; marked++) {
                Recording.Event e = recording.events.get(marked);
                if (e.type() == 'K') {
                    balance.mark(recording.text(e).strip());
                }
            }
            try {
                checkCut(disk, balance, point, random);
            } catch (AssertionError e) {
                onLoss.accept(e);
            }
        }
        return balance.survived();
    }

    private void checkCut(CutDisk disk, Balance balance, int point, SplittableRandom random) throws Exception {
        Path target = temporary.resolve("cut");
        disk.writeTo(temporary.resolve("store").toRealPath(), target, random);
        QueueStore store = null;
        try {
            store = store().open(target);
            balance.check(store);
        } catch (Exception | AssertionError e) {
            throw new AssertionError("seed " + seed + ", cut at event " + point + ": " + e.getMessage(), e);
        } finally {
            if (store != null) {
                store().close(store);
            }
            clear(target);
        }
    }

    private static void clear(Path target) throws IOException {
        try (var files = Files.walk(target)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
