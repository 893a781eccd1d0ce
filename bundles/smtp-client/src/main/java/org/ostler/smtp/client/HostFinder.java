// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.net.IDN;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.Dns.Family;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.Mx;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.lookup.Answer;
import org.ostler.smtp.client.Failure.NoHost;

/**
 * Makes hosts of a next hop: mail exchangers and their addresses, in the order in which they are tried.
 *
 * <p><b>Description</b> A domain is asked for MX records. With some, the hosts of the best preference come first; with none (no such record, or no such name) the domain itself is the host (RFC 5321 section 5.1); with a null MX
 * mail bounces. Where an own address is among the hosts, it and all that are not better are left out, so that mail for a domain that we are a backup for goes up and never round; when nothing is left, mail loops.
 *
 * <p><b>Threads</b> one per instance. <b>Blocking</b> DNS. <b>Errors</b> {@link Plan.None} with a failure; anything that somebody could not answer is temporary, however sure the rest is.
 */
final class HostFinder {

    sealed interface Plan {
        /** @param iAmMx an own address was among the mail exchangers: backup hosts outside of MX must not be tried */
        record Hosts(List<Host> hosts, boolean iAmMx) implements Plan {}

        record None(NoHost failure, boolean iAmMx) implements Plan {}
    }

    private final Leased<Dns> dns;
    private final Profile profile;
    private final int loopPort;
    /** The last thing that went wrong; a temporary one is not replaced by a permanent one. */
    private Optional<NoHost> why = Optional.empty();

    /** @param loopPort own addresses count on this port only: 25 */
    HostFinder(Leased<Dns> dns, Profile profile, int loopPort) {
        this.dns = dns;
        this.profile = profile;
        this.loopPort = loopPort;
    }

    Plan find(Site.Inet site) {
        why = Optional.empty();
        try {
            return site.byMx() ? domain(site) : hosts(site, address(site.name(), site.port(), 0, false));
        } catch (UnavailableException e) {
            return new Plan.None(new NoHost(Failure.local("4.4.3", e.getMessage())), false);
        }
    }

    private Plan hosts(Site.Inet site, List<Host> hosts) {
        if (hosts.isEmpty()) {
            return new Plan.None(why.orElseGet(() -> new NoHost(Failure.local("4.3.0", "server unavailable or unable to receive mail"))), false);
        }
        return new Plan.Hosts(HostOrder.arrange(hosts, profile), false);
    }

    private Plan domain(Site.Inet site) throws UnavailableException {
        String domain = site.name();
        if (AddressText.parse(domain).isPresent()) {
            return hosts(site, address(domain, site.port(), 0, false));
        }
        DnsAnswer<Mx> answer = exchangers(domain);
        return switch (answer) {
            case DnsAnswer.Records<Mx> records -> records.records().stream().allMatch(Mx::isNull)
                    ? new Plan.None(new NoHost(Failure.local("5.1.0", "Domain " + domain + " does not accept mail (nullMX)")), false)
                    : byExchangers(site, records.records());
            case DnsAnswer.NoData<Mx> _ -> hosts(site, address(domain, site.port(), 0, false));
            case DnsAnswer.NoSuchName<Mx> _ -> hosts(site, address(domain, site.port(), 0, false));
            case DnsAnswer.Failed<Mx> _ -> {
                fail("4.4.3", notFound(domain, "MX", "Host not found, try again"));
                yield hosts(site, profile.ignoreMxError ? address(domain, site.port(), 0, false) : List.of());
            }
        };
    }

    private Plan byExchangers(Site.Inet site, List<Mx> exchangers) throws UnavailableException {
        int best = exchangers.stream().mapToInt(Mx::preference).min().orElse(0);
        var hosts = new ArrayList<Host>();
        for (Mx mx : exchangers) {
            if (!mx.isNull()) {
                hosts.addAll(address(mx.host(), site.port(), mx.preference(), mx.preference() == best));
            }
        }
        if (hosts.isEmpty()) {
            profile.log.info("no MX host for " + site.name() + " has a valid address record");
            NoHost failure = why.orElseThrow();
            boolean soften = profile.deferWithoutMxAddress && !failure.isTemporary();
            return new Plan.None(soften ? new NoHost(Failure.as(failure.reason(), 4)) : failure, false);
        }
        if (site.port() != loopPort) {
            return new Plan.Hosts(HostOrder.arrange(hosts, profile), false);
        }
        return withoutUs(site, hosts, best);
    }

    private Plan withoutUs(Site.Inet site, List<Host> hosts, int best) {
        int ours = Integer.MAX_VALUE;
        for (Host host : hosts) {
            switch (profile.own().isOwn(host.address())) {
                case Answer.Found _ -> ours = Math.min(ours, host.preference());
                case Answer.NotFound _ -> { /* somebody else */ }
                case Answer.Unavailable(String reason) -> {
                    return new Plan.None(new NoHost(Failure.local("4.3.5", reason)), false);
                }
            }
        }
        if (ours == Integer.MAX_VALUE) {
            return new Plan.Hosts(HostOrder.arrange(hosts, profile), false);
        }
        int limit = ours;
        List<Host> better = hosts.stream().filter(host -> host.preference() < limit).toList();
        if (!better.isEmpty()) {
            return new Plan.Hosts(HostOrder.arrange(better, profile), true);
        }
        int bestFound = hosts.stream().mapToInt(Host::preference).min().orElse(best);
        NoHost failure = bestFound != best ? new NoHost(Failure.local("4.4.4", "unable to find primary relay for " + site.name()))
                : new NoHost(Failure.local("5.4.6", "mail for " + site.name() + " loops back to myself"));
        return new Plan.None(failure, true);
    }

