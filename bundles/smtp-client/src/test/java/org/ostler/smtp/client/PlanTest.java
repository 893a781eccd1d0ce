// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ostler.smtp.client.Scenario.told;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.tck.Zone;

/** Which hosts are tried, in which order, and what follows when none is there. */
@Timeout(60)
class PlanTest {

    private static final String TAKES = """
            S: 220 mx ESMTP
            C: EHLO *
            S: 250-mx
            S: 250 PIPELINING
            C: MAIL *
            C: RCPT *
            C: DATA
            S: 250 ok
            S: 250 ok
            S: 354 go
            CONTENT
            S: 250 2.0.0 taken
            C: QUIT
            """;

    private static List<String> deliver(Scenario scenario, String nextHop) {
        try (scenario) {
            return told(scenario.deliver(nextHop));
        }
    }

    @Test
    void mail_exchangers_are_tried_by_preference() throws Exception {
        try (var server = FakeServer.on("127.0.0.3", TAKES)) {
            var scenario = Scenario.happy();
            // The better two do not listen on this port.
            scenario.dns = Zone.of("example.test").mx(30, "late").mx(10, "first").mx(20, "second").a("first", "127.0.0.1").a("second", "127.0.0.2").a("late", "127.0.0.3");
            try (scenario) {
                DeliveryResult result = scenario.deliver("example.test:" + server.port());
                assertThat(told(result)).containsExactly("sent 2.0.0 (250 2.0.0 taken)");
                assertThat(result.outcomes().getFirst().relay()).isEqualTo("late.example.test[127.0.0.3]:" + server.port());
                assertThat(result.siteDown()).isEmpty();
            }
            server.verify();
        }
    }

    @Test
    void a_domain_without_MX_is_its_own_host() throws Exception {
        try (var server = FakeServer.start(TAKES)) {
            var scenario = Scenario.happy();
            scenario.dns = Zone.of("example.test").a("@", "127.0.0.1");
            assertThat(deliver(scenario, "example.test:" + server.port())).allMatch(line -> line.startsWith("sent"));
        }
    }

    /** An own interface whose name cannot be looked up: is the exchanger we ourselves? A wrong guess would be a loop. */
    @Test
    void where_nobody_knows_the_own_addresses_mail_waits() {
        // Too long for a label, so that no name server is asked.
        var scenario = Scenario.happy().set("inet_interfaces", "x".repeat(64));
        scenario.loopPort = 25;
        scenario.dns = Zone.of("example.test").mx(10, "one").a("one", "127.0.0.1");
        assertThat(deliver(scenario, "example.test")).singleElement().asString().startsWith("deferred 4.3.5 (inet_interfaces: ");
    }

    @Test
    void a_null_MX_bounces() {
        var scenario = Scenario.happy();
        scenario.dns = Zone.of("example.test").nullMx();
        assertThat(deliver(scenario, "example.test")).containsExactly("bounced 5.1.0 (Domain example.test does not accept mail (nullMX))");
    }

    @Test
    void a_domain_that_does_not_exist_bounces() {
        var scenario = Scenario.happy().set("inet_protocols", "all");
        scenario.dns = Zone.of("other.test");
        assertThat(deliver(scenario, "example.test"))
                .containsExactly("bounced 5.4.4 (Host or domain name not found. Name service error for name=example.test type=AAAA: Host not found)");
    }

    @Test
    void names_that_nobody_could_be_asked_about_never_bounce() {
        var scenario = Scenario.happy();
        scenario.dns = Zone.of("example.test").servfail("@");
        DeliveryResult result = scenario.deliver("example.test");
        assertThat(told(result)).containsExactly("deferred 4.4.3 (Host or domain name not found. Name service error for name=example.test type=MX: Host not found, try again)");
        assertThat(result.siteDown()).isPresent();
        assertThat(result.outcomes().getFirst().relay()).isEqualTo("none");
    }

    @Test
    void one_exchanger_that_nobody_could_be_asked_about_is_enough_to_wait() {
        var scenario = Scenario.happy();
        scenario.dns = Zone.of("example.test").mx(10, "broken").mx(20, "gone").servfail("broken");
        assertThat(deliver(scenario, "example.test")).allMatch(line -> line.startsWith("deferred 4."));
    }

    @Test
    void exchangers_without_addresses_bounce_or_wait_as_configured() {
        var scenario = Scenario.happy();
        scenario.dns = Zone.of("example.test").mx(10, "gone");
        assertThat(deliver(scenario, "example.test"))
                .containsExactly("bounced 5.4.4 (Host or domain name not found. Name service error for name=gone.example.test type=A: Host not found)");
        var patient = Scenario.happy().set("smtp_defer_if_no_mx_address_found", "yes");
        patient.dns = scenario.dns;
        assertThat(deliver(patient, "example.test")).allMatch(line -> line.startsWith("deferred 4.4.4"));
    }

