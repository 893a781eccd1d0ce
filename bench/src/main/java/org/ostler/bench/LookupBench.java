// SPDX-License-Identifier: Apache-2.0
package org.ostler.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
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
 * <p>Usage: {@code LookupBench TYPE:NAME KEYS WARM-UP SECONDS THREADS...}, where KEYS is a file with a key a line, or {@code =COUNT} for {@code user0000000@example.org} and those that follow, made as they are asked.
 * THREADS is a number of threads, or with a {@code v} before it of virtual ones, as sessions of a server are; WARM-UP are seconds that count for nothing, with two threads or the most virtual ones;
 * of threads it is processor time of each, since where much else runs seconds by the clock are over before the compiler is through.
 * For each number of threads a line {@code rate THREADS LOOKUPS-PER-SECOND THE-SAME-PER-SECOND-OF-PROCESSOR-TIME}, that of these threads, for virtual ones that of the whole process; at
 * the end {@code memory KILOBYTES KILOBYTES}: of the process itself, after a collection, and of files that it has mapped. Every key has to be found.
 */
public final class LookupBench {

    private static final int IN_A_ROW = 20;
    /** So many times as long a warm-up may be by the clock. */
    private static final int MOST_SHARED = 20;

    private static final com.sun.management.OperatingSystemMXBean SYSTEM = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /**
     * Lookups in a round; by the clock and by the processor time of the threads, both a second.
     *
     * @param spent that time, nanoseconds, of one of them
     */
    private record Rate(long clock, long processor, double spent) {}

    /** Callers side by side. A virtual thread's own processor time is not to be had. */
    private record Callers(String name, int number, boolean virtual) {

        static Callers of(String name) {
            boolean virtual = name.startsWith("v");
            return new Callers(name, Integer.parseInt(virtual ? name.substring(1) : name), virtual);
        }

        ExecutorService threads() {
            return virtual ? Executors.newVirtualThreadPerTaskExecutor() : Executors.newFixedThreadPool(number);
        }
    }

    private final TableList table;
    private final IntFunction<String> keys;
    private final int count;

    private LookupBench(TableList table, IntFunction<String> keys, int count) {
        this.table = table;
        this.keys = keys;
        this.count = count;
    }

    public static void main(String[] args) throws Exception {
        long seconds = Long.parseLong(args[3]);
        List<Callers> all = Arrays.stream(args).skip(4).map(Callers::of).toList();
        TableList table = ServiceLoader.load(TablesProvider.class).findFirst().orElseThrow().tables(Settings.parse(""), Path.of("/"), System.err::println).open(args[0], "bench");
        LookupBench bench;
        if (args[1].startsWith("=")) {
            bench = new LookupBench(table, LookupBench::numbered, Integer.parseInt(args[1].substring(1)));
        } else {
            List<String> keys = Files.readAllLines(Path.of(args[1]));
            bench = new LookupBench(table, keys::get, keys.size());
        }
        bench.warmUp(all.stream().filter(Callers::virtual).max(Comparator.comparing(Callers::number)).orElse(Callers.of("2")), Long.parseLong(args[2]));
        for (Callers callers : all) {
            Rate rate = bench.rate(callers, seconds);
            System.out.printf("rate %s %d %d%n", callers.name, rate.clock, rate.processor);
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

    private void warmUp(Callers callers, long seconds) throws Exception {
        if (callers.virtual) {
            // They wait for a server, and idle time is no sign of a busy machine.
            rate(callers, seconds);
            return;
        }
        double left = TimeUnit.SECONDS.toNanos(seconds);
        for (int second = 0; second < seconds * MOST_SHARED && left > 0; second++) {
            left -= rate(callers, 1).spent;
        }
    }

    private Rate rate(Callers callers, long seconds) throws Exception {
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(seconds);
        long before = SYSTEM.getProcessCpuTime();
        long lookups = 0;
        long processor = 0;
        try (var pool = callers.threads()) {
            var results = new ArrayList<Future<long[]>>();
            for (int t = 0; t < callers.number; t++) {
                var random = new SplittableRandom(t);
                results.add(pool.submit(() -> {
                    long own = callers.virtual ? 0 : ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                    return new long[] {lookups(random, end), callers.virtual ? 0 : ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - own};
                }));
            }
            for (Future<long[]> result : results) {
                lookups += result.get()[0];
                processor += result.get()[1];
            }
        }
        double second = TimeUnit.SECONDS.toNanos(1);
        double clock = System.nanoTime() - begin;
        double spent = callers.virtual ? SYSTEM.getProcessCpuTime() - before : (double) processor / callers.number;
        return new Rate((long) (lookups * second / clock), (long) (lookups * second / spent), spent);
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
