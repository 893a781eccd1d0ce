// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.spi.TablesProvider;

/**
 * The figures of docs/performance.md, section "What a handle costs". Not a test: {@code java -cp 'karaf-distro/target/assembly/lib/cli/*:bundles/lookup-core/target/test-classes'
 * org.ostler.lookup.core.LookupFigures DIRECTORY}, where {@code LmdbFigures} has left {@code million.lmdb}.
 *
 * <p>Rates are per second of processor time of each thread, so that they mean something on a busy machine.
 */
public final class LookupFigures {

    private static final int KEYS = 1_000_000;
    private static final long SECONDS = 4;

    private LookupFigures() {}

    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        var tables = ServiceLoader.load(TablesProvider.class).findFirst().orElseThrow().tables(Settings.parse(""), directory, System.err::println);
        for (String name : new String[] {"lmdb:million", "inline:{user1@example.org=x}"}) {
            TableList list = tables.open(name, "figures");
            for (int threads : new int[] {1, 1, 2, 1, 2}) {
                System.out.printf("%s, %d threads: %,d/s%n", name, threads, rate(list, threads));
            }
        }
    }

    /** Sum over the threads. */
    private static long rate(TableList list, int threads) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        long rates = 0;
        try (var pool = Executors.newFixedThreadPool(threads)) {
            var results = new ArrayList<Future<Long>>();
            for (int t = 0; t < threads; t++) {
                var random = new SplittableRandom(t);
                results.add(pool.submit(() -> one(list, random, end)));
            }
            for (var result : results) {
                rates += result.get();
            }
        }
        return rates;
    }

    private static long one(TableList list, SplittableRandom random, long end) {
        long n = 0;
        long begin = cpu();
        while (System.nanoTime() < end) {
            for (int i = 0; i < 100; i++) {
                if (list.find("user" + random.nextInt(KEYS) + "@example.org") instanceof Answer.Unavailable(String reason)) {
                    throw new IllegalStateException(reason);
                }
            }
            n += 100;
        }
        return n * 1_000_000_000 / (cpu() - begin);
    }

    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}
