// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import java.time.Duration;

/**
 * How long something took, as a histogram with fixed limits: exact to a fifth, whatever the number of observations.
 *
 * <p><b>Threads</b> any; immutable.
 */
public final class Latency {

    private final long[] limits;
    private final long[] counts;

    /**
     * @param limits upper limits of the buckets in nanoseconds, growing; not copied, so leave them alone
     * @param counts observations in each bucket; not copied
     */
    public Latency(long[] limits, long[] counts) {
        if (limits.length != counts.length) {
            throw new IllegalArgumentException(limits.length + " limits, " + counts.length + " counts");
        }
        this.limits = limits;
        this.counts = counts;
    }

    public long count() {
        long sum = 0;
        for (long each : counts) {
            sum += each;
        }
        return sum;
    }

    /** Observations that took no longer than {@code limit}, as far as the buckets tell. */
    public long countUpTo(Duration limit) {
        long sum = 0;
        for (int i = 0; i < limits.length && limits[i] <= limit.toNanos(); i++) {
            sum += counts[i];
        }
        return sum;
    }

    /**
     * The time within which this share of the observations was done; zero where there are none.
     *
     * @param share 0 to 1: 0.5 is the median, 1 the longest
     */
    public Duration percentile(double share) {
        long wanted = Math.max(1, (long) Math.ceil(share * count()));
        long sum = 0;
        for (int i = 0; i < counts.length; i++) {
            sum += counts[i];
            if (sum >= wanted) {
                return Duration.ofNanos(limits[i]);
            }
        }
        return Duration.ZERO;
    }
}
