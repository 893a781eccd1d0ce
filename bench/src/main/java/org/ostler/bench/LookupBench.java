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
import java.util.function.IntFunction;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.spi.TablesProvider;

/**
 * The half of {@code bench/lookup} that runs here: lookups in one process, by the way that a server takes, {@code lookup-core} included.
 *
 * <p>Usage: {@code LookupBench TYPE:NAME KEYS SECONDS THREADS...}, where KEYS is a file with a key a line, or {@code =COUNT} for {@code user0000000@example.org} and those that follow, made as they are asked.
 * For each number of threads a line {@code rate THREADS LOOKUPS-PER-SECOND THE-SAME-PER-SECOND-OF-PROCESSOR-TIME}; at the end {@code memory KILOBYTES KILOBYTES}: of the process itself, after a collection, and
 * of files that it has mapped. Every key has to be found.
 */
public final class LookupBench {

    private static final long WARM_UP = 4;
    private static final int IN_A_ROW = 20;

    /** Lookups in a round; by the clock and by the processor time of the threads, both a second. */
    private record Rate(long clock, long processor) {}

    private final TableList table;
    private final IntFunction<String> keys;
    private final int count;

    private LookupBench(TableList table, IntFunction<String> keys, int count) {
        this.table = table;
        this.keys = keys;
        this.count = count;
    }

    public static void main(String[] args) throws Exception {
        long seconds = Long.parseLong(args[2]);
        TableList table = ServiceLoader.load(TablesProvider.class).findFirst().orElseThrow().tables(Settings.parse(""), Path.of("/"), System.err::println).open(args[0], "bench");
        LookupBench bench;
        if (args[1].startsWith("=")) {
            bench = new LookupBench(table, LookupBench::numbered, Integer.parseInt(args[1].substring(1)));
        } else {
            List<String> keys = Files.readAllLines(Path.of(args[1]));
            bench = new LookupBench(table, keys::get, keys.size());
        }
        bench.rate(2, WARM_UP);
        for (int i = 3; i < args.length; i++) {
            Rate rate = bench.rate(Integer.parseInt(args[i]), seconds);
            System.out.printf("rate %s %d %d%n", args[i], rate.clock, rate.processor);
        }
        System.gc();
        System.out.printf("memory %d %d%n", kilobytes("RssAnon:"), kilobytes("RssFile:"));
        // The threads of a table that waits for something would keep this alive.
        System.exit(0);
    }

    private static String numbered(int number) {
        String digits = Integer.toString(number);
        return "user" + "0".repeat(7 - digits.length()) + digits + "@example.org";
    }

    private Rate rate(int threads, long seconds) throws Exception {
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(seconds);
        long lookups = 0;
        long processor = 0;
        try (var pool = Executors.newFixedThreadPool(threads)) {
            var results = new ArrayList<Future<long[]>>();
            for (int t = 0; t < threads; t++) {
                var random = new SplittableRandom(t);
                results.add(pool.submit(() -> {
                    long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                    return new long[] {lookups(random, end), ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before};
                }));
            }
            for (Future<long[]> result : results) {
                lookups += result.get()[0];
                processor += result.get()[1];
            }
        }
        double second = TimeUnit.SECONDS.toNanos(1);
        return new Rate((long) (lookups * second / (System.nanoTime() - begin)), (long) (lookups * threads * second / processor));
    }

    private long lookups(SplittableRandom random, long end) {
        long n = 0;
        while (System.nanoTime() < end) {
            int at = random.nextInt(count);
            for (int i = 0; i < IN_A_ROW; i++, n++) {
                String key = keys.apply((at + i) % count);
                if (!(table.find(key) instanceof Answer.Found)) {
                    throw new IllegalStateException("not found: " + key);
                }
            }
        }
        return n;
    }

    private static long kilobytes(String line) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(text -> text.startsWith(line)).mapToLong(text -> Long.parseLong(text.replaceAll("[^0-9]", ""))).sum();
    }
}
