// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.tls.spi.TlsPolicySource;
import org.ostler.mail.tls.spi.TlsPolicySource.DomainPolicy;

/**
 * All who know what domains say of their mail servers. The first that knows a policy, by rank, is right.
 *
 * <p>A source that was there and is gone is waited for, {@link Leased#PATIENCE} long, and then mail waits: nobody else knows which domains it would have asked more of. Where there never was one, nothing is asked.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> as the sources. <b>Errors</b> {@link UnavailableException}.
 */
final class PolicySources {

    private static final String WHAT = "source of MTA-STS policies";

    /** By reference, which stays the same when somebody changes its rank; its order does not, so it is looked at when asking. */
    private final Map<Comparable<Object>, Leased<TlsPolicySource>> sources = new ConcurrentHashMap<>();
    /** Bound as long as any source is; tells whether one is to be waited for. */
    private final Leased<TlsPolicySource> any = new Leased<>(WHAT);
    private final Duration start;

    /** @param start how long a source may take to come; until then mail waits for it, as it would go by less than its domain asks */
    PolicySources(Duration start) {
        this.start = start;
    }

    @SuppressWarnings("unchecked")
    void bind(TlsPolicySource source, Comparable<?> rank) {
        var leased = new Leased<TlsPolicySource>(WHAT);
        leased.bind(source, rank);
        sources.put((Comparable<Object>) rank, leased);
        any.bind(source, rank);
    }

    void unbind(TlsPolicySource source, Comparable<?> rank) {
        any.unbind(source, rank);
        Leased<TlsPolicySource> leased = sources.remove(rank);
        if (leased != null) {
            leased.unbind(source, rank);
        }
    }

    /** Empty: nobody was ever there to ask. Blocking after the start, and while a source is replaced. */
    Optional<DomainPolicy> ask(String domain, Settings settings) throws UnavailableException {
        if (!any.awaitKnown(start)) {
            return Optional.empty();
        }
        any.acquire().close();
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

    /** The highest rank first. */
    private List<Leased<TlsPolicySource>> inOrder() {
        return sources.entrySet().stream().sorted(Map.Entry.comparingByKey(Collections.reverseOrder())).map(Map.Entry::getValue).toList();
    }
}
