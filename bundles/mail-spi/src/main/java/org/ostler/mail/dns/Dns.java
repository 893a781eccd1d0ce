// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.dns;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Looks names up. The service of {@code dns}.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> until answer or deadline (a parameter, bounded). <b>Errors</b> {@link DnsAnswer.Failed}. <b>Nulls</b> none. Answers are cached by TTL, positive and negative.
 * Names are given in A-label form, without final dot.
 *
 * <p>{@code secure} asks for a proved answer ({@code smtp_dns_support_level = dnssec}); it costs nothing where false. Each lookup is judged by itself: a denial for one address family that does not hold
 * says nothing about the other, and an alias has the status of its weakest step while {@link #cname} tells that of its first (RFC 7672 section 2.2.2).
 */
@ProviderType
public interface Dns {

    DnsAnswer<Mx> mx(String domain, boolean secure);

    /** A and AAAA records as asked. */
    DnsAnswer<InetAddress> addresses(String host, Family family, boolean secure);

    /** @param name with service and protocol: {@code _submission._tcp.example.org} */
    default DnsAnswer<Srv> srv(String name, boolean secure) {
        return new DnsAnswer.Failed<>("no SRV lookups here", false);
    }

    DnsAnswer<String> ptr(InetAddress address);

    DnsAnswer<String> txt(String name, boolean secure);

    /** Always as {@code secure}. Records are handed over as they came, also unknown and truncated ones: what is usable is for the verifier to say (RFC 7672 section 3.1). */
    DnsAnswer<Tlsa> tlsa(String name);

    /** The direct CNAME of a name, not followed. For a name without one, {@code NoData} with the status of its zone. */
    DnsAnswer<String> cname(String name, boolean secure);

    /** The system's hosts file and name service ("native" in smtp_host_lookup, client names of loopback addresses). */
    DnsAnswer<InetAddress> nativeAddresses(String host, Family family);

    DnsAnswer<String> nativeName(InetAddress address);

    /** Domains that the system's configuration would append to incomplete names; the lookups above never do. Callers with a Postfix option that asks for it complete names themselves. */
    default List<String> searchList() {
        return List.of();
    }

    /**
     * Why no answer can be proved for the time being, or empty where answers can: a forwarder that strips signatures, a resolver that is not trusted. Lookups go on meanwhile, as
     * {@link DnsAnswer.Security#UNCHECKED}, so that the caller can apply Postfix's rule for a missing precondition: {@code dane} becomes {@code may} with a warning, {@code dane-only} defers.
     *
     * <p><b>Blocking</b> as a lookup, when called for the first time. A forwarder that once delivered signatures never brings this state back: what it strips later is bogus.
     */
    default Optional<String> dnssecTrouble() {
        return Optional.empty();
    }

    enum Family { IPV4, IPV6 }
}
