// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.ostler.mail.tls.TlsReports.Attempt;
import org.ostler.mail.tls.TlsReports.Policy;

/**
 * Counts of like outcomes that are not in the file yet.
 *
 * <p>Sessions that went well count by domain and policy, failed ones by everything that a report says of them.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> never. <b>Bounds</b> {@value #MOST} different outcomes, each some kilobytes at most; where there is no room the oldest goes.
 */
final class Tally {

    static final int MOST = 20_000;
    private static final int LONGEST_TEXT = 300;
    private static final int LONGEST_POLICY = 4096;

    /** @param day UTC */
    record Count(LocalDate day, Attempt attempt, long times) {}

    private record Key(LocalDate day, Attempt attempt) {}

    private final LinkedHashMap<Key, Long> counts = new LinkedHashMap<>();
    private long lost;

    /** @return whether it is time to write them down */
    synchronized boolean add(LocalDate day, Attempt attempt) {
        counts.merge(new Key(day, brief(attempt)), 1L, Long::sum);
        if (counts.size() > MOST) {
            lost += counts.pollFirstEntry().getValue();
        }
        return counts.size() > MOST / 2;
    }

    /** Takes all that is there. */
    synchronized List<Count> drain() {
        var all = new ArrayList<Count>(counts.size());
        counts.forEach((key, times) -> all.add(new Count(key.day, key.attempt, times)));
        counts.clear();
        return all;
    }

    synchronized boolean isEmpty() {
        return counts.isEmpty();
    }

    /** Sessions that went uncounted since the last call. */
    synchronized long lost() {
        long before = lost;
        lost = 0;
        return before;
    }

    private static Attempt brief(Attempt a) {
        Policy policy = new Policy(a.policy().kind(), brief(a.policy().domain()), brief(a.policy().strings()), brief(a.policy().mx()));
        return a.failure().isEmpty() ? new Attempt(brief(a.recipientDomain()), policy, Optional.empty(), "", "", "", "", "")
                : new Attempt(brief(a.recipientDomain()), policy, a.failure(), brief(a.detail()), brief(a.sendingAddress()), brief(a.mxHost()), brief(a.mxAddress()), brief(a.mxHello()));
    }

    private static String brief(String text) {
        return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT);
    }

    private static List<String> brief(List<String> texts) {
        int left = LONGEST_POLICY;
        var kept = new ArrayList<String>();
        for (String text : texts) {
            String shorter = brief(text);
            left -= shorter.length();
            if (left < 0) {
                break;
            }
            kept.add(shorter);
        }
        return kept;
    }
}
