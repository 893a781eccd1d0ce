// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntUnaryOperator;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.Dns.Family;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.Mx;
import org.ostler.mail.dns.Srv;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.lookup.Answer;
import org.ostler.smtp.client.Failure.NoHost;

/**
 * Makes hosts of a next hop: mail exchangers and their addresses, in the order in which they are tried.
 *
 * <p><b>Description</b> A domain is asked for MX records. With some, the hosts of the best preference come first; with none (no such record, or no such name) the domain itself is the host (RFC 5321 section 5.1); with a null MX
 * mail bounces. A next hop with a service of {@code use_srv_lookup} is asked for SRV records instead. Where an own address is among the hosts, it and all that are not better are left out, so that mail for a domain that we are a backup for goes up and never round; when nothing is left, mail loops.
 *
 * <p><b>Threads</b> one per instance. <b>Blocking</b> DNS. <b>Errors</b> {@link Plan.None} with a failure; anything that somebody could not answer is temporary, however sure the rest is.
 */
final class HostFinder {

    sealed interface Plan {
        /**
         * @param iAmMx    an own address was among the mail exchangers: backup hosts outside of MX must not be tried
         * @param complete false where somebody could not answer, so that there may be hosts that are not among these
         */
        record Hosts(List<Host> hosts, boolean iAmMx, boolean complete) implements Plan {}

        record None(NoHost failure, boolean iAmMx) implements Plan {}
    }

    private final Leased<Dns> dns;
    private final Profile profile;
    private final int loopPort;
    /** The last thing that went wrong; a temporary one is not replaced by a permanent one. */
    private Optional<NoHost> why = Optional.empty();
    /** The last question for addresses could not be answered: no other way of looking the name up may be tried. */
    private boolean failed;

    /** @param loopPort own addresses count on this port only: 25 */
    HostFinder(Leased<Dns> dns, Profile profile, int loopPort) {
        this.dns = dns;
        this.profile = profile;
        this.loopPort = loopPort;
    }

    Plan find(Site.Inet site) {
        why = Optional.empty();
        try {
            return site.service().isEmpty() ? withoutService(site) : service(site);
        } catch (UnavailableException e) {
            return new Plan.None(new NoHost(Failure.local("4.4.3", e.getMessage())), false);
        }
    }

    private Plan withoutService(Site.Inet site) throws UnavailableException {
        return site.byMx() ? domain(site) : hosts(address(site, Host.Origin.NONE));
    }

    /** By SRV records; where none leads to a host and the operator allows it, as if there were no such records. What could not be asked is remembered: no bounce comes of it. */
    private Plan service(Site.Inet site) throws UnavailableException {
        if (AddressText.parse(site.name()).isPresent()) {
            return withoutService(site);
        }
        String name = "_" + site.service() + "._tcp." + HostNames.ascii(site.name());
        boolean fallback = profile.srvFallback;
        switch (dns.call(d -> d.srv(name, profile.dnssec))) {
            case DnsAnswer.Records<Srv> found when found.records().stream().allMatch(Srv::isNone) -> fail("5.1.0", "Domain " + site.name() + " does not offer service " + site.service() + " (null SRV)");
            case DnsAnswer.Records<Srv> found -> {
                List<Srv> order = SrvOrder.arrange(found.records().stream().filter(srv -> !srv.isNone()).toList(), ThreadLocalRandom.current()::nextInt);
                List<Host> hosts = servers(order, found);
                if (!hosts.isEmpty()) {
                    return site.port() == loopPort ? withoutUs(site, hosts, 0, place -> SrvOrder.firstOfPriority(order, place))
                            : new Plan.Hosts(HostOrder.arrange(hosts, profile), false, isComplete());
                }
                profile.log.warning("no SRV host for " + name + " has a valid address record");
            }
            case DnsAnswer.NoData<Srv> _ -> fail("5.4.4", notFound(name, "SRV", "Host found but no data record of requested type"));
            case DnsAnswer.NoSuchName<Srv> _ -> fail("5.4.4", notFound(name, "SRV", "Host not found"));
            case DnsAnswer.Failed<Srv> failure -> {
                explain(name, "SRV", failure);
                fail("4.4.3", notFound(name, "SRV", "Host not found, try again"));
                fallback |= profile.ignoreSrvError;
            }
        }
        if (fallback) {
            profile.log.info("skipping SRV lookup for " + name + ": " + failure().reason().text());
            return softened(withoutService(site));
        }
        return new Plan.None(failure(), false);
    }

    /** With an answer the servers of the service might have been found: what the other records lack is no reason to return mail. */
    private Plan softened(Plan plan) {
        if (plan instanceof Plan.Hosts(List<Host> hosts, boolean iAmMx, _) && !isComplete()) {
            // Nor is any of them known to be the best: where one turns out to be us, that may be over when the question is answered.
            return new Plan.Hosts(hosts.stream().map(Host::notTheBest).toList(), iAmMx, false);
        }
        return plan instanceof Plan.None(NoHost failure, boolean iAmMx) && !failure.isTemporary() && !isComplete() ? new Plan.None(new NoHost(Failure.as(failure.reason(), 4)), iAmMx) : plan;
    }

