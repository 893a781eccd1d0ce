// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.tls.spi.TlsPolicySource;
import org.ostler.mail.tls.spi.TlsPolicySource.Published;
import org.ostler.smtp.client.PolicySources.Patience;

/** Several sources of policies: who is asked first, and that none is called that has left. */
@Timeout(60)
class PolicySourcesTest {

    private static final Settings SETTINGS = Settings.of(Map.of());

    /** As a service's reference: the same one whatever becomes of its rank. */
    private static final class Reference implements Comparable<Reference> {
        private int rank;

        Reference(int rank) {
            this.rank = rank;
        }

        @Override
        public int compareTo(Reference other) {
            return Integer.compare(rank, other.rank);
        }
    }

    private static TlsPolicySource saying(String mx) {
        var policy = new Published(true, List.of(mx), List.of());
        return (_, _) -> policy;
    }

    private static List<String> ask(PolicySources sources) throws UnavailableException {
        return ((Published) sources.ask("example.test", SETTINGS).orElseThrow()).mx();
    }

    @Test
    void the_highest_rank_is_asked_first_and_the_next_where_it_knows_nothing() throws Exception {
        var sources = new PolicySources(Duration.ZERO);
        assertThat(sources.ask("example.test", SETTINGS)).isEmpty();
        sources.bind(saying("low"), new Reference(1), "low");
        sources.bind(saying("high"), new Reference(2), "high");
        assertThat(ask(sources)).containsExactly("high");
        sources.bind((_, _) -> TlsPolicySource.NO_POLICY, new Reference(3), "silent");
        assertThat(ask(sources)).containsExactly("high");
    }

    @Test
    void one_that_starts_after_the_transport_is_waited_for() throws Exception {
        var sources = new PolicySources(Duration.ofSeconds(60));
        FutureTask<List<String>> asked = asking(sources);
        sources.bind(saying("late"), new Reference(1), "late");
        assertThat(asked.get(10, TimeUnit.SECONDS)).containsExactly("late");
    }

    @Test
    void one_that_is_installed_is_waited_for_however_late_it_comes() throws Exception {
        var sources = new PolicySources(new Patience(Duration.ZERO, Duration.ofSeconds(60), Duration.ZERO));
        sources.expecting(() -> true);
        FutureTask<List<String>> asked = asking(sources);
        sources.bind(saying("very late"), new Reference(1), "late");
        assertThat(asked.get(10, TimeUnit.SECONDS)).containsExactly("very late");
    }

    @Test
    void one_that_is_installed_and_does_not_come_makes_mail_wait() {
        var sources = new PolicySources(new Patience(Duration.ZERO, Duration.ofMillis(1), Duration.ZERO));
        sources.expecting(() -> true);
        assertThatThrownBy(() -> sources.ask("example.test", SETTINGS)).isInstanceOf(UnavailableException.class).hasMessage("source of MTA-STS policies is not available");
    }

    /** In the meantime nobody knows what it would have said. */
    @Test
    void of_several_one_that_is_replaced_is_waited_for() throws Exception {
        var sources = new PolicySources(new Patience(Duration.ZERO, Duration.ofSeconds(60), Duration.ZERO));
        sources.bind(saying("low"), new Reference(1), "low");
        TlsPolicySource old = saying("old");
        var high = new Reference(2);
        sources.bind(old, high, "high");
        sources.unbind(old, high);
        FutureTask<List<String>> asked = asking(sources);
        sources.bind((_, _) -> TlsPolicySource.NO_POLICY, new Reference(3), "another");
        sources.bind(saying("new"), new Reference(4), "high");
        assertThat(asked.get(10, TimeUnit.SECONDS)).containsExactly("new");
    }

    @Test
    void one_that_came_before_its_forerunner_left_and_one_that_is_taken_out_are_not() throws Exception {
        var sources = new PolicySources(new Patience(Duration.ZERO, Duration.ofSeconds(600), Duration.ZERO));
        sources.bind(saying("low"), new Reference(1), "low");
        TlsPolicySource old = saying("old");
        var high = new Reference(2);
        sources.bind(old, high, "high");
        sources.bind(saying("new"), new Reference(3), "high");
        sources.unbind(old, high);
        assertThat(ask(sources)).containsExactly("new");
        var brief = new PolicySources(new Patience(Duration.ZERO, Duration.ofMillis(1), Duration.ZERO));
        brief.bind(saying("low"), new Reference(1), "low");
        brief.bind(old, high, "high");
        brief.unbind(old, high);
        assertThat(ask(brief)).containsExactly("low");
    }

