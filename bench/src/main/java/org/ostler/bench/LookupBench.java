// SPDX-License-Identifier: Apache-2.0
package org.ostler.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
 * The half of {@code bench/lookup} that runs here: lookups in one process, by the way that a server takes, {@code lookup-core} included.
 *
 * <p>Usage: {@code LookupBench TYPE:NAME KEYS-FILE SECONDS THREADS...}: for each number of threads a line with lookups per second of processor time, which means
 * something on a busy machine too.
 */
public final class LookupBench {

    private LookupBench() {}

    public static void main(String[] args) throws Exception {
        List<String> keys = Files.readAllLines(Path.of(args[1]));
        long seconds = Long.parseLong(args[2]);
        TableList table = ServiceLoader.load(TablesProvider.class).findFirst().orElseThrow().tables(Settings.parse(""), Path.of("/"), System.err::println).open(args[0], "bench");
        rate(table, keys, 1, 2);
        long before = anonymousKilobytes();
        for (int i = 3; i < args.length; i++) {
            int threads = Integer.parseInt(args[i]);
            System.out.printf("%s, %d thread%s: %,d/s%n", args[0].substring(0, args[0].indexOf(':')), threads, threads == 1 ? "" : "s", rate(table, keys, threads, seconds));
        }
        System.out.printf("memory of the process beyond the page cache: %d MB before the rounds, %d MB after%n", before >> 10, anonymousKilobytes() >> 10);
    }

    /** The sum over the threads of lookups per second of processor time. */
    private static long rate(TableList table, List<String> keys, int threads, long seconds) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        long rates = 0;
        try (var pool = Executors.newFixedThreadPool(threads)) {
            var results = new ArrayList<Future<Long>>();
            for (int t = 0; t < threads; t++) {
                var random = new SplittableRandom(t);
                results.add(pool.submit(() -> {
                    long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                    long lookups = lookups(table, keys, random, end);
                    return lookups * TimeUnit.SECONDS.toNanos(1) / (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begin);
                }));
            }
            for (Future<Long> result : results) {
                rates += result.get();
            }
        }
        return rates;
    }

    private static long lookups(TableList table, List<String> keys, SplittableRandom random, long end) {
        long n = 0;
        while (System.nanoTime() < end) {
            int at = random.nextInt(keys.size());
            for (int i = 0; i < 20; i++, n++) {
                if (!(table.find(keys.get((at + i) % keys.size())) instanceof Answer.Found)) {
                    throw new IllegalStateException("not found: " + keys.get((at + i) % keys.size()));
                }
            }
        }
        return n;
    }

    private static long anonymousKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", ""))).sum();
    }
}