    @Test
    void an_MX_lookup_that_fails_may_be_ignored() throws Exception {
        try (var server = FakeServer.start(TAKES)) {
            var scenario = Scenario.happy().set("ignore_mx_lookup_error", "yes");
            Zone zone = Zone.of("example.test").a("@", "127.0.0.1");
            scenario.dns = new FailingMx(zone);
            assertThat(deliver(scenario, "example.test:" + server.port())).allMatch(line -> line.startsWith("sent"));
        }
    }

    @Test
    void the_system_is_asked_where_the_DNS_does_not_know() throws Exception {
        try (var server = FakeServer.start(TAKES)) {
            var scenario = Scenario.happy().set("smtp_host_lookup", "dns, native");
            scenario.dns = new FailingMx(Zone.of("example.test")) {
                @Override
                public DnsAnswer<InetAddress> nativeAddresses(String host, Family family) {
                    return Zone.of("example.test").a("box", "127.0.0.1").addresses(host, family, false);
                }
            };
            assertThat(deliver(scenario, "[box.example.test]:" + server.port())).allMatch(line -> line.startsWith("sent"));
        }
    }

    @Test
    void without_DNS_names_come_from_the_system_alone() throws Exception {
        try (var server = FakeServer.start(TAKES)) {
            var scenario = Scenario.happy().set("smtp_dns_support_level", "disabled");
            scenario.dns = Zone.of("example.test").mx(10, "nowhere").a("@", "127.0.0.1");
            assertThat(deliver(scenario, "example.test:" + server.port())).allMatch(line -> line.startsWith("sent"));
        }
    }

    @Test
    void a_host_that_does_not_answer_is_the_site_s_fault() throws Exception {
        int free;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        var scenario = Scenario.happy();
        DeliveryResult result = scenario.deliver("[127.0.0.1]:" + free);
        assertThat(told(result)).containsExactly("deferred 4.4.1 (connect to 127.0.0.1[127.0.0.1]:" + free + ": Connection refused)");
        assertThat(result.siteDown()).isPresent();
        assertThat(result.outcomes().getFirst().relay()).isEqualTo("none");
    }