    private static PolicySources without(BooleanSupplier installed, BooleanSupplier uninstalled, Duration takenOut) {
        var sources = new PolicySources(new Patience(Duration.ZERO, Duration.ofMillis(1), takenOut));
        sources.expecting(installed);
        TlsPolicySource source = saying("gone");
        var reference = new Reference(1);
        sources.bind(source, reference, "gone", uninstalled);
        sources.unbind(source, reference);
        return sources;
    }

    @Test
    void after_one_that_was_uninstalled_long_ago_nothing_is_asked() throws Exception {
        PolicySources sources = without(() -> false, () -> true, Duration.ZERO);
        assertThat(sources.ask("example.test", SETTINGS)).isEmpty();
        sources.bind(saying("back"), new Reference(2), "back");
        assertThat(ask(sources)).containsExactly("back");
    }

    /** Swapped by hand; stopped; replaced by one that does not start; wanted by the configuration. */
    @Test
    void in_all_other_cases_mail_waits() {
        Settings wanted = Settings.of(Map.of("smtp_tls_sts", "yes"));
        assertWaits(without(() -> false, () -> true, Duration.ofMinutes(15)), SETTINGS);
        assertWaits(without(() -> false, () -> false, Duration.ZERO), SETTINGS);
        assertWaits(without(() -> true, () -> true, Duration.ZERO), SETTINGS);
        assertWaits(without(() -> false, () -> true, Duration.ZERO), wanted);
        PolicySources two = without(() -> false, () -> true, Duration.ZERO);
        TlsPolicySource source = saying("other");
        var reference = new Reference(1);
        two.bind(source, reference, "other", () -> false);
        two.unbind(source, reference);
        assertWaits(two, SETTINGS);
    }

    /** A source that could not start is replaced by hand: how long it had been of no use says nothing. */
    @Test
    void the_time_counts_from_when_it_was_uninstalled_and_not_from_when_it_went_away() throws Exception {
        var uninstalled = new AtomicBoolean();
        var installed = new AtomicBoolean();
        PolicySources sources = without(installed::get, uninstalled::get, Duration.ofNanos(1));
        awaitTick();
        uninstalled.set(true);
        assertWaits(sources, SETTINGS);
        installed.set(true);
        assertWaits(sources, SETTINGS);
        awaitTick();
        installed.set(false);
        assertWaits(sources, SETTINGS);
        awaitTick();
        assertThat(sources.ask("example.test", SETTINGS)).isEmpty();
    }

    private static void awaitTick() {
        for (long now = System.nanoTime(); System.nanoTime() - now <= 1;) {
            Thread.onSpinWait();
        }
    }

    private static void assertWaits(PolicySources sources, Settings settings) {
        assertThatThrownBy(() -> sources.ask("example.test", settings)).isInstanceOf(UnavailableException.class).hasMessage("source of MTA-STS policies is not available");
    }

    /** Until it waits. */
    private static FutureTask<List<String>> asking(PolicySources sources) {
        var asked = new FutureTask<>(() -> ask(sources));
        Thread asking = Thread.ofPlatform().daemon().start(asked);
        for (int i = 0; i < 10_000 && asking.getState() != Thread.State.TIMED_WAITING; i++) {
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(asking.getState()).isEqualTo(Thread.State.TIMED_WAITING);
        return asked;
    }

    @Test
    void a_rank_that_changes_counts_at_once_and_leaves_nobody_behind() throws Exception {
        var sources = new PolicySources(new Patience(Duration.ZERO, Duration.ZERO, Duration.ZERO));
        var one = new Reference(1);
        var two = new Reference(2);
        var three = new Reference(3);
        TlsPolicySource first = saying("first");
        TlsPolicySource second = saying("second");
        TlsPolicySource third = saying("third");
        sources.bind(first, one, "first");
        sources.bind(second, two, "second");
        sources.bind(third, three, "third");
        one.rank = 9;
        assertThat(ask(sources)).containsExactly("first");
        sources.unbind(first, one);
        assertThat(ask(sources)).containsExactly("third");
        sources.unbind(third, three);
        sources.unbind(second, two);
        // Who is interrupted does not wait for one to come back.
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> ask(sources)).isInstanceOf(UnavailableException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
