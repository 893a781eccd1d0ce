// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tls.spi.TlsPolicySource;
import org.ostler.mail.tls.spi.TlsPolicySource.DomainPolicy;

/**
 * All who know what domains say of their mail servers. The first that knows a policy, by rank, is right.
 *
 * <p>A source that was there and is gone is waited for, {@link Leased#PATIENCE} long, and then mail waits: nobody else knows which domains it would have asked more of. One of several that leaves is waited for as long, and then
 * those that stayed speak: it was taken out. Where there never was one, and none is installed, nothing is asked; one that is installed and has not come, because it is late or cannot be started, is waited for as one that is gone.
 *
 * <p>One whose bundle was uninstalled, and nothing like it installed for {@link #TAKEN_OUT}, was taken out by an operator: then nothing is asked, as after a restart, unless he has asked for policies himself ({@code smtp_tls_sts}).
 *
 * <p><b>Threads</b> any. <b>Blocking</b> as the sources. <b>Errors</b> {@link UnavailableException}.
 */
final class PolicySources {

    private static final String WHAT = "source of MTA-STS policies";

    /** No replacement takes so long, be it done by hand: an uninstalled bundle that is not back by then is not meant to be. Until then mail waits. */
    static final Duration TAKEN_OUT = Duration.ofMinutes(15);

    /**
     * @param provider the same for what replaces a source
     * @param uninstalled whether its bundle is, for good
     */
    private record Source(Leased<TlsPolicySource> leased, String provider, BooleanSupplier uninstalled) {}

    /** How long somebody is waited for. */
    record Patience(Duration start, Duration away, Duration takenOut) {}

    /** By reference, which stays the same when somebody changes its rank; its order does not, so it is looked at when asking. */
    private final Map<Comparable<Object>, Source> sources = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition back = lock.newCondition();
    /** Providers that have left and are not back, with the time of {@link System#nanoTime} until which they are waited for. */
    private final Map<String, Long> away = new HashMap<>();
    /** Of all providers that have left, since the last one came: whether their bundle is uninstalled. */
    private final Map<String, BooleanSupplier> departed = new HashMap<>();
    /** When all of them were first seen to be, with nobody installed in their place, by {@link System#nanoTime}; null while that is not so. An outage before it does not count. */
    private Long without;
    private boolean told;
    /** Bound as long as any source is; tells whether one is to be waited for. */
    private final Leased<TlsPolicySource> any;
    private final Patience patience;
    private volatile BooleanSupplier expected = () -> false;

    /** @param start how long a source may take to come; until then mail waits for it, as it would go by less than its domain asks */
    PolicySources(Duration start) {
        this(new Patience(start, Leased.PATIENCE, TAKEN_OUT));
    }

    PolicySources(Patience patience) {
        this.patience = patience;
        this.any = new Leased<>(WHAT, patience.away);
    }

    /** @param installed whether a source is to come, in whatever state its bundle is */
    void expecting(BooleanSupplier installed) {
        expected = installed;
    }

    /** @param provider whose source it is: one of the same provider takes the place of one that left */
    void bind(TlsPolicySource source, Comparable<?> rank, String provider) {
        bind(source, rank, provider, () -> false);
    }

    /** @param uninstalled whether its bundle is, asked after it has left */
    @SuppressWarnings("unchecked")
    void bind(TlsPolicySource source, Comparable<?> rank, String provider, BooleanSupplier uninstalled) {
        var leased = new Leased<TlsPolicySource>(WHAT);
        leased.bind(source, rank);
        lock.lock();
        try {
            sources.put((Comparable<Object>) rank, new Source(leased, provider, uninstalled));
            away.remove(provider);
            departed.clear();
            without = null;
            told = false;
            back.signalAll();
        } finally {
            lock.unlock();
        }
        any.bind(source, rank);
    }

    void unbind(TlsPolicySource source, Comparable<?> rank) {
        any.unbind(source, rank);
        Source gone = left(rank);
        if (gone != null) {
            gone.leased.unbind(source, rank);
        }
    }

    private Source left(Comparable<?> rank) {
        lock.lock();
        try {
            Source gone = sources.remove(rank);
            if (gone != null && sources.values().stream().noneMatch(other -> other.provider.equals(gone.provider))) {
                away.put(gone.provider, System.nanoTime() + patience.away.toNanos());
            }
            if (gone != null) {
                departed.put(gone.provider, gone.uninstalled);
            }
            return gone;
        } finally {
            lock.unlock();
        }
    }

    /** Empty: nobody was ever there to ask, nor is to come. Blocking after the start, and while a source is replaced. */
    Optional<DomainPolicy> ask(String domain, Settings settings) throws UnavailableException {
        if (!any.awaitKnown(patience.start) && !expected.getAsBoolean() || isTakenOut(settings)) {
            return Optional.empty();
        }
        any.acquire().close();
        awaitAll();
        List<Leased<TlsPolicySource>> asked = inOrder();
        if (asked.isEmpty()) {
            // It left between the two lines: silence is no answer.
            throw new UnavailableException(WHAT + " is not available");
        }
        DomainPolicy last = TlsPolicySource.NO_POLICY;
        for (Leased<TlsPolicySource> source : asked) {
            DomainPolicy said = source.call(s -> s.policy(domain, settings));
            if (said instanceof TlsPolicySource.Published) {
                return Optional.of(said);
            }
            if (said instanceof TlsPolicySource.None(String trouble, _) && !trouble.isEmpty()) {
                last = said;
            }
        }
        return Optional.of(last);
    }

    /** Whether an operator does without: each that left is uninstalled, and none is installed, in whatever state, since long ago. */
    private boolean isTakenOut(Settings settings) {
        if (any.isBound()) {
            return false;
        }
        boolean replaced = expected.getAsBoolean();
        lock.lock();
        try {
            if (replaced || !sources.isEmpty() || departed.isEmpty() || !departed.values().stream().allMatch(BooleanSupplier::getAsBoolean)) {
                without = null;
                return false;
            }
            long now = System.nanoTime();
            without = without == null ? now : without;
            boolean taken = now - without >= patience.takenOut.toNanos() && !settings.isSet(SmtpTlsParameters.SMTP_TLS_STS.name());
            if (taken && !told) {
                told = true;
                MailLog.of(settings.text("syslog_name") + "/smtp").warning("the " + WHAT + " was uninstalled: domains are no longer asked for theirs");
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Until those are back that have just left, or the time that they are given is over. */
    private void awaitAll() throws UnavailableException {
        lock.lock();
        try {
            while (!away.isEmpty()) {
                long now = System.nanoTime();
                away.values().removeIf(until -> until - now <= 0);
                long left = away.values().stream().mapToLong(until -> until - now).max().orElse(0);
                if (left > 0) {
                    back.awaitNanos(left);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnavailableException("interrupted while waiting for a " + WHAT);
        } finally {
            lock.unlock();
        }
    }

    /** The highest rank first. */
    private List<Leased<TlsPolicySource>> inOrder() {
        return sources.entrySet().stream().sorted(Map.Entry.comparingByKey(Collections.reverseOrder())).map(entry -> entry.getValue().leased).toList();
    }
}