    /** Addresses of the servers in the order of {@link SrvOrder}, which takes the place of preferences. */
    private List<Host> servers(List<Srv> order, DnsAnswer<Srv> answer) throws UnavailableException {
        var origin = new Host.Origin("", false, true, answer.isSecure(), "", true, isUnproved(answer));
        var hosts = new ArrayList<Host>();
        for (int i = 0; i < order.size(); i++) {
            Srv srv = order.get(i);
            hosts.addAll(address(Host.of(srv.host(), null, srv.port(), i, srv.priority() == order.getFirst().priority()).from(origin)));
        }
        return hosts;
    }

    /** Why there is no host; where nothing that was asked said so, mail waits. */
    private NoHost failure() {
        return why.orElseGet(() -> new NoHost(Failure.local("4.3.0", "server unavailable or unable to receive mail")));
    }

    private Plan hosts(List<Host> hosts) {
        if (hosts.isEmpty()) {
            return new Plan.None(failure(), false);
        }
        return new Plan.Hosts(HostOrder.arrange(hosts, profile), false, isComplete());
    }

    private boolean isComplete() {
        return why.filter(NoHost::isTemporary).isEmpty();
    }

    private Plan domain(Site.Inet site) throws UnavailableException {
        String domain = site.name();
        if (AddressText.parse(domain).isPresent()) {
            return hosts(address(site, Host.Origin.NONE));
        }
        DnsAnswer<Mx> answer = exchangers(domain);
        // Where there is no MX record the domain is its own mail exchanger, as sure as the denial is (RFC 7672 section 2.2.1).
        var implicit = new Host.Origin("", false, true, answer.isSecure(), "", false, isUnproved(answer));
        return switch (answer) {
            case DnsAnswer.Records<Mx> records -> records.records().stream().allMatch(Mx::isNull)
                    ? new Plan.None(new NoHost(Failure.local("5.1.0", "Domain " + domain + " does not accept mail (nullMX)")), false)
                    : byExchangers(site, records);
            case DnsAnswer.NoData<Mx> _ -> hosts(address(site, implicit));
            case DnsAnswer.NoSuchName<Mx> _ -> hosts(address(site, implicit));
            case DnsAnswer.Failed<Mx> failure -> {
                explain(domain, "MX", failure);
                fail("4.4.3", notFound(domain, "MX", "Host not found, try again"));
                yield hosts(profile.ignoreMxError ? address(site, implicit) : List.of());
            }
        };
    }

    private Plan byExchangers(Site.Inet site, DnsAnswer.Records<Mx> answer) throws UnavailableException {
        List<Mx> exchangers = answer.records();
        var origin = new Host.Origin("", false, true, answer.isSecure(), answer.name(), false, isUnproved(answer));
        int best = exchangers.stream().mapToInt(Mx::preference).min().orElse(0);
        var hosts = new ArrayList<Host>();
        for (Mx mx : exchangers) {
            if (!mx.isNull()) {
                hosts.addAll(address(Host.of(mx.host(), null, site.port(), mx.preference(), mx.preference() == best).from(origin)));
            }
        }
        if (hosts.isEmpty()) {
            profile.log.info("no MX host for " + site.name() + " has a valid address record");
            NoHost failure = failure();
            boolean soften = profile.deferWithoutMxAddress && !failure.isTemporary();
            return new Plan.None(soften ? new NoHost(Failure.as(failure.reason(), 4)) : failure, false);
        }
        if (site.port() != loopPort) {
            return new Plan.Hosts(HostOrder.arrange(hosts, profile), false, isComplete());
        }
        return withoutUs(site, hosts, best, IntUnaryOperator.identity());
    }

