// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
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

    private final Map<Comparable<Object>, Leased<TlsPolicySource>> sources = new ConcurrentSkipListMap<>(Comparator.<Comparable<Object>>naturalOrder().reversed());
    /** Bound as long as any source is; tells whether one is to be waited for. */
    private final Leased<TlsPolicySource> any = new Leased<>("source of MTA-STS policies");
    private volatile boolean known;

    @SuppressWarnings("unchecked")
    void bind(TlsPolicySource source, Comparable<?> rank) {
        var leased = new Leased<TlsPolicySource>("source of MTA-STS policies");
        leased.bind(source, rank);
        sources.put((Comparable<Object>) rank, leased);
        any.bind(source, rank);
        known = true;
    }

    void unbind(TlsPolicySource source, Comparable<?> rank) {
        Leased<TlsPolicySource> leased = sources.remove(rank);
        any.unbind(source, rank);
        if (leased != null) {
            leased.unbind(source, rank);
        }
    }

    /** Empty: nobody is there to ask. */
    Optional<DomainPolicy> ask(String domain, Settings settings) throws UnavailableException {
        if (!known) {
            return Optional.empty();
        }
        any.acquire().close();
        DomainPolicy last = TlsPolicySource.NO_POLICY;
        for (Leased<TlsPolicySource> source : sources.values()) {
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
}
