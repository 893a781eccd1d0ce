// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class LeasedTest {

    @Test
    void unbind_returns_only_after_the_call_in_progress_has_ended() throws Exception {
        var leased = new Leased<String>("text");
        leased.bind("a", 1);
        var inside = new CountDownLatch(1);
        var mayEnd = new CountDownLatch(1);
        var call = CompletableFuture.supplyAsync(() -> {
            try (var lease = leased.acquire()) {
                inside.countDown();
                mayEnd.await(10, TimeUnit.SECONDS);
                return lease.service();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(inside.await(10, TimeUnit.SECONDS)).isTrue();
        var unbound = CompletableFuture.runAsync(() -> leased.unbind("a", 1));
        assertThat(unbound.isDone()).isFalse();
        mayEnd.countDown();
        unbound.get(10, TimeUnit.SECONDS);
        assertThat(call.get(10, TimeUnit.SECONDS)).isEqualTo("a");
    }

    @Test
    void one_who_was_there_is_known_when_he_has_gone() throws Exception {
        var leased = new Leased<String>("text", Duration.ZERO);
        assertThat(leased.awaitKnown(Duration.ZERO)).isFalse();
        leased.bind("one", 1);
        leased.unbind("one", 1);
        assertThat(leased.awaitKnown(Duration.ZERO)).isTrue();
        assertThat(leased.isBound()).isFalse();
    }

    @Test
    void one_who_starts_a_little_later_is_no_nobody() throws Exception {
        var leased = new Leased<String>("text");
        var asked = new CompletableFuture<Boolean>();
        Thread asking = Thread.ofPlatform().daemon().start(() -> asked.complete(leased.awaitKnown(Duration.ofSeconds(60))));
        for (int i = 0; i < 10_000 && asking.getState() != Thread.State.TIMED_WAITING; i++) {
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(asking.getState()).isEqualTo(Thread.State.TIMED_WAITING);
        leased.bind("late", 1);
        assertThat(asked.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void a_service_whose_ranking_was_changed_is_unbound_all_the_same() throws Exception {
        /** As a ServiceReference: the same for good, ordered by what the ranking is at the moment. */
        final class Reference implements Comparable<Reference> {
            int ranking;

            Reference(int ranking) {
                this.ranking = ranking;
            }

            @Override
            public int compareTo(Reference other) {
                return Integer.compare(ranking, other.ranking);
            }
        }
        var leased = new Leased<String>("text", Duration.ZERO);
        var one = new Reference(1);
        var two = new Reference(2);
        var three = new Reference(3);
        leased.bind("one", one);
        leased.bind("two", two);
        leased.bind("three", three);
        one.ranking = 9;
        leased.unbind("one", one);
        leased.unbind("two", two);
        leased.unbind("three", three);
        assertThat(leased.isBound()).isFalse();
    }

    @Test
    void a_caller_waits_for_the_replacement_and_the_highest_rank_wins() throws Exception {
        var leased = new Leased<String>("text");
        var answer = CompletableFuture.supplyAsync(() -> {
            try {
                return leased.call(text -> text);
            } catch (UnavailableException e) {
                throw new IllegalStateException(e);
            }
        });
        leased.bind("low", 1);
        assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo("low");
        leased.bind("high", 2);
        assertThat(leased.<String, RuntimeException>call(text -> text)).isEqualTo("high");
        leased.unbind("high", 2);
        assertThat(leased.<String, RuntimeException>call(text -> text)).isEqualTo("low");
    }

    @Test
    void nobody_bound_is_unavailable_after_the_wait() {
        var leased = new Leased<String>("lookup", Duration.ofMillis(1));
        assertThatThrownBy(leased::acquire).isInstanceOf(UnavailableException.class).hasMessageContaining("lookup");
    }
}
