// SPDX-License-Identifier: Apache-2.0
package org.ostler.sts;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Who fetches what: one fetch per domain at a time, {@value #AT_ONCE} in all, and none for a while where the last one failed.
 *
 * <p>A fetch has a virtual thread of its own, so that a caller who is interrupted does not spoil it for the others who wait for the same policy.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> {@link #await} for {@code sts_timeout} at most, the turn included.
 */
final class Fetches implements AutoCloseable {

    private static final int AT_ONCE = 100;
    /** Failures that are remembered; the oldest go first, which costs one more question each. */
    private static final int MOST_FAILURES = 10_000;

    /**
     * @param limit until the policy has to be there
     * @param pause after a failure, before this wish is tried: another, for the same policy, may be more urgent
     */
    record Wish(String domain, String id, Duration limit, Duration pause) {
        private Key key() {
            return new Key(domain, id);
        }
    }

    private record Key(String domain, String id) {}

    private record Failure(Instant when, PolicyFetch.Failed what) {}

    private record Flight(CompletableFuture<PolicyFetch.Result> result, Thread thread) {}

    private final PolicyFetch fetch;
    private final InstantSource clock;
    private final Semaphore turns = new Semaphore(AT_ONCE);
    private final Map<String, Flight> flights = new ConcurrentHashMap<>();
    private final Map<Key, Failure> failures = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Failure> eldest) {
            return size() > MOST_FAILURES;
        }
    };
    private volatile boolean closed;

    Fetches(PolicyFetch fetch, InstantSource clock) {
        this.fetch = fetch;
        this.clock = clock;
    }

    /**
     * What comes of asking for the policy, or came of it just now where that failed.
     *
     * @param took told of what a fetch brought, once per fetch, before anybody's answer
     */
    PolicyFetch.Result await(Wish wish, Consumer<PolicyFetch.Result> took) {
        try {
            return start(wish, took).get(wish.limit.toMillis() + 1000, TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return PolicyFetch.Failed.of("interrupted");
        } catch (TimeoutException _) {
            return PolicyFetch.Failed.of("not fetched within " + wish.limit.toSeconds() + " s");
        } catch (ExecutionException e) {
            return PolicyFetch.Failed.of(String.valueOf(e.getCause()));
        }
    }

    /** Does not wait. */
    CompletableFuture<PolicyFetch.Result> start(Wish wish, Consumer<PolicyFetch.Result> took) {
        PolicyFetch.Failed before = recentFailure(wish);
        if (before != null) {
            return CompletableFuture.completedFuture(before);
        }
        Flight flight = flights.computeIfAbsent(wish.domain, _ -> {
            var result = new CompletableFuture<PolicyFetch.Result>();
            return new Flight(result, Thread.ofVirtual().name("sts " + wish.domain).unstarted(() -> fly(wish, took, result)));
        });
        if (flight.thread.getState() == Thread.State.NEW) {
            takeOff(flight);
        }
        return flight.result;
    }

    /** Outside of the map's lock; of several who try, one starts it. */
    private static void takeOff(Flight flight) {
        synchronized (flight.thread) {
            if (flight.thread.getState() == Thread.State.NEW) {
                flight.thread.start();
            }
        }
    }

    private void fly(Wish wish, Consumer<PolicyFetch.Result> took, CompletableFuture<PolicyFetch.Result> answer) {
        PolicyFetch.Result result = PolicyFetch.Failed.of("the fetch was given up");
        try {
            result = inTurn(wish.domain, wish.limit);
            remember(wish.key(), result);
            took.accept(result);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            flights.remove(wish.domain);
            answer.complete(result);
        }
    }

    private PolicyFetch.Result inTurn(String domain, Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        if (closed || !turns.tryAcquire(limit.toNanos(), TimeUnit.NANOSECONDS)) {
            return PolicyFetch.Failed.of("too many other policies are being fetched");
        }
        try {
            return fetch.fetch(domain, Duration.ofNanos(Math.max(1, end - System.nanoTime())));
        } finally {
            turns.release();
        }
    }

    private PolicyFetch.Failed recentFailure(Wish wish) {
        synchronized (failures) {
            Failure failure = failures.get(wish.key());
            boolean recent = failure != null && clock.instant().isBefore(failure.when.plus(wish.pause));
            return recent ? failure.what : null;
        }
    }

    /** Old ones are not looked for: a new result replaces its own, and the map drops the oldest. */
    private void remember(Key key, PolicyFetch.Result result) {
        synchronized (failures) {
            failures.remove(key);
            if (result instanceof PolicyFetch.Failed failed) {
                failures.put(key, new Failure(clock.instant(), failed));
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        flights.values().forEach(flight -> flight.thread.interrupt());
    }
}
