// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ostler.dane.verifier.Planner;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.spi.TlsPolicySource;
import org.ostler.smtp.client.TlsDecision.Hold;
import org.ostler.smtp.client.TlsDecision.Plan;

/** Where mail for example.test goes and what is asked of the server there, without connecting: a domain with good TLSA records by default, one thing changed, one line. */
final class Rules {

    static final String EE = "3 1 1 d210dde4e429520176db9bf44b411662e3dfaf8db9c9b318c2bc94bd7a87df3b";

    /** No port on which an own address means a loop. */
    private static final int NO_LOOPS = 0;

    final Map<String, String> mainCf = new HashMap<>(Map.of("compatibility_level", "3.12", "myhostname", "me.test", "inet_protocols", "ipv4", "inet_interfaces", "127.0.0.1",
            "smtp_tls_security_level", "dane", "smtp_dns_support_level", "dnssec", "smtp_host_lookup", "dns"));
    Dns dns = signed();
    MapTables tables = new MapTables();
    TlsPolicySource source;
    boolean planner = true;
    boolean lmtp;
    private final Neighbours neighbours = new Neighbours(Duration.ZERO);

    static Zone signed() {
        return Zone.of("example.test").mx(10, "mx").a("mx", "127.0.0.1").tlsa("_25._tcp.mx", EE).signed();
    }

    static Rules happy() {
        return new Rules();
    }

    Rules set(String name, String value) {
        mainCf.put(name, value);
        return this;
    }

    Rules with(Dns other) {
        dns = other;
        return this;
    }

    Rules policy(String key, String value) {
        tables.with(key, value);
        return set((lmtp ? "lmtp" : "smtp") + "_tls_policy_maps", "map");
    }

    Rules says(TlsPolicySource.DomainPolicy policy) {
        source = (_, _) -> policy;
        return this;
    }

    /** The source of policies leaves. */
    void forget() {
        neighbours.policySources.unbind(source, 0);
        source = null;
    }

    Rules lmtp() {
        lmtp = true;
        return this;
    }

    String line() {
        return line("example.test");
    }

    String line(String nextHop) {
        return line(decide(nextHop));
    }

    TlsDecision decide(String nextHop) {
        var profile = new Profile(Settings.of(mainCf), lmtp, tables);
        neighbours.dns.bind(dns, 0);
        if (planner) {
            neighbours.planner.bind(new Planner(), 0);
        }
        if (source != null) {
            neighbours.policySources.bind(source, 0, "source");
        }
        Site site = Site.parse(nextHop, profile).getFirst();
        Host host = switch (site) {
            case Site.Unix(_, String path) -> Host.unix(profile.myHostname, path);
            case Site.Inet inet -> ((HostFinder.Plan.Hosts) new HostFinder(Leased.to(dns), profile, NO_LOOPS).find(inet)).hosts().getFirst();
            case Site.Unreadable bad -> throw new IllegalArgumentException(bad.problem());
        };
        return new TlsPolicies(neighbours).decide(profile, site, host);
    }

    /** {@code dane sni=mx.example.test tlsa[3] mx.example.test example.test}. */
    static String line(TlsDecision decision) {
        return switch (decision) {
            case Hold hold -> "hold " + hold.reason().status() + " " + hold.reason().text();
            case Plan plan -> plan.level().text() + plan.tls().map(tls -> (tls.serverName().isEmpty() ? "" : " sni=" + tls.serverName()) + proof(tls)).orElse("");
        };
    }

    private static String proof(ClientTls tls) {
        return switch (tls.proof()) {
            case Proof.None _ -> "";
            case Proof.Authority(List<String> names, List<String> files, boolean web) -> (web ? " web " : " ca ") + String.join(" ", names) + (files.isEmpty() ? "" : " of " + files.size());
            case Proof.Fingerprints(String algorithm, List<String> digests) -> " " + algorithm + " " + String.join(" ", digests);
            case Proof.Dane(var records, List<String> names) -> " tlsa[" + records.size() + "] " + String.join(" ", names);
        };
    }
}
