// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ostler.dane.verifier.Verifier;
import org.ostler.dns.DnsService;
import org.ostler.mail.config.FixedConfiguration;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tck.dns.SignedTree;
import org.ostler.mail.tck.dns.Tap;
import org.ostler.tls.AuthorityVerifier;
import org.ostler.tls.JsseTls;

/**
 * The same zones asked in three ways: as a literal, by own validation behind a resolver that checks nothing, and by the AD bit of one that does. Verifiers are the real ones.
 */
record ThreeWays(Zone literal, SignedTree tree, DnsService own, DnsService trusting) implements AutoCloseable {

    /** @param more parameters of both services */
    static ThreeWays of(Zone zones, Map<String, String> more) throws IOException {
        var tree = SignedTree.of(zones);
        return new ThreeWays(zones, tree, service(tree.ownValidation(), more), service(tree.resolverValidation(), more));
    }

    /** The same servers asked by other services, which end with {@link #stopAsking}. */
    ThreeWays asking(Map<String, String> more) throws IOException {
        return new ThreeWays(literal, tree, service(tree.ownValidation(), more), service(tree.resolverValidation(), more));
    }

    private static DnsService service(Map<String, String> mainCf, Map<String, String> more) {
        var all = new HashMap<>(mainCf);
        all.putAll(more);
        return new DnsService(FixedConfiguration.of(all));
    }

    Map<String, Dns> all() {
        Map<String, Dns> all = new LinkedHashMap<>(Map.of("the literal", literal));
        all.putAll(real());
        return all;
    }

    /** Without the literal, which nobody can come between. */
    Map<String, Dns> real() {
        return Map.of("own validation", own, "the AD bit", trusting);
    }

    static Scenario scenario(Dns dns, String level) {
        var scenario = Scenario.happy().set("smtp_tls_security_level", level).set("smtp_dns_support_level", "dnssec").set("smtp_host_lookup", "dns");
        scenario.dns = dns;
        scenario.tls = new JsseTls(Map.of("dane", new Verifier(), "authority", new AuthorityVerifier()), Map.of());
        return scenario;
    }

    /** {@code dane sent}; port and address of the server are those of any. */
    static String fate(Dns dns, String level, String domain, FakeServer server) {
        try (var scenario = scenario(dns, level)) {
            return fate(scenario, domain, server);
        }
    }

    static String fate(Scenario scenario, String domain, FakeServer server) {
        return Scenario.fate(scenario.deliver(domain + ":" + server.port())).replace(":" + server.port(), ":25").replace("[127.0.0.1]", "");
    }

    /** What went over the wire, at every tap. */
    List<Tap.Question> questions() throws IOException {
        var all = new ArrayList<Tap.Question>();
        for (Tap tap : taps()) {
            all.addAll(tap.questions());
        }
        return all;
    }

    void forgetQuestions() throws IOException {
        taps().forEach(Tap::forget);
    }

    private List<Tap> taps() throws IOException {
        return List.of(tree.authority(), tree.forwarder(), tree.resolver());
    }

    /** The servers stay. */
    void stopAsking() {
        own.close();
        trusting.close();
    }

    @Override
    public void close() throws IOException {
        stopAsking();
        tree.close();
    }
}
