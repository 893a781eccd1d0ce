// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.ostler.mail.dns.DnsAnswer;

/**
 * Answers by question, until their time is over.
 *
 * <p>Bounded: the answer not used for longest goes first. Callers that ask the same while the question is on its way share one lookup, so that a burst of mail for one domain is one question.
 *
 * <p><b>Threads</b> any; the lock is held over no I/O. <b>Blocking</b> only while another caller's lookup of the same question runs, and that one has its own deadline.
 */
final class AnswerCache {

    /** @param kind for instance {@code MX}, {@code A}, {@code native A} */
    record Question(String kind, String name, boolean secure) {}

    /** @param keep how long the answer may be remembered; zero or less: not at all */
    record Fresh<T>(DnsAnswer<T> answer, Duration keep) {}

    private record Entry(DnsAnswer<?> answer, long until) {}

    private final LongSupplier nanos;
    /** Counts {@link #clear}: an answer whose lookup began before is not kept. Guarded by {@link #entries}. */
    private long generation;
    private final Map<Question, Entry> entries = new LinkedHashMap<>(256, 0.75f, true);
    private final ConcurrentHashMap<Question, CompletableFuture<DnsAnswer<?>>> underway = new ConcurrentHashMap<>();

    /** @param nanos monotonic clock */
    AnswerCache(LongSupplier nanos) {
        this.nanos = nanos;
    }

    @SuppressWarnings("unchecked")
    <T> DnsAnswer<T> get(Question question, int capacity, Supplier<Fresh<T>> lookup) {
        DnsAnswer<?> known = known(question);
        if (known != null) {
            return (DnsAnswer<T>) known;
        }
        var mine = new CompletableFuture<DnsAnswer<?>>();
        CompletableFuture<DnsAnswer<?>> other = underway.putIfAbsent(question, mine);
        if (other != null) {
            return (DnsAnswer<T>) other.join();
        }
        long begun = generation();
        DnsAnswer<T> answer = new DnsAnswer.Failed<>("lookup ended without an answer", false);
        try {
            // Somebody may have ended the same lookup since we looked.
            known = known(question);
            if (known != null) {
                answer = (DnsAnswer<T>) known;
            } else {
                Fresh<T> fresh = lookup.get();
                answer = fresh.answer();
                keep(question, fresh, capacity, begun);
            }
        } finally {
            underway.remove(question);
            mine.complete(answer);
        }
        return answer;
    }

    private DnsAnswer<?> known(Question question) {
        synchronized (entries) {
            Entry entry = entries.get(question);
            if (entry == null) {
                return null;
            }
            if (entry.until - nanos.getAsLong() <= 0) {
                entries.remove(question);
                return null;
            }
            return entry.answer;
        }
    }

    private void keep(Question question, Fresh<?> fresh, int capacity, long begun) {
        if (!fresh.keep().isPositive() || capacity == 0) {
            return;
        }
        synchronized (entries) {
            if (begun != generation) {
                return;
            }
            entries.put(question, new Entry(fresh.answer(), nanos.getAsLong() + fresh.keep().toNanos()));
            var oldest = entries.entrySet().iterator();
            for (int excess = entries.size() - capacity; excess > 0; excess--) {
                oldest.next();
                oldest.remove();
            }
        }
    }

    void clear() {
        synchronized (entries) {
            generation++;
            entries.clear();
        }
    }

    private long generation() {
        synchronized (entries) {
            return generation;
        }
    }
}
