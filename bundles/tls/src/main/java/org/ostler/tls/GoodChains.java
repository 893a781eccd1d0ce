// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Chains for which a way to an anchor was found, so that the next handshake with the same peer need not check the same signatures, each of which the search and the JDK's validator both look at.
 *
 * <p>Only good answers are kept, for an hour and not beyond the end of any certificate on the way. Authorities that were read anew, another depth or another use ask another question. Names are not part of it.
 *
 * <p><b>Threads</b> any.
 */
final class GoodChains {

    private static final int MOST = 500;
    private static final Duration LONGEST = Duration.ofHours(1);

    /** @param purposes any of which must be allowed */
    record Question(Authorities.Known known, List<X509Certificate> chain, int depth, Set<String> purposes) {}

    private record Span(Instant from, Instant until) {
        boolean holds(Instant now) {
            return !now.isBefore(from) && now.isBefore(until);
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Question, Span> good = new Lru<>(MOST);

    ChainSearch.Outcome judge(Question question, Instant now) {
        lock.lock();
        try {
            Span span = good.get(question);
            if (span != null && span.holds(now)) {
                return ChainSearch.GOOD;
            }
        } finally {
            lock.unlock();
        }
        var search = new ChainSearch(question.known, question.chain, question.depth, new PathCheck(now, question.purposes));
        ChainSearch.Outcome outcome = search.search();
        if (outcome.isGood()) {
            Instant hour = now.plus(LONGEST);
            keep(question, new Span(now, search.until().isBefore(hour) ? search.until() : hour));
        }
        return outcome;
    }

    private void keep(Question question, Span span) {
        lock.lock();
        try {
            good.put(question, span);
        } finally {
            lock.unlock();
        }
    }
}
