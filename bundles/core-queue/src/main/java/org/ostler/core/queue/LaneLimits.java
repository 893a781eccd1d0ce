// SPDX-License-Identifier: Apache-2.0
package org.ostler.core.queue;

import java.time.Duration;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;

/**
 * What limits one transport, read once per configuration generation.
 *
 * @param processLimit       deliveries at once; {@link Integer#MAX_VALUE} for no limit
 * @param initialConcurrency at least 1
 * @param concurrencyLimit   per destination; 0 for no limit
 * @param recipientLimit     per delivery; {@link Integer#MAX_VALUE} for no limit
 * @param failedCohortLimit  0 for "never dead"
 * @param rateDelay          between deliveries to one destination
 * @param transportRateDelay between deliveries of the transport
 */
record LaneLimits(int processLimit, int initialConcurrency, int concurrencyLimit, int recipientLimit, Feedback positive, Feedback negative,
                  int failedCohortLimit, Duration rateDelay, Duration transportRateDelay) {

    /** Reads {@code <transport>_...} names with their {@code default_...} fall-backs from main.cf, as qmgr does: a row's -o layer is not asked. */
    static LaneLimits read(String transport, Settings main, ServiceRow row) {
        Duration rate = of(transport, "_destination_rate_delay", main, QmgrParameters.RATE_DELAY);
        int concurrency = of(transport, "_destination_concurrency_limit", main, QmgrParameters.CONCURRENCY_LIMIT);
        int recipients = of(transport, "_destination_recipient_limit", main, QmgrParameters.DESTINATION_RECIPIENT_LIMIT);
        int most = rate.isPositive() ? 1 : concurrency;
        int initial = of(transport, "_initial_destination_concurrency", main, QmgrParameters.INITIAL_CONCURRENCY);
        Duration transportRate = of(transport, "_transport_rate_delay", main, QmgrParameters.TRANSPORT_RATE_DELAY);
        return new LaneLimits(
                transportRate.isPositive() ? 1 : processLimit(main, row),
                Math.max(1, most > 0 ? Math.min(initial, most) : initial),
                most,
                recipients == 0 ? Integer.MAX_VALUE : recipients,
                of(transport, "_destination_concurrency_positive_feedback", main, QmgrParameters.POSITIVE_FEEDBACK),
                of(transport, "_destination_concurrency_negative_feedback", main, QmgrParameters.NEGATIVE_FEEDBACK),
                of(transport, "_destination_concurrency_failed_cohort_limit", main, QmgrParameters.FAILED_COHORT_LIMIT),
                rate,
                transportRate);
    }

    private static int processLimit(Settings main, ServiceRow row) {
        if (row.maxproc().isPresent()) {
            int number = row.maxproc().getAsInt();
            return number == 0 ? Integer.MAX_VALUE : number;
        }
        Parameter<Integer> own = QmgrParameters.DELIVERY_LIMIT;
        return main.get(main.isSet("default_process_limit") ? own.named("default_process_limit") : own);
    }

    private static <T> T of(String transport, String suffix, Settings main, Parameter<T> fallback) {
        return main.get(transport + suffix, fallback);
    }
}
