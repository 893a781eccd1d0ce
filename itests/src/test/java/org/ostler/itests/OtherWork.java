// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/** How much of the machine other processes have had since a moment: what explains that something here took long. One thread. */
final class OtherWork {

    private static final Path STAT = Path.of("/proc/stat");
    /** Of a tick in that file. */
    private static final Duration TICK = Duration.ofMillis(10);
    private static final int IDLE = 3;
    private static final int IOWAIT = 4;

    private final long all;
    private final long busy;
    private final long own;

    private OtherWork(long all, long busy, long own) {
        this.all = all;
        this.busy = busy;
        this.own = own;
    }

    static OtherWork now() throws IOException {
        // cpu user nice system idle iowait irq softirq steal; what follows is counted twice.
        long[] ticks = Arrays.stream(Files.readAllLines(STAT).getFirst().split(" +")).skip(1).limit(8).mapToLong(Long::parseLong).toArray();
        long all = Arrays.stream(ticks).sum();
        Duration own = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
        return new OtherWork(all, all - ticks[IDLE] - ticks[IOWAIT], own.toMillis() / TICK.toMillis());
    }

    /** @return 0: nobody else had any processor; 1: nobody but others */
    double shareUntilNow() throws IOException {
        OtherWork now = now();
        return now.all == all ? 0 : (double) ((now.busy - busy) - (now.own - own)) / (now.all - all);
    }
}
