// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableStatistics.Counts;

class TallyTest {

    @Test
    void every_duration_falls_into_a_bucket_whose_limit_is_a_fifth_above_it_at_most() {
        for (long nanos = 256; nanos < 60_000_000_000L; nanos += 1 + nanos / 7) {
            var tally = new Tally();
            tally.count(Answer.NOT_FOUND, nanos);
            long limit = tally.latency().percentile(0.5).toNanos();
            assertThat(limit).as("of %d", nanos).isGreaterThan(nanos).isLessThanOrEqualTo(nanos + nanos / 4 + 1);
        }
        var tally = new Tally();
        for (long nanos : new long[] {-1, 0, 1, 255, Long.MAX_VALUE}) {
            tally.count(Answer.NOT_FOUND, nanos);
        }
        assertThat(tally.latency().count()).isEqualTo(5);
    }

    @Test
    void percentiles_and_counts() {
        var tally = new Tally();
        for (int i = 0; i < 98; i++) {
            tally.count(Answer.found("x"), 1_000);
        }
        tally.count(Answer.NOT_FOUND, 1_000_000);
        tally.count(Answer.unavailable("x"), 1_000_000_000);
        tally.count(Answer.NOT_FOUND);
        assertThat(tally.counts()).isEqualTo(new Counts(98, 2, 1));
        assertThat(tally.latency().percentile(0.5)).isBetween(Duration.ofNanos(1_000), Duration.ofNanos(1_250));
        assertThat(tally.latency().percentile(0.99)).isBetween(Duration.ofMillis(1), Duration.ofNanos(1_250_000));
        assertThat(tally.latency().percentile(1)).isBetween(Duration.ofSeconds(1), Duration.ofMillis(1_250));
        assertThat(tally.latency().countUpTo(Duration.ofMillis(10))).isEqualTo(99);
        assertThat(new Tally().latency().percentile(0.5)).isEqualTo(Duration.ZERO);
    }

    @Test
    void nothing_is_lost_between_threads() {
        var tally = new Tally();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int t = 0; t < 20; t++) {
                threads.submit(() -> {
                    for (int i = 0; i < 10_000; i++) {
                        tally.count(Answer.NOT_FOUND, i);
                    }
                });
            }
        }
        assertThat(tally.counts().misses()).isEqualTo(200_000);
    }
}
