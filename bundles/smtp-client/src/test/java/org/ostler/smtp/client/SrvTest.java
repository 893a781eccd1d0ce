// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.dane.verifier.Verifier;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Srv;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tls.spi.TlsPolicySource;
import org.ostler.tls.JsseTls;

/** {@code use_srv_lookup}: hosts and ports of a service by SRV records, what comes in their place, and DANE by way of them (RFC 7673). */
@Timeout(60)
class SrvTest {

    private static final String SERVICE = "_submission._tcp";
    private static final String HOP = "example.test:submission";

    private FakeServer first;
    private FakeServer second;
    private Zone zone;

    @BeforeEach
    void start() throws Exception {
        first = FakeServer.start(Sessions.OFFERS_NOTHING + Sessions.TAKES + Sessions.QUIT);
        second = FakeServer.start(Sessions.OFFERS_NOTHING + Sessions.TAKES + Sessions.QUIT);
        zone = Zone.of("example.test").a("a", "127.0.0.1").a("b", "127.0.0.1");
    }

    @AfterEach
    void stop() throws Exception {
        first.close();
        second.close();
    }

    private Scenario scenario() {
        var scenario = Scenario.happy().set("use_srv_lookup", "submission").set("smtp_host_lookup", "dns");
        scenario.dns = zone;
        return scenario;
    }

    private static String told(Scenario scenario) {
        try (scenario) {
            return Scenario.told(scenario.deliver(HOP)).getFirst();
        }
    }

    @Test
    void the_record_of_the_least_priority_says_host_and_port() {
        zone.srv(SERVICE, 20, 0, first.port(), "a").srv(SERVICE, 10, 0, second.port(), "b");
        assertThat(told(scenario())).startsWith("sent");
        assertThat(second.contents()).hasSize(1);
        assertThat(first.connections()).isZero();
    }

    @Test
    void the_next_one_is_tried_where_that_fails() throws Exception {
        zone.srv(SERVICE, 20, 0, first.port(), "a").srv(SERVICE, 10, 0, second.port(), "b");
        second.close();
        assertThat(told(scenario())).startsWith("sent");
        assertThat(first.contents()).hasSize(1);
    }

    @Test
    void a_service_that_is_not_listed_and_a_host_in_brackets_are_not_asked_for() {
        zone.srv(SERVICE, 10, 0, first.port(), "a").servfail(SERVICE);
        try (var other = scenario().set("use_srv_lookup", "smtp"); var bracketed = scenario()) {
            assertThat(Scenario.told(other.deliver("nowhere.test:submission")).getFirst()).contains("name=nowhere.test");
            assertThat(Scenario.told(bracketed.deliver("[nowhere.test]:submission")).getFirst()).contains("name=nowhere.test");
        }
    }

    @Test
    void no_record_and_no_service_bounce_and_no_answer_waits() {
        assertThat(told(scenario())).isEqualTo("bounced 5.4.4 (Host or domain name not found. Name service error for name=_submission._tcp.example.test type=SRV: Host not found)");
        zone.srv(SERVICE, 0, 0, 0, ".");
        assertThat(told(scenario())).isEqualTo("bounced 5.1.0 (Domain example.test does not offer service submission (null SRV))");
        zone.servfail(SERVICE);
        assertThat(told(scenario())).isEqualTo("deferred 4.4.3 (Host or domain name not found. Name service error for name=_submission._tcp.example.test type=SRV: Host not found, try again)");
    }

    @Test
    void a_server_without_an_address_is_none_and_one_that_nobody_could_be_asked_about_is_waited_for() {
        zone.srv(SERVICE, 10, 0, first.port(), "gone");
        assertThat(told(scenario())).startsWith("bounced 5.4.4").contains("name=gone.example.test");
        zone.srv(SERVICE, 20, 0, first.port(), "silent").servfail("silent");
        assertThat(told(scenario())).startsWith("deferred");
    }

    @Test
    void a_host_that_nothing_may_be_asked_about_is_waited_for() {
        zone.srv(SERVICE, 10, 0, first.port(), "a");
        assertThat(told(scenario().set("smtp_host_lookup", ""))).isEqualTo("deferred 4.3.0 (server unavailable or unable to receive mail)");
        assertThat(told(scenario().set("smtp_host_lookup", "").set("allow_srv_lookup_fallback", "yes"))).startsWith("deferred");
    }

    @Test
    void other_records_take_the_place_where_that_is_allowed_and_a_question_without_an_answer_is_not_forgotten() {
        zone.mx(10, "nowhere");
        assertThat(told(scenario().set("ignore_srv_lookup_error", "yes"))).as("nothing failed").startsWith("bounced 5.4.4").contains("type=SRV");
        assertThat(told(scenario().set("allow_srv_lookup_fallback", "yes"))).startsWith("bounced 5.4.4").contains("name=nowhere.example.test");
        zone.srv(SERVICE, 0, 0, 0, ".");
        assertThat(told(scenario().set("allow_srv_lookup_fallback", "yes"))).as("null SRV").startsWith("bounced 5.4.4").contains("name=nowhere.example.test");
        zone.servfail(SERVICE);
        for (String parameter : List.of("ignore_srv_lookup_error", "allow_srv_lookup_fallback")) {
            assertThat(told(scenario().set(parameter, "yes"))).startsWith("deferred").contains("name=nowhere.example.test");
        }
    }

    /** A domain without mail exchangers of its own may well have a service for its users. */
    @Test
    void a_question_without_an_answer_bounces_nothing_whatever_the_other_records_say() throws Exception {
        for (Zone other : List.of(Zone.of("example.test").nullMx(), Zone.of("example.test").mx(10, "me").a("me", "127.0.0.1"))) {
            zone = other.servfail("_smtp._tcp");
            var scenario = scenario().set("use_srv_lookup", "smtp").set("ignore_srv_lookup_error", "yes");
            scenario.loopPort = 25;
            try (scenario) {
                assertThat(Scenario.told(scenario.deliver("example.test:smtp")).getFirst()).startsWith("deferred 4.");
            }
        }
    }

