// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls.spi;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tls.TlsResult;

/**
 * Knows what a domain says of its own mail servers, other than by DANE: MTA-STS (RFC 8461).
 *
 * <p><b>Threads</b> any. <b>Blocking</b> allowed, within the source's own deadline; honour interruption. <b>Errors</b> {@link None} with a reason: a policy that cannot be had binds nobody, one that is
 * still in a cache does. <b>Nulls</b> none. <b>Lifetime</b> asked once per next hop and connection, before connecting.
 */
@ConsumerType
public interface TlsPolicySource {

    /** @param domain next hop that stands for its mail exchangers, in A-label form and lower case; never a host in brackets */
    DomainPolicy policy(String domain, Settings settings);

    sealed interface DomainPolicy {}

    /**
     * @param trouble why a policy that exists, or may exist, could not be had, for log and report; empty where there is none
     * @param result  the same for reports (RFC 8460 section 4.3.2.2); empty where there is nothing to report: no trouble, or none that shows that the domain has a policy
     */
    record None(String trouble, Optional<TlsResult> result) implements DomainPolicy {

        /** @param result what reports say */
        public static None because(String trouble, TlsResult result) {
            return new None(trouble, Optional.of(result));
        }
    }

    /**
     * @param enforce false: testing; mail goes, failures are reported
     * @param mx      patterns: a host name, or {@code *.example.org} for one label
     * @param strings lines of the policy, for reports
     */
    record Published(boolean enforce, List<String> mx, List<String> strings) implements DomainPolicy {
        public Published {
            mx = List.copyOf(mx);
            strings = List.copyOf(strings);
        }

        /** Whether a host may be used (RFC 8461 section 4.1). */
        public boolean allows(String host) {
            String name = host.toLowerCase(Locale.ROOT);
            int dot = name.indexOf('.');
            return mx.stream().map(pattern -> pattern.toLowerCase(Locale.ROOT))
                    .anyMatch(pattern -> pattern.startsWith("*.") ? dot > 0 && name.substring(dot).equals(pattern.substring(1)) : pattern.equals(name));
        }
    }

    DomainPolicy NO_POLICY = new None("", Optional.empty());
}
