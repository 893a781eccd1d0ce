// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A line in front of few places. */
@Timeout(60)
class PlacesTest {

    private static final Duration LONG = Duration.ofMinutes(10);

    private static Future<Boolean> taking(Places places, ArrayList<Thread> threads) throws InterruptedException {
        var taken = new CompletableFuture<Boolean>();
        Thread thread = Thread.ofPlatform().daemon().start(() -> {
            try {
                taken.complete(places.take());
            } catch (InterruptedException e) {
                taken.completeExceptionally(e);
            }
        });
        threads.add(thread);
        while (!taken.isDone() && thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        return taken;
    }

    @Test
    void never_more_than_there_are_and_none_is_lost() throws Exception {
        var places = new Places(3, LONG);
        var inside = new AtomicInteger();
        var most = new AtomicInteger();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var results = new ArrayList<Future<Integer>>();
            for (int t = 0; t < 50; t++) {
                results.add(threads.submit(() -> {
                    int taken = 0;
                    for (int i = 0; i < 1000; i++) {
                        taken += places.take() ? 1 : 0;
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        if (i % 10 == 0) {
                            Thread.yield();
                        }
                        inside.decrementAndGet();
                        places.giveBack();
                    }
                    return taken;
                }));
            }
            for (var result : results) {
                assertThat(result.get(50, TimeUnit.SECONDS)).isEqualTo(1000);
            }
        }
        assertThat(most.get()).isBetween(1, 3);
        for (int i = 0; i < 3; i++) {
            assertThat(places.take()).isTrue();
        }
    }

    @Test
    void who_came_first_goes_first() throws Exception {
        var places = new Places(1, LONG);
        var threads = new ArrayList<Thread>();
        assertThat(places.take()).isTrue();
        Future<Boolean> first = taking(places, threads);
        Future<Boolean> second = taking(places, threads);
        places.giveBack();
        assertThat(first.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(second.isDone()).isFalse();
        places.giveBack();
        assertThat(second.get(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void nobody_waits_for_ever_and_those_who_go_leave_nothing_behind() throws Exception {
        var places = new Places(1, Duration.ofMillis(20));
        assertThat(places.take()).isTrue();
        assertThat(places.take()).isFalse();
        assertThat(places.take()).as("once more, the timer having rung").isFalse();
        places.giveBack();
        assertThat(places.take()).isTrue();
    }

    @Test
    void who_is_interrupted_leaves_the_line() throws Exception {
        var places = new Places(1, LONG);
        var threads = new ArrayList<Thread>();
        assertThat(places.take()).isTrue();
        Future<Boolean> first = taking(places, threads);
        Future<Boolean> second = taking(places, threads);
        threads.getFirst().interrupt();
        assertThat(first).failsWithin(Duration.ofSeconds(30)).withThrowableOfType(ExecutionException.class).withCauseInstanceOf(InterruptedException.class);
        places.giveBack();
        assertThat(second.get(30, TimeUnit.SECONDS)).isTrue();
    }
}