    /** @param tier of a preference: those of one tier are as good as each other */
    private Plan withoutUs(Site.Inet site, List<Host> hosts, int best, IntUnaryOperator tier) {
        int ours = Integer.MAX_VALUE;
        for (Host host : hosts) {
            switch (profile.own().isOwn(host.address())) {
                case Answer.Found _ -> ours = Math.min(ours, tier.applyAsInt(host.preference()));
                case Answer.NotFound _ -> { /* somebody else */ }
                case Answer.Unavailable(String reason) -> {
                    return new Plan.None(new NoHost(Failure.local("4.3.5", reason)), false);
                }
            }
        }
        if (ours == Integer.MAX_VALUE) {
            return new Plan.Hosts(HostOrder.arrange(hosts, profile), false, isComplete());
        }
        int limit = ours;
        List<Host> better = hosts.stream().filter(host -> host.preference() < limit).toList();
        if (!better.isEmpty()) {
            return new Plan.Hosts(HostOrder.arrange(better, profile), true, isComplete());
        }
        int bestFound = hosts.stream().mapToInt(Host::preference).map(tier).min().orElse(best);
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
    private List<Host> address(Host named) throws UnavailableException {
        Optional<InetAddress> literal = AddressText.parse(named.name());
        if (literal.isPresent()) {
            return List.of(at(named, literal.get()));
        }
        var addresses = new ArrayList<InetAddress>();
        Host found = named;
        boolean again = true;
        if (profile.lookupDns) {
            Host.Origin origin = byDns(named, addresses);
            again = !failed;
            found = named.from(origin);
        }
        if (addresses.isEmpty() && again && profile.lookupNative) {
            bySystem(named.name(), addresses);
        }
        Host host = found;
        return addresses.stream().map(address -> at(host, address)).toList();
    }

    private List<Host> address(Site.Inet site, Host.Origin origin) throws UnavailableException {
        return address(Host.of(site.name(), null, site.port(), 0, false).from(origin));
    }

    private static Host at(Host named, InetAddress address) {
        return Host.of(named.name(), address, named.port(), named.preference(), named.bestMx()).from(named.origin());
    }

    /**
     * Each family is judged by itself: one that is proved carries DANE, whatever became of the other. RFC 7672 section 2.2.2 would give up a host of which any question fails; a broken denial of AAAA
     * would keep mail from many, and nothing is proved any less without it.
     *
     * @return origin of the host with what was found
     */
    private Host.Origin byDns(Host named, List<InetAddress> addresses) throws UnavailableException {
        failed = false;
        String problem = "Host not found";
        Host.Origin origin = named.origin();
        for (String name : complete(named.name())) {
            for (Family family : families()) {
                switch (dns.call(d -> d.addresses(name, family, profile.dnssec))) {
                    case DnsAnswer.Records<InetAddress> r -> {
                        addresses.addAll(r.records());
                        origin = origin.secure() ? origin : origin.found(r.name(), r.isSecure(), isUnproved(r));
                    }
                    case DnsAnswer.NoData<InetAddress> _ -> problem = "Host found but no data record of requested type";
                    case DnsAnswer.NoSuchName<InetAddress> _ -> problem = "Host not found";
                    case DnsAnswer.Failed<InetAddress> failure -> {
                        explain(name, family == Family.IPV4 ? "A" : "AAAA", failure);
                        failed = true;
                    }
                }
            }
            if (!addresses.isEmpty() || failed) {
                break;
            }
        }
        if (addresses.isEmpty()) {
            String type = profile.ipv6 ? "AAAA" : "A";
            fail(failed ? "4.4.3" : "5.4.4", notFound(named.name(), type, failed ? "Host not found, try again" : problem));
        }
        return origin;
    }

    private void bySystem(String host, List<InetAddress> addresses) throws UnavailableException {
        boolean trouble = false;
        for (Family family : families()) {
            switch (dns.call(d -> d.nativeAddresses(host, family))) {
                case DnsAnswer.Records<InetAddress> r -> addresses.addAll(r.records());
                case DnsAnswer.NoData<InetAddress> _ -> { /* perhaps the other family */ }
                case DnsAnswer.NoSuchName<InetAddress> _ -> { /* perhaps the other family */ }
                case DnsAnswer.Failed<InetAddress> _ -> trouble = true;
            }
        }
        if (addresses.isEmpty()) {
            fail(trouble ? "4.4.4" : "5.4.4", "unable to look up host " + host + ": "
                    + (trouble ? "Temporary failure in name resolution" : "Name or service not known"));
        }
    }

    private boolean isUnproved(DnsAnswer<?> answer) {
        DnsAnswer.Security status = switch (answer) {
            case DnsAnswer.Records<?> records -> records.status();
            case DnsAnswer.NoData<?> nothing -> nothing.status();
            case DnsAnswer.NoSuchName<?> nothing -> nothing.status();
            case DnsAnswer.Failed<?> _ -> DnsAnswer.Security.INSECURE;
        };
        return profile.dnssec && status == DnsAnswer.Security.UNCHECKED;
    }

    private List<Family> families() {
        return profile.ipv4 && profile.ipv6 ? List.of(Family.IPV4, Family.IPV6) : List.of(profile.ipv6 ? Family.IPV6 : Family.IPV4);
    }

    /** The name, and where {@code smtp_dns_resolver_options} asks for it, the name within the system's search domains (resolver(3)). */
    private List<String> complete(String asWritten) throws UnavailableException {
        String name = HostNames.ascii(asWritten);
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

    /** The text in the mail's line is Postfix's and does not tell a silent server from a signature that is over. */
    private void explain(String name, String type, DnsAnswer.Failed<?> failure) {
        if (!failure.reason().isEmpty()) {
            profile.log.info("name lookup of " + name + " type=" + type + ": " + failure.reason());
        }
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
