// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How long a server is left alone; the clock is the test's. */
class PoolTest {

    private static final long START = 1_000;

    /** Never connected to. */
    private final Pool pool = new Pool(new Endpoint("unused", "/nonexistent", "", 0));

    @Test
    void lookups_that_fail_together_are_one_failure() {
        for (int n = 0; n < Pool.MOST; n++) {
            pool.pause("down", Pool.FIRST_PAUSE, START);
        }
        assertTrue(pool.isPaused(START + Pool.FIRST_PAUSE - 1));
        assertFalse(pool.isPaused(START + Pool.FIRST_PAUSE), "twenty lookups under way made the pause longer");
    }

    @Test
    void failures_one_after_the_other_double_the_pause_up_to_its_bound() {
        long now = START;
        long expected = Pool.FIRST_PAUSE;
        for (int n = 0; n < 20; n++) {
            pool.pause("down", Pool.FIRST_PAUSE, now);
            assertTrue(pool.isPaused(now + expected - 1), "after failure " + n);
            assertFalse(pool.isPaused(now + expected), "after failure " + n);
            now += expected;
            expected = Math.min(Pool.LONGEST_PAUSE, expected * 2);
        }
        assertEquals(Duration.ofSeconds(10).toNanos(), expected);
    }
}
