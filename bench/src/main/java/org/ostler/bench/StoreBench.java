// SPDX-License-Identifier: Apache-2.0
package org.ostler.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Rates, start and churn of the queue store, beside a store that keeps all in LMDB. Run it by {@code bench/store}.
 *
 * <pre>
 * rates  ENGINE DIR SIZE SECONDS     1, 20 and 200 producers; each removes what it committed fifty messages ago
 * fill   ENGINE DIR SIZE COUNT       leaves COUNT messages
 * start  ENGINE DIR                  until new mail is taken, until old mail is known
 * churn  ENGINE DIR LIVE SECONDS     random removals and commits, sizes 1 to 60 KB, over LIVE messages
 * read   ENGINE DIR                  reads everything: how many are sound
 * </pre>
 */
public final class StoreBench {

    private static final int KEPT = 50;

    private StoreBench() {}

    public static void main(String[] args) throws Exception {
        String engine = args[1];
        Path directory = Path.of(args[2]);
        switch (args[0]) {
            case "rates" -> rates(engine, directory, Integer.parseInt(args[3]), Integer.parseInt(args[4]));
            case "fill" -> fill(engine, directory, Integer.parseInt(args[3]), Integer.parseInt(args[4]));
            case "start" -> start(engine, directory);
            case "churn" -> churn(engine, directory, Integer.parseInt(args[3]), Integer.parseInt(args[4]));
            case "read" -> read(engine, directory);
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static void rates(String name, Path directory, int size, int seconds) throws Exception {
        try (Engine engine = Engine.open(name, directory)) {
            produce(engine, 50, size, 4);
            for (int producers : new int[] {1, 20, 200}) {
                Result r = produce(engine, producers, size, seconds);
                System.out.printf("%-5s %6d B %4d producers: %7.0f msg/s  p50 %6d us  p99 %6d us  cpu %5.1f us/msg%n", name, size, producers, r.rate, r.p50, r.p99, r.cpu);
            }
        }
    }

    private record Result(double rate, long p50, long p99, double cpu) {}

    private static Result produce(Engine engine, int producers, int size, int seconds) throws Exception {
        byte[] content = content(size);
        var stop = new AtomicBoolean();
        var count = new AtomicLong();
        var latencies = new long[producers][];
        var threads = new ArrayList<Thread>();
        long cpu = cpuNanos();
        long begin = System.nanoTime();
        for (int p = 0; p < producers; p++) {
            int producer = p;
            threads.add(Thread.ofVirtual().start(() -> latencies[producer] = producer(engine, content, stop, count)));
        }
        Thread.sleep(seconds * 1000L);
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        double elapsed = (System.nanoTime() - begin) / 1e9;
        long[] all = java.util.Arrays.stream(latencies).flatMapToLong(java.util.Arrays::stream).sorted().toArray();
        return new Result(count.get() / elapsed, all[all.length / 2] / 1000, all[all.length * 99 / 100] / 1000, (cpuNanos() - cpu) / 1e3 / count.get());
    }

    private static long[] producer(Engine engine, byte[] content, AtomicBoolean stop, AtomicLong count) {
        var kept = new ArrayDeque<Object>();
        var latency = new long[1 << 10];
        int n = 0;
        try {
            while (!stop.get()) {
                long start = System.nanoTime();
                kept.add(engine.commit(content));
                if (n == latency.length) {
                    latency = java.util.Arrays.copyOf(latency, n * 2);
                }
                latency[n++] = System.nanoTime() - start;
                if (kept.size() > KEPT) {
                    engine.remove(kept.poll());
                }
            }
            while (!kept.isEmpty()) {
                engine.remove(kept.poll());
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        count.addAndGet(n);
        return java.util.Arrays.copyOf(latency, n);
    }

    private static void fill(String name, Path directory, int size, int count) throws Exception {
        byte[] content = content(size);
        long begin = System.nanoTime();
        try (Engine engine = Engine.open(name, directory)) {
            var left = new AtomicLong(count);
            var threads = new ArrayList<Thread>();
            for (int p = 0; p < 200; p++) {
                threads.add(Thread.ofVirtual().start(() -> {
                    try {
                        while (left.getAndDecrement() > 0) {
                            engine.commit(content);
                        }
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            System.out.printf("%-5s filled with %d messages of %d B in %.1f s, %s%n", name, count, size, (System.nanoTime() - begin) / 1e9, memory());
            begin = System.nanoTime();
        }
        System.out.printf("%-5s closed in %.2f s, %d MB on disk%n", name, (System.nanoTime() - begin) / 1e9, bytes(directory) >> 20);
    }

    private static void start(String name, Path directory) throws Exception {
        long begin = System.nanoTime();
        try (Engine engine = Engine.open(name, directory)) {
            engine.remove(engine.commit(content(1000)));
            double first = (System.nanoTime() - begin) / 1e6;
            long found = engine.ready();
            System.out.printf("%-5s first message taken after %.0f ms; %d messages known after %.0f ms, processor time %.0f ms, %s%n", name, first, found, (System.nanoTime() - begin) / 1e6,
                    cpuNanos() / 1e6, memory());
        }
    }

    private static void churn(String name, Path directory, int live, int seconds) throws Exception {
        try (Engine engine = Engine.open(name, directory)) {
            var random = new SplittableRandom(42);
            byte[][] contents = new byte[64][];
            long average = 0;
            for (int i = 0; i < contents.length; i++) {
                contents[i] = content(i < 58 ? 1_000 + random.nextInt(7_000) : 8_000 + random.nextInt(52_000));
                average += contents[i].length / contents.length;
            }
            List<Object> handles = java.util.Collections.synchronizedList(new ArrayList<>());
            parallel(20, live, i -> handles.add(engine.commit(contents[i & 63])));
            for (int part = 0; part < seconds / 5; part++) {
                var count = new AtomicLong();
                long end = System.nanoTime() + 5_000_000_000L;
                parallel(20, Integer.MAX_VALUE, i -> {
                    if (System.nanoTime() > end) {
                        throw new Stop();
                    }
                    int at = java.util.concurrent.ThreadLocalRandom.current().nextInt(live);
                    Object fresh = engine.commit(contents[i & 63]);
                    engine.remove(handles.set(at, fresh));
                    count.addAndGet(2);
                });
                System.out.printf("%-5s churn over %d live (%d MB): %6.0f op/s, %5d MB on disk%n", name, live, average * live >> 20, count.get() / 5.0, bytes(directory) >> 20);
            }
        }
    }

    private static final class Stop extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private interface Work {
        void at(int i) throws Exception;
    }

    private static void parallel(int width, int count, Work work) throws InterruptedException {
        var next = new java.util.concurrent.atomic.AtomicInteger();
        var threads = new ArrayList<Thread>();
        for (int t = 0; t < width; t++) {
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                        work.at(i);
                    }
                } catch (Stop e) {
                    return;
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void read(String name, Path directory) throws Exception {
        try (Engine engine = Engine.open(name, directory)) {
            long begin = System.nanoTime();
            long[] counts = engine.readable();
            System.out.printf("%-5s read: %d sound, %d not, in %.1f s%n", name, counts[0], counts[1], (System.nanoTime() - begin) / 1e9);
        }
    }

    private static byte[] content(int size) {
        byte[] bytes = new byte[size];
        new java.util.Random(size).nextBytes(bytes);
        return bytes;
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static String memory() throws IOException {
        System.gc();
        long heap = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        String rss = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("RssAnon")).findFirst().orElse("?");
        return "heap " + (heap >> 20) + " MB, " + rss.replaceAll("\\s+", " ");
    }

    private static long bytes(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            long sum = 0;
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (Files.isRegularFile(file)) {
                    Process du = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
                    String blocks = new String(du.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII).strip();
                    sum += blocks.isEmpty() ? 0 : Long.parseLong(blocks) * 512;
                }
            }
            return sum;
        }
    }
}
