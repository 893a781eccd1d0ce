// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.dns;

import java.net.InetAddress;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Looks names up. The service of {@code dns}.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> until answer or deadline (a parameter, bounded). <b>Errors</b> {@link DnsAnswer.Failed}. <b>Nulls</b> none. Answers are cached by TTL, positive and negative.
 * Names are given in A-label form, without final dot.
 *
 * <p>{@code secure} asks for a proved answer ({@code smtp_dns_support_level = dnssec}); it costs nothing where false.
 */
@ProviderType
public interface Dns {

    DnsAnswer<Mx> mx(String domain, boolean secure);

    /** A and AAAA records as asked. */
    DnsAnswer<InetAddress> addresses(String host, Family family, boolean secure);

    DnsAnswer<String> ptr(InetAddress address);

    DnsAnswer<String> txt(String name, boolean secure);

    DnsAnswer<Tlsa> tlsa(String name);

    /** The direct CNAME of a name, not followed. */
    DnsAnswer<String> cname(String name, boolean secure);

    /** The system's hosts file and name service ("native" in smtp_host_lookup, client names of loopback addresses). */
    DnsAnswer<InetAddress> nativeAddresses(String host, Family family);

    DnsAnswer<String> nativeName(InetAddress address);

    /** Domains that the system's configuration would append to incomplete names; the lookups above never do. Callers with a Postfix option that asks for it complete names themselves. */
    default List<String> searchList() {
        return List.of();
    }

    enum Family { IPV4, IPV6 }
}
