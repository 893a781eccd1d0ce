// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** Parameters of the resolver. All but dnssec_probe are Ostler's own: Postfix leaves this to the C library. */
@Component(service = ParameterSet.class)
public final class DnsParameters extends ParameterSet {

    public static final Parameter<List<InetSocketAddress>> DNS_SERVERS = new Parameter<>("dns_servers", "list", "", """
        Addresses of the name servers to ask, each with an optional port: 192.0.2.53, 192.0.2.53:5353, [2001:db8::53]:53. \
        Empty: those of /etc/resolv.conf, read again whenever that file changes.""",
            text -> Lists.split(text).stream().map(ResolvConf::server).toList());

    public static final Parameter<Boolean> DNSSEC_VALIDATION = new Parameter<>("dnssec_validation", "word", "own", """
        Who proves answers where smtp_dns_support_level = dnssec asks for it. own: signatures are checked here, from the root's key down, over any name server that passes them on. \
        resolver: a name server on this machine checks them, and its AD bit is believed, as Postfix does.""",
            text -> switch (text) {
                case "own" -> true;
                case "resolver" -> false;
                default -> throw new IllegalArgumentException("neither own nor resolver: " + text);
            });

    public static final Parameter<String> DNSSEC_TRUST_ANCHOR_FILE = text("dnssec_trust_anchor_file", "", """
        A file of DS or DNSKEY lines to begin with, in zone file form; read again when it changes. Empty: the keys of the root zone that come with Ostler, KSK-2017 and KSK-2024.""");

    public static final Parameter<String> DNSSEC_PROBE = text("dnssec_probe", "ns:.", """
        Record type and name that every name server is asked for, where proofs are wanted, to see whether it passes signatures on (or, with dnssec_validation = resolver, sets the AD bit). Empty: none is asked.""");

    public static final Parameter<Duration> DNS_ATTEMPT_TIMEOUT = time("dns_attempt_timeout", "3s", """
        How long one server may take for one answer before the next server is asked.""");

    public static final Parameter<Integer> DNS_ATTEMPTS = integer("dns_attempts", "2", 1, 10, """
        How many times the list of servers is gone through.""");

    public static final Parameter<Duration> DNS_DEADLINE = time("dns_deadline", "15s", """
        The longest that any lookup takes, all servers and attempts included. Then the answer is "could not ask" and mail waits.""");

    public static final Parameter<Integer> DNS_CACHE_SIZE = integer("dns_cache_size", "20000", 0, """
        How many answers are remembered; the ones not used for longest go first. 0: none.""");

    public static final Parameter<Duration> DNS_CACHE_MAX_TTL = time("dns_cache_max_ttl", "1d", """
        An answer is remembered for its own time to live, but no longer than this.""");

    public static final Parameter<Duration> DNS_CACHE_MAX_NEGATIVE_TTL = time("dns_cache_max_negative_ttl", "1h", """
        "No such name" and "no such record" are remembered for the time that the zone allows, but no longer than this.""");

    public static final Parameter<Duration> DNS_CACHE_FAILURE_TTL = time("dns_cache_failure_ttl", "5s", """
        How long a failed lookup is remembered, so that a thousand messages for a domain with dead name servers do not each wait for the deadline. At most 5 minutes (RFC 2308 section 7).""");
}
