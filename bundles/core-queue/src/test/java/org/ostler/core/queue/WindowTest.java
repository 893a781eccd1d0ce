// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Concurrency feedback, by the tables that SCHEDULER_README implies. */
class WindowTest {

    private static LaneLimits limits(String positive, String negative, int initial, int most, int cohorts) {
        return new LaneLimits(100, initial, most, 50, Feedback.parse(positive), Feedback.parse(negative), cohorts, Duration.ZERO, Duration.ZERO);
    }

    /** S: success with all of the window busy, F: failure; the window after each. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            // one up per success, one down per failure
            "1                  | 1                 | 5 | 20 | 0 | SSS        | 6 7 8",
            "1                  | 1                 | 5 | 20 | 0 | FFFFFF     | 4 3 2 1 1 1",
            // up at the end of the sum: after a whole cohort
            "1/concurrency      | 1                 | 2 | 20 | 0 | SSSSS      | 2 3 3 3 4",
            // down at the start of it: at once, then after a cohort
            "1                  | 1/concurrency     | 4 | 20 | 0 | FFFFF      | 3 3 3 2 2",
            "1/sqrt_concurrency | 1                 | 4 | 20 | 0 | SSSSS      | 4 5 5 5 6",
            "1/4                | 1                 | 5 | 20 | 0 | SSSSSSSS   | 5 5 5 6 6 6 6 7",
            // never above the limit, and no limit is no limit
            "1                  | 1                 | 5 | 6  | 0 | SSS        | 6 6 6",
            "1                  | 1                 | 5 | 0  | 0 | SSS        | 6 7 8",
            // one cohort of failures: 1/5 + 1/4 + 1/3 + 1/2 is more than one
            "1                  | 1                 | 5 | 20 | 1 | FFFF       | 4 3 2 0",
            // exactly one cohort is enough
            "1                  | 0                 | 5 | 20 | 1 | FFFFF      | 5 5 5 5 0",
            "1                  | 1                 | 1 | 20 | 1 | F          | 0",
            "1                  | 0                 | 2 | 20 | 2 | FFFF       | 2 2 2 0",
            // a success in between starts the count of cohorts again
            "0                  | 0                 | 2 | 20 | 1 | FSFSF      | 2 2 2 2 2",
    })
    void the_window_follows_the_feedback(String positive, String negative, int initial, int most, int cohorts, String events, String sizes) {
        LaneLimits limits = limits(positive.strip(), negative.strip(), initial, most, cohorts);
        var window = new Window(limits);
        var seen = new StringBuilder();
        for (char event : events.strip().toCharArray()) {
            if (event == 'S') {
                window.succeeded(limits, window.size());
            } else {
                window.failed(limits);
            }
            seen.append(seen.isEmpty() ? "" : " ").append(window.size());
        }
        assertThat(seen.toString()).isEqualTo(sizes.strip());
    }

    @Test
    void no_growth_far_beyond_what_is_in_use() {
        LaneLimits limits = limits("1", "1", 5, 20, 1);
        var window = new Window(limits);
        window.succeeded(limits, 1);
        assertThat(window.size()).isEqualTo(6);
        window.succeeded(limits, 1);
        assertThat(window.size()).as("6 is not below 1 + 5").isEqualTo(6);
    }

    @Test
    void a_dead_destination_comes_back_with_what_is_in_use_or_the_initial_concurrency() {
        LaneLimits limits = limits("1", "1", 5, 20, 1);
        var window = new Window(limits);
        for (int i = 0; i < 4; i++) {
            window.failed(limits);
        }
        assertThat(window.isDead()).isTrue();
        window.succeeded(limits, 3);
        assertThat(window.size()).isEqualTo(3);
        window = new Window(limits);
        for (int i = 0; i < 4; i++) {
            window.failed(limits);
        }
        window.revive(limits, 0);
        assertThat(window.size()).isEqualTo(5);
    }

    @Test
    void thousand_tenths_make_hundred_steps() {
        LaneLimits limits = limits("0.1", "1", 1, 0, 1);
        var window = new Window(limits);
        for (int i = 0; i < 1000; i++) {
            window.succeeded(limits, window.size());
        }
        assertThat(window.size()).isEqualTo(101);
    }

    @Test
    void feedback_values_outside_0_to_1_are_refused() {
        for (String bad : new String[] {"2", "-1", "x", "1/0", "1/conc", "", "NaN"}) {
            assertThatThrownBy(() -> Feedback.parse(bad)).as(bad).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(Feedback.parse(" 1 / sqrt_concurrency ").at(4)).isEqualTo(0.5);
    }
}
