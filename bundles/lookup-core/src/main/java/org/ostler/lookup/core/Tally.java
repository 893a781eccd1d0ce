// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.Latency;
import org.ostler.mail.lookup.TableStatistics.Counts;

/**
 * Counts the lookups of one table by outcome and duration.
 *
 * <p>One atomic addition per lookup: each outcome has a histogram with a place for what was not timed, and their sum is the count of the outcome. A power of two is divided by four, from a quarter of a microsecond to two
 * minutes. Several copies keep processors out of each other's way. Fixed size: some kilobytes. <b>Threads</b> any, without a lock; a snapshot taken meanwhile may miss the newest.
 */
final class Tally {

    private static final int HITS = 0;
    private static final int MISSES = 1;
    private static final int ERRORS = 2;
    private static final int OUTCOMES = 3;

    private static final int FIRST_POWER = 8;
    private static final int LAST_POWER = 36;
    private static final int BUCKETS = 1 + (LAST_POWER - FIRST_POWER + 1) * 4;
    /** Behind the buckets of an outcome, the place of those that were not timed. */
    private static final int PLACES = BUCKETS + 1;
    /** One of so many lookups that do not wait is timed. A power of two. */
    private static final int SAMPLE = 16;
    private static final long[] LIMITS = limits();

    private static final int COPIES = Math.min(8, Integer.highestOneBit(Runtime.getRuntime().availableProcessors() * 2 - 1));

    private final AtomicLongArray[] copies = new AtomicLongArray[COPIES];

    Tally() {
        for (int i = 0; i < COPIES; i++) {
            copies[i] = new AtomicLongArray(OUTCOMES * PLACES);
        }
    }

    /** What all of them have counted. */
    static Tally sum(List<Tally> tallies) {
        var sum = new Tally();
        for (int place = 0; place < OUTCOMES * PLACES; place++) {
            for (Tally each : tallies) {
                for (AtomicLongArray copy : each.copies) {
                    sum.copies[0].addAndGet(place, copy.get(place));
                }
            }
        }
        return sum;
    }

    /** Whether this lookup is to be timed. */
    static boolean isSampled() {
        return (ThreadLocalRandom.current().nextInt() & SAMPLE - 1) == 0;
    }

    void count(Answer answer, long nanos) {
        add(answer, bucket(nanos));
    }

    /** One that was not timed. */
    void count(Answer answer) {
        add(answer, BUCKETS);
    }

    private void add(Answer answer, int place) {
        int outcome = switch (answer) {
            case Answer.Found _ -> HITS;
            case Answer.NotFound _ -> MISSES;
            case Answer.Unavailable _ -> ERRORS;
        };
        copies[(int) Thread.currentThread().threadId() & COPIES - 1].getAndIncrement(outcome * PLACES + place);
    }

    static int bucket(long nanos) {
        if (nanos < 1L << FIRST_POWER) {
            return 0;
        }
        int power = 63 - Long.numberOfLeadingZeros(nanos);
        return power > LAST_POWER ? BUCKETS - 1 : 1 + (power - FIRST_POWER) * 4 + (int) (nanos >>> power - 2 & 3);
    }

    private static long[] limits() {
        var limits = new long[BUCKETS];
        limits[0] = 1L << FIRST_POWER;
        for (int i = 1; i < BUCKETS; i++) {
            int power = FIRST_POWER + (i - 1) / 4;
            limits[i] = (1L << power) + ((i - 1) % 4 + 1) * (1L << power - 2);
        }
        return limits;
    }

    Counts counts() {
        return new Counts(sum(HITS), sum(MISSES), sum(ERRORS));
    }

    private long sum(int outcome) {
        long sum = 0;
        for (int i = 0; i < PLACES; i++) {
            sum += at(outcome, i);
        }
        return sum;
    }

    private long at(int outcome, int bucket) {
        long sum = 0;
        for (AtomicLongArray copy : copies) {
            sum += copy.get(outcome * PLACES + bucket);
        }
        return sum;
    }

    Latency latency() {
        var counts = new long[BUCKETS];
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] = at(HITS, i) + at(MISSES, i) + at(ERRORS, i);
        }
        return new Latency(LIMITS, counts);
    }
}