    @Test
    void mail_that_comes_back_to_us_is_not_sent_round() throws Exception {
        try (var server = FakeServer.start("S: 220 never reached")) {
            var scenario = Scenario.happy();
            scenario.loopPort = server.port();
            scenario.dns = Zone.of("example.test").mx(10, "me").a("me", "127.0.0.1");
            assertThat(deliver(scenario, "example.test:" + server.port())).containsExactly("bounced 5.4.6 (mail for example.test loops back to myself)");
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void a_backup_exchanger_sends_up_and_never_round_or_aside() throws Exception {
        try (var server = FakeServer.on("127.0.0.9", TAKES)) {
            var scenario = Scenario.happy().set("smtp_fallback_relay", "[127.0.0.9]:" + server.port());
            scenario.loopPort = server.port();
            scenario.dns = Zone.of("example.test").mx(10, "best").mx(20, "me").mx(20, "beside").a("best", "127.0.0.2").a("me", "127.0.0.1").a("beside", "127.0.0.9");
            assertThat(deliver(scenario, "example.test:" + server.port()))
                    .containsExactly("deferred 4.4.1 (connect to best.example.test[127.0.0.2]:" + server.port() + ": Connection refused)");
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void a_server_that_has_our_name_is_us() throws Exception {
        try (var server = FakeServer.on("127.0.0.4", """
                S: 220 me.example.test ESMTP
                C: EHLO *
                S: 250 me.example.test
                C: QUIT
                """)) {
            var scenario = Scenario.happy();
            scenario.loopPort = server.port();
            scenario.dns = Zone.of("example.test").mx(10, "nat").a("nat", "127.0.0.4");
            assertThat(deliver(scenario, "example.test:" + server.port())).containsExactly("bounced 5.4.6 (mail for example.test:" + server.port() + " loops back to myself)");
            server.verify();
        }
    }

    @Test
    void the_fallback_relay_takes_what_cannot_be_delivered() throws Exception {
        try (var server = FakeServer.start(TAKES)) {
            var scenario = Scenario.happy().set("smtp_fallback_relay", server.nextHop());
            scenario.dns = Zone.of("other.test");
            assertThat(deliver(scenario, "example.test")).allMatch(line -> line.startsWith("sent"));
        }
    }

    @Test
    void a_relay_host_or_fallback_that_does_not_exist_is_our_mistake_and_mail_waits() {
        var scenario = Scenario.happy().set("relayhost", "relay.example.test");
        assertThat(deliver(scenario, "relay.example.test")).allMatch(line -> line.startsWith("deferred 4.4.4"));
        assertThat(deliver(Scenario.happy().set("smtp_fallback_relay", "gone.example.test"), "example.test")).allMatch(line -> line.startsWith("deferred 4."));
    }

    @Test
    void several_next_hops_are_tried_in_turn() throws Exception {
        try (var server = FakeServer.start(TAKES)) {
            assertThat(deliver(Scenario.happy(), "[gone.example.test], " + server.nextHop())).allMatch(line -> line.startsWith("sent"));
        }
    }

    @Test
    void a_next_hop_that_cannot_be_read_holds_mail_back() {
        assertThat(deliver(Scenario.happy(), "[127.0.0.1")).containsExactly("deferred 4.3.5 (Server configuration error)");
        assertThat(deliver(Scenario.happy(), "example.test:nosuchport")).containsExactly("deferred 4.3.5 (Server configuration error)");
        assertThat(deliver(Scenario.happy(), ":25")).containsExactly("deferred 4.3.5 (Server configuration error)");
    }

    @Test
    void names_without_a_dot_are_completed_only_where_asked_for() throws Exception {
        try (var server = FakeServer.start(TAKES)) {
            var scenario = Scenario.happy();
            scenario.dns = Zone.of("example.test").a("box", "127.0.0.1");
            assertThat(deliver(scenario, "[box]:" + server.port())).allMatch(line -> line.startsWith("bounced"));
            var completing = Scenario.happy().set("smtp_dns_resolver_options", "res_defnames");
            completing.dns = new FailingMx(Zone.of("example.test").a("box", "127.0.0.1")) {
                @Override
                public List<String> searchList() {
                    return List.of("wrong.test", "example.test");
                }
            };
            assertThat(deliver(completing, "[box]:" + server.port())).allMatch(line -> line.startsWith("sent"));
        }
    }

    @Test
    void a_domain_in_letters_of_the_world_is_asked_for_in_A_labels() throws Exception {
        try (var server = FakeServer.start(TAKES)) {
            var scenario = Scenario.happy();
            scenario.dns = Zone.of("xn--bcher-kva.test").mx(10, "mx").a("mx", "127.0.0.1");
            assertThat(deliver(scenario, "b\u00fccher.test:" + server.port())).allMatch(line -> line.startsWith("sent"));
        }
    }

    @Test
    void a_single_address_of_ours_is_the_one_that_mail_leaves_by() {
        assertThat(profile("inet_interfaces", "192.0.2.7, 2001:db8::7").bindAddress).isEqualTo("192.0.2.7");
        assertThat(profile("inet_interfaces", "192.0.2.7, 2001:db8::7").bindAddress6).isEqualTo("2001:db8::7");
        assertThat(profile("inet_interfaces", "192.0.2.7, 192.0.2.8").bindAddress).isEmpty();
        assertThat(profile("inet_interfaces", "127.0.0.1").bindAddress).isEmpty();
        assertThat(profile("inet_interfaces", "192.0.2.7, localhost").bindAddress).isEmpty();
        assertThat(profile("inet_interfaces", "192.0.2.7", "smtp_bind_address", "192.0.2.9").bindAddress).isEqualTo("192.0.2.9");
        assertThat(profile().bindAddress).isEmpty();
    }

    @Test
    void the_order_of_hosts_follows_preference_family_and_balance() {
        var profile = profile("smtp_address_preference", "ipv6", "smtp_mx_address_limit", "4");
        List<Host> hosts = List.of(host("192.0.2.1", 10), host("192.0.2.2", 10), host("192.0.2.3", 10), host("192.0.2.4", 10), host("2001:db8::1", 20), host("2001:db8::2", 20),
                host("2001:db8::3", 20));
        assertThat(HostOrder.arrange(hosts, profile)).hasSize(4).satisfiesExactly(
                a -> assertThat(a.preference()).isEqualTo(10), a -> assertThat(a.preference()).isEqualTo(10),
                a -> assertThat(a.preference()).isEqualTo(20), a -> assertThat(a.preference()).isEqualTo(20));
        List<Host> equal = List.of(host("192.0.2.1", 10), host("2001:db8::1", 10), host("192.0.2.2", 5));
        assertThat(HostOrder.arrange(equal, profile)).extracting(h -> h.address().getHostAddress())
                .containsExactly("192.0.2.2", "2001:db8:0:0:0:0:0:1", "192.0.2.1");
        assertThat(HostOrder.arrange(hosts, profile("smtp_balance_inet_protocols", "no"))).hasSize(7);
    }

    @Test
    void equal_hosts_are_tried_in_random_order_unless_told_otherwise() {
        List<Host> hosts = IntStream.range(0, 8).mapToObj(i -> host("192.0.2." + i, 10)).toList();
        Profile random = profile("smtp_balance_inet_protocols", "no");
        assertThat(IntStream.range(0, 50).mapToObj(_ -> HostOrder.arrange(hosts, random)).distinct().count()).isGreaterThan(1);
        Profile fixed = profile("smtp_randomize_addresses", "no", "smtp_balance_inet_protocols", "no");
        assertThat(HostOrder.arrange(hosts, fixed)).isEqualTo(hosts);
    }

    private static Host host(String address, int preference) {
        return Host.of("mx", InetAddress.ofLiteral(address), 25, preference, true);
    }

    private static Profile profile(String... settings) {
        var map = new HashMap<String, String>();
        for (int i = 0; i < settings.length; i += 2) {
            map.put(settings[i], settings[i + 1]);
        }
        return new Profile(Settings.of(map), false, new Neighbours(Duration.ZERO).lists());
    }
}
