// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.tck.lookup.Specs;

/**
 * The figures of docs/performance.md, section "LMDB tables". Not a test: {@code java ... LmdbFigures DIRECTORY}.
 *
 * <p>Rates are per second of processor time of each thread, so that they mean something on a busy machine.
 */
public final class LmdbFigures {

    private static final int KEYS = 1_000_000;
    private static final long SECONDS = 5;

    private LmdbFigures() {}

    private static String key(int i) {
        return "user" + i + "@example.org";
    }

    public static void main(String[] args) throws Exception {
        Path dir = Path.of(args[0]);
        TableSpec spec = Specs.of("lmdb", "million", dir, System.out::println);
        Files.deleteIfExists(dir.resolve("million.lmdb"));
        for (String what : new String[] {"build", "rebuild"}) {
            long begin = cpu();
            new LmdbMaker().change(spec, new TableMaker.Options(true, Optional.empty(), 0644, KEYS * 40L), w -> {
                for (int i = 0; i < KEYS; i++) {
                    w.put(key((int) (i * 7919L % KEYS)), "mailbox" + i + "/", false);
                }
            });
            System.out.printf("%s %.2f s of processor time, file %d MB%n", what, (cpu() - begin) / 1e9, Files.size(dir.resolve("million.lmdb")) >> 20);
        }
        try (Table table = new LmdbFactory().open(spec)) {
            for (int threads : new int[] {1, 1, 2, 2}) {
                System.out.printf("found, %d threads: %,d/s%n", threads, rate(table, threads, 0));
            }
            System.out.printf("not found, 1 thread: %,d/s%n", rate(table, 1, KEYS));
        }
    }

    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** Sum over the threads. */
    private static long rate(Table table, int threads, int offset) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        long rates = 0;
        try (var pool = Executors.newFixedThreadPool(threads)) {
            var results = new ArrayList<Future<Long>>();
            for (int t = 0; t < threads; t++) {
                var random = new SplittableRandom(t);
                results.add(pool.submit(() -> one(table, offset, random, end)));
            }
            for (var result : results) {
                rates += result.get();
            }
        }
        return rates;
    }

    private static long one(Table table, int offset, SplittableRandom random, long end) {
        long n = 0;
        long begin = cpu();
        while (System.nanoTime() < end) {
            for (int i = 0; i < 100; i++) {
                Answer answer = table.find(key(offset + random.nextInt(KEYS)));
                if (answer instanceof Answer.Unavailable || answer instanceof Answer.Found == offset > 0) {
                    throw new IllegalStateException(answer.toString());
                }
            }
            n += 100;
        }
        return n * 1_000_000_000 / (cpu() - begin);
    }
}