    /** Behind address translation we meet ourselves only when we are greeted. */
    @Test
    void nor_does_a_loop_that_the_greeting_shows() throws Exception {
        try (var server = FakeServer.on("127.0.0.4", """
                S: 220 me.example.test ESMTP
                C: EHLO *
                S: 250 me.example.test
                C: QUIT
                """)) {
            zone = Zone.of("example.test").mx(10, "nat").a("nat", "127.0.0.4").servfail("_" + server.port() + "._tcp");
            var scenario = scenario().set("use_srv_lookup", "" + server.port()).set("ignore_srv_lookup_error", "yes");
            scenario.loopPort = server.port();
            try (scenario) {
                assertThat(Scenario.told(scenario.deliver("example.test:" + server.port())).getFirst()).startsWith("deferred 4.4.6");
            }
        }
    }

    @Test
    void hosts_by_other_records_are_held_to_the_policy_of_their_domain() {
        zone.mx(10, "a");
        var scenario = scenario().set("allow_srv_lookup_fallback", "yes").set("smtp_tls_security_level", "may");
        scenario.source = (_, _) -> new TlsPolicySource.Published(true, List.of("b.example.test"), List.of());
        assertThat(told(scenario)).isEqualTo("deferred 4.7.5 (MX host a.example.test is not in the MTA-STS policy of example.test)");
    }

    /** One of several that are as good as we: it would send the mail to us as well as we to it. */
    @Test
    void our_own_address_leaves_out_all_of_its_priority_and_below() {
        zone = Zone.of("example.test").a("me", "127.0.0.1").a("peer", "127.0.0.2").a("better", "127.0.0.3")
                .srv("_smtp._tcp", 10, 0, 25, "me").srv("_smtp._tcp", 10, 65535, 25, "peer");
        for (int i = 0; i < 20; i++) { // the peer comes first by the dice but seldom last
            assertThat(found()).isInstanceOfSatisfying(HostFinder.Plan.None.class, none -> assertThat(none.failure().reason().status().toString()).isEqualTo("5.4.6"));
        }
        zone.srv("_smtp._tcp", 5, 0, 25, "better");
        assertThat(found()).isInstanceOfSatisfying(HostFinder.Plan.Hosts.class, plan -> assertThat(plan.hosts()).extracting(Host::name).containsExactly("better.example.test"));
    }

    private HostFinder.Plan found() {
        var profile = new Profile(Settings.of(Map.of("inet_interfaces", "127.0.0.1", "inet_protocols", "ipv4", "use_srv_lookup", "smtp", "smtp_host_lookup", "dns")), false, new MapTables());
        return new HostFinder(Leased.to(zone), profile, 25).find((Site.Inet) Site.parse("example.test:smtp", profile).getFirst());
    }

    @Test
    void DANE_asks_for_the_records_of_host_and_port(@TempDir Path dir) throws Exception {
        try (var server = FakeServer.start(Sessions.OFFERS + Sessions.ENCRYPTED + Sessions.TAKES + Sessions.QUIT).with(new JsseTls(), Sessions.server(dir))) {
            for (boolean signed : new boolean[] {true, false}) {
                zone = Zone.of("example.test").srv(SERVICE, 10, 0, server.port(), "mx.host.test.").mx(10, "nowhere").and(Zone.of("host.test").a("mx", "127.0.0.1").tlsa("_" + server.port() + "._tcp.mx", Rules.EE).signed());
                try (var scenario = scenario().set("smtp_tls_security_level", "dane").set("smtp_dns_support_level", "dnssec")) {
                    scenario.dns = signed ? zone.signed() : zone;
                    scenario.tls = new JsseTls(Map.of("dane", new Verifier()), Map.of());
                    assertThat(Scenario.fate(scenario.deliver(HOP))).isEqualTo(signed ? "dane sent" : "half-dane sent");
                }
            }
        }
    }

    /** RFC 2782: the running sum of weights that first reaches the number drawn. */
    @Test
    void weights_share_one_priority() {
        List<Srv> records = List.of(new Srv(10, 60, 1, "heavy"), new Srv(10, 30, 1, "light"), new Srv(10, 0, 1, "spare"), new Srv(5, 0, 1, "best"));
        assertThat(SrvOrder.arrange(records, bound -> 0)).extracting(Srv::host).containsExactly("best", "spare", "light", "heavy");
        assertThat(SrvOrder.arrange(records, bound -> bound - 1)).extracting(Srv::host).containsExactly("best", "heavy", "light", "spare");
        assertThat(SrvOrder.arrange(records, bound -> bound / 3)).extracting(Srv::host).startsWith("best", "light");
        assertThat(SrvOrder.arrange(List.of(), bound -> 0)).isEmpty();
    }

    @Test
    void servers_without_weight_share_their_priority_too() {
        List<Srv> records = List.of(new Srv(10, 0, 1, "a"), new Srv(10, 0, 1, "b"), new Srv(10, 0, 1, "c"), new Srv(5, 0, 1, "best"));
        var dice = new Random(1);
        var seconds = new HashSet<String>();
        for (int i = 0; i < 100; i++) {
            List<String> hosts = SrvOrder.arrange(records, dice::nextInt).stream().map(Srv::host).toList();
            assertThat(hosts).hasSize(4).startsWith("best");
            seconds.add(hosts.get(1));
        }
        assertThat(seconds).containsExactlyInAnyOrder("a", "b", "c");
    }
}
