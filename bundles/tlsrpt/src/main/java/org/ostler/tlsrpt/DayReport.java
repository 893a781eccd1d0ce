// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.ostler.mail.tls.TlsReports.Attempt;
import org.ostler.mail.tls.TlsReports.Policy;

/**
 * The counts of one day, added up by domain and policy.
 *
 * <p><b>Threads</b> one that fills it, any that read afterwards. <b>Bounds</b> {@value #MOST_DOMAINS} domains, {@value #MOST_POLICIES} policies of each, {@value #MOST_DETAILS} kinds of failure of each of those; what is beyond is left
 * out, but for the number of failures.
 */
final class DayReport {

    static final int MOST_DOMAINS = 20_000;
    static final int MOST_POLICIES = 20;
    static final int MOST_DETAILS = 100;

    /** How sessions under one policy went. */
    static final class Sum {
        long good;
        long failed;
        final Map<Attempt, Long> details = new LinkedHashMap<>();
    }

    private final Map<String, Map<Policy, Sum>> domains = new LinkedHashMap<>();

    void add(Tally.Count count) {
        Attempt attempt = count.attempt();
        Map<Policy, Sum> policies = domains.get(attempt.recipientDomain());
        if (policies == null) {
            if (domains.size() >= MOST_DOMAINS) {
                return;
            }
            policies = new LinkedHashMap<>();
            domains.put(attempt.recipientDomain(), policies);
        }
        Sum sum = policies.get(attempt.policy());
        if (sum == null) {
            if (policies.size() >= MOST_POLICIES) {
                return;
            }
            sum = new Sum();
            policies.put(attempt.policy(), sum);
        }
        if (attempt.failure().isEmpty()) {
            sum.good += count.times();
            return;
        }
        sum.failed += count.times();
        if (sum.details.size() < MOST_DETAILS || sum.details.containsKey(attempt)) {
            sum.details.merge(attempt, count.times(), Long::sum);
        }
    }

    Set<String> domains() {
        return domains.keySet();
    }

    Map<Policy, Sum> policies(String domain) {
        return domains.get(domain);
    }
}