    private DnsAnswer<Mx> exchangers(String domain) throws UnavailableException {
        DnsAnswer<Mx> answer = new DnsAnswer.NoSuchName<>(Duration.ZERO, DnsAnswer.Security.UNCHECKED);
        for (String name : complete(domain)) {
            answer = dns.call(d -> d.mx(name, profile.dnssec));
            if (!(answer instanceof DnsAnswer.NoSuchName)) {
                return answer;
            }
        }
        return answer;
    }

    /** All addresses of a host, by DNS, by the system, or by both in turn; an IP address is its own. */
    private List<Host> address(String name, int port, int preference, boolean bestMx) throws UnavailableException {
        Optional<InetAddress> literal = AddressText.parse(name);
        if (literal.isPresent()) {
            return List.of(Host.of(name, literal.get(), port, preference, bestMx));
        }
        var hosts = new ArrayList<Host>();
        boolean again = true;
        if (profile.lookupDns) {
            again = byDns(name, port, preference, bestMx, hosts);
        }
        if (hosts.isEmpty() && again && profile.lookupNative) {
            bySystem(name, port, preference, bestMx, hosts);
        }
        return hosts;
    }

    /** @return whether another way of looking the name up may be tried */
    private boolean byDns(String host, int port, int preference, boolean bestMx, List<Host> hosts) throws UnavailableException {
        boolean failed = false;
        String problem = "Host not found";
        for (String name : complete(host)) {
            for (Family family : families()) {
                switch (dns.call(d -> d.addresses(name, family, profile.dnssec))) {
                    case DnsAnswer.Records<InetAddress> r -> r.records().forEach(a -> hosts.add(Host.of(host, a, port, preference, bestMx)));
                    case DnsAnswer.NoData<InetAddress> _ -> problem = "Host found but no data record of requested type";
                    case DnsAnswer.NoSuchName<InetAddress> _ -> problem = "Host not found";
                    case DnsAnswer.Failed<InetAddress> _ -> failed = true;
                }
            }
            if (!hosts.isEmpty() || failed) {
                break;
            }
        }
        if (hosts.isEmpty()) {
            String type = profile.ipv6 ? "AAAA" : "A";
            fail(failed ? "4.4.3" : "5.4.4", notFound(host, type, failed ? "Host not found, try again" : problem));
        }
        return !failed;
    }

    private void bySystem(String host, int port, int preference, boolean bestMx, List<Host> hosts) throws UnavailableException {
        boolean failed = false;
        for (Family family : families()) {
            switch (dns.call(d -> d.nativeAddresses(host, family))) {
                case DnsAnswer.Records<InetAddress> r -> r.records().forEach(a -> hosts.add(Host.of(host, a, port, preference, bestMx)));
                case DnsAnswer.NoData<InetAddress> _ -> { /* perhaps the other family */ }
                case DnsAnswer.NoSuchName<InetAddress> _ -> { /* perhaps the other family */ }
                case DnsAnswer.Failed<InetAddress> _ -> failed = true;
            }
        }
        if (hosts.isEmpty()) {
            fail(failed ? "4.4.4" : "5.4.4", "unable to look up host " + host + ": "
                    + (failed ? "Temporary failure in name resolution" : "Name or service not known"));
        }
    }

    private List<Family> families() {
        return profile.ipv4 && profile.ipv6 ? List.of(Family.IPV4, Family.IPV6) : List.of(profile.ipv6 ? Family.IPV6 : Family.IPV4);
    }

    /** The name, and where {@code smtp_dns_resolver_options} asks for it, the name within the system's search domains (resolver(3)). */
    private List<String> complete(String asWritten) throws UnavailableException {
        String name = ascii(asWritten);
        boolean single = name.indexOf('.') < 0;
        boolean wanted = profile.resolverOptions.contains("res_dnssrch") || single && profile.resolverOptions.contains("res_defnames");
        if (!wanted) {
            return List.of(name);
        }
        var names = new ArrayList<String>();
        for (String domain : dns.call(Dns::searchList)) {
            names.add(name + "." + domain.toLowerCase(Locale.ROOT));
        }
        names.add(single ? names.size() : 0, name);
        return names;
    }

    /** The DNS speaks A-labels (RFC 6531 section 3.2); a name that has none is asked for as it is, and will not be found. */
    private static String ascii(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) > 0x7f) {
                try {
                    return IDN.toASCII(name, IDN.ALLOW_UNASSIGNED);
                } catch (IllegalArgumentException _) {
                    return name;
                }
            }
        }
        return name;
    }

    private void fail(String status, String text) {
        NoHost now = new NoHost(Failure.local(status, text));
        boolean keepsSoft = why.isPresent() && why.get().isTemporary() && !now.isTemporary();
        why = Optional.of(keepsSoft ? new NoHost(Failure.as(now.reason(), 4)) : now);
    }

    private static String notFound(String name, String type, String problem) {
        return "Host or domain name not found. Name service error for name=" + name + " type=" + type + ": " + problem;
    }
}
