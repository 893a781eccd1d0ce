// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;

class RetryTest {

    private static final Instant ARRIVAL = Instant.parse("2026-01-01T00:00:00Z");

    @ParameterizedTest
    @CsvSource({"0,300", "299,300", "300,300", "600,600", "1200,1200", "3999,3999", "4000,4000", "4001,4000", "400000,4000", "-500,300"})
    void the_wait_is_the_age_within_bounds(long age, long wait) {
        Instant now = ARRIVAL.plusSeconds(age);
        assertThat(Retry.nextDue(ARRIVAL, now, Settings.parse(""))).isEqualTo(now.plusSeconds(wait));
    }

    @Test
    void so_the_waits_double() {
        Instant now = ARRIVAL;
        var ages = new StringBuilder();
        for (int i = 0; i < 7; i++) {
            now = Retry.nextDue(ARRIVAL, now, Settings.parse(""));
            ages.append(Duration.between(ARRIVAL, now).toSeconds()).append(' ');
        }
        assertThat(ages.toString()).isEqualTo("300 600 1200 2400 4800 8800 12800 ");
    }

    @Test
    void a_clock_that_jumps_suspends_expiry_until_it_is_confirmed() {
        var nanos = new AtomicLong();
        var wall = new AtomicLong();
        var clocks = new Clocks(() -> ARRIVAL.plusSeconds(wall.get()), nanos::get);
        var watch = new ClockWatch(clocks);
        MailLog log = MailLog.of("postfix/qmgr");
        wall.addAndGet(86_400);
        nanos.addAndGet(Duration.ofDays(1).toNanos());
        watch.check(log);
        assertThat(watch.isExpirySuspended()).as("a day has passed on both clocks").isFalse();
        wall.addAndGet(3_599);
        watch.check(log);
        assertThat(watch.isExpirySuspended()).as("less than an hour").isFalse();
        wall.addAndGet(-3_700);
        watch.check(log);
        assertThat(watch.isExpirySuspended()).as("backwards counts too").isTrue();
        watch.confirm();
        assertThat(watch.isExpirySuspended()).isFalse();
    }
}
