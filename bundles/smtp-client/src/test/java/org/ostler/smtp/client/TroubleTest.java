// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ostler.smtp.client.Scenario.told;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.tck.Zone;

/** Servers that refuse, vanish, stall or trickle: whose fault it is, and that every wait ends. */
@Timeout(60)
class TroubleTest {

    private static final String HELLO = """
            S: 220 mx.example.test ESMTP
            C: EHLO me.example.test
            S: 250-mx.example.test
            S: 250 PIPELINING
            """;
    private static final String BEGUN = HELLO + """
            C: MAIL *
            C: RCPT *
            C: DATA
            S: 250 ok
            S: 250 ok
            """;
    private static final String TAKES = BEGUN + """
            S: 354 go
            CONTENT
            S: 250 2.0.0 taken
            """;
    private static final String HOST = "127.0.0.1[127.0.0.1]";

    private static DeliveryResult alone(Scenario scenario, String script) throws Exception {
        try (var server = FakeServer.start(script); scenario) {
            return scenario.deliver(server.nextHop());
        }
    }

    /** A domain with two exchangers on one port; the first is the one of the script. */
    private static List<String> two(Scenario scenario, String first, String second) throws Exception {
        try (var server = FakeServer.start(first, second); scenario) {
            scenario.dns = Zone.of("example.test").mx(10, "one").mx(20, "two").a("one", "127.0.0.1").a("two", "127.0.0.1");
            return told(scenario.deliver("example.test:" + server.port()));
        }
    }

    @Test
    void a_greeting_that_refuses_for_good_holds_mail_back_unless_told_otherwise() throws Exception {
        DeliveryResult result = alone(Scenario.happy(), "S: 554 5.7.1 no\nC: QUIT");
        assertThat(told(result)).containsExactly("deferred 4.7.1 (host " + HOST + " refused to talk to me: 554 5.7.1 no)");
        assertThat(result.siteDown()).isPresent();
        assertThat(told(alone(Scenario.happy().set("smtp_skip_5xx_greeting", "no"), "S: 554 5.7.1 no\nC: QUIT")))
                .containsExactly("bounced 5.7.1 (host " + HOST + " refused to talk to me: 554 5.7.1 no)");
    }

    @Test
    void the_next_host_is_tried_where_one_refuses_to_talk() throws Exception {
        assertThat(two(Scenario.happy(), "S: 554 no\nC: QUIT", TAKES)).allMatch(line -> line.startsWith("sent"));
        assertThat(two(Scenario.happy(), "S: 220 x\nC: EHLO *\nS: 421 busy\nC: QUIT", TAKES)).allMatch(line -> line.startsWith("sent"));
    }

    @Test
    void the_next_host_is_tried_after_a_temporary_refusal_and_not_after_a_permanent_one() throws Exception {
        String refuses = HELLO + "C: MAIL *\nC: RCPT *\nC: DATA\nS: %s\nS: 503 x\nS: 503 x\nC: QUIT";
        assertThat(two(Scenario.happy(), refuses.formatted("451 4.3.0 later"), TAKES)).allMatch(line -> line.startsWith("sent"));
        assertThat(two(Scenario.happy(), refuses.formatted("550 5.7.1 never"), TAKES)).allMatch(line -> line.startsWith("bounced 5.7.1"));
    }

    @Test
    void a_421_holds_mail_back_without_declaring_the_site_down() throws Exception {
        DeliveryResult result = alone(Scenario.happy(), HELLO + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 421 4.4.5 overload");
        assertThat(told(result)).containsExactly("deferred 4.4.5 (host " + HOST + " said: 421 4.4.5 overload (in reply to MAIL FROM command))");
        assertThat(result.siteDown()).isEmpty();
    }

    @Test
    void a_reply_of_a_class_that_makes_no_sense_is_a_protocol_error_as_in_Postfix() throws Exception {
        assertThat(told(alone(Scenario.happy(), HELLO + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 350 odd\nS: 503 x\nS: 503 x\nC: QUIT")))
                .containsExactly("bounced 5.5.0 (host " + HOST + " said: 350 odd (in reply to MAIL FROM command))");
    }

    @Test
    void recipients_that_were_put_off_go_to_the_next_host_and_the_others_do_not() throws Exception {
        var scenario = Scenario.happy().to("a@example.test", "b@example.test");
        String first = HELLO + """
                C: MAIL *
                C: RCPT TO:<a@*
                C: RCPT TO:<b@*
                C: DATA
                S: 250 ok
                S: 250 ok
                S: 450 greylisted
                S: 354 go
                CONTENT
                S: 250 2.0.0 first
                C: QUIT
                """;
        String second = HELLO + """
                C: MAIL *
                C: RCPT TO:<b@*
                C: DATA
                S: 250 ok
                S: 250 ok
                S: 354 go
                CONTENT
                S: 250 2.0.0 second
                C: QUIT
                """;
        assertThat(two(scenario, first, second)).containsExactly("sent 2.0.0 (250 2.0.0 first)", "sent 2.0.0 (250 2.0.0 second)");
    }

    /** The first server takes a, puts b off, and then wants nothing of the message: that was not said to b. */
    private static final String PUTS_OFF_AND_REFUSES = HELLO + """
            C: MAIL *
            C: RCPT TO:<a@*
            C: RCPT TO:<b@*
            C: DATA
            S: 250 ok
            S: 250 ok
            S: 450 4.7.1 greylisted
            S: 354 go
            CONTENT
            S: 550 5.7.1 spam
            C: QUIT
            """;

    @Test
    void a_recipient_that_was_put_off_does_not_bounce_with_those_whose_message_is_refused() throws Exception {
        String second = HELLO + """
                C: MAIL *
                C: RCPT TO:<b@*
                C: DATA
                S: 250 ok
                S: 250 ok
                S: 354 go
                CONTENT
                S: 250 2.0.0 second
                C: QUIT
                """;
        assertThat(two(Scenario.happy().to("a@example.test", "b@example.test"), PUTS_OFF_AND_REFUSES, second))
                .satisfiesExactly(a -> assertThat(a).startsWith("bounced 5.7.1"), b -> assertThat(b).isEqualTo("sent 2.0.0 (250 2.0.0 second)"));
        assertThat(two(Scenario.happy().to("a@example.test", "b@example.test"), PUTS_OFF_AND_REFUSES.replace("S: 354 go\nCONTENT\nS: 550 5.7.1 spam", "S: 550 5.7.1 no data"), second))
                .satisfiesExactly(a -> assertThat(a).startsWith("bounced 5.7.1"), b -> assertThat(b).startsWith("sent"));
    }

    /** The other next hop turns out not to exist: that is not what b's server said. */
    @Test
    void a_recipient_that_was_put_off_does_not_bounce_for_a_next_hop_that_does_not_exist() throws Exception {
        try (var server = FakeServer.start(PUTS_OFF_AND_REFUSES); var scenario = Scenario.happy().to("a@example.test", "b@example.test")) {
            scenario.dns = Zone.of("example.test");
            assertThat(told(scenario.deliver(server.nextHop() + ", nowhere.example.test")))
                    .satisfiesExactly(a -> assertThat(a).startsWith("bounced 5.7.1"), b -> assertThat(b).startsWith("deferred 4.7.1").contains("greylisted"));
        }
    }

    /** What a host before said of itself, for good, is not what the last one said of b, for now. */
    @Test
    void a_recipient_that_was_put_off_is_deferred_in_those_words_whatever_became_of_hosts_before() throws Exception {
        String leaves = "S: 220 x\nC: EHLO *\nS: 550 no\nC: HELO *\nS: 550 5.7.1 go away\nC: QUIT";
        try (var server = FakeServer.start(leaves, PUTS_OFF_AND_REFUSES); var scenario = Scenario.happy().to("a@example.test", "b@example.test")) {
            scenario.dns = Zone.of("example.test").mx(10, "one").mx(20, "two").a("one", "127.0.0.1").a("two", "127.0.0.1");
            assertThat(told(scenario.deliver("example.test:" + server.port() + ", nowhere.example.test")))
                    .satisfiesExactly(a -> assertThat(a).startsWith("bounced 5.7.1"), b -> assertThat(b).startsWith("deferred 4.7.1").contains("greylisted"));
        }
    }

    @Test
    void who_has_the_mail_does_not_get_it_again_when_something_breaks_behind_him() throws Exception {
        var scenario = Scenario.happy().to("a@example.test", "b@example.test").set("smtp_tls_security_level", "may");
        var asked = new java.util.concurrent.atomic.AtomicInteger();
        scenario.source = (domain, settings) -> {
            if (asked.incrementAndGet() > 1) {
                throw new NoClassDefFoundError("gone with its bundle");
            }
            return org.ostler.mail.tls.spi.TlsPolicySource.NO_POLICY;
        };
        assertThat(two(scenario, PUTS_OFF_AND_REFUSES.replace("550 5.7.1 spam", "250 2.0.0 first"), TAKES))
                .containsExactly("sent 2.0.0 (250 2.0.0 first)", "deferred 4.3.0 (unknown mail transport error)");
        assertThat(asked).hasValue(2);
    }

    @Test
    void a_connection_that_does_not_close_keeps_no_other_from_its_deadline() throws Exception {
        var deadlines = new Deadlines();
        var tried = new java.util.concurrent.CountDownLatch(1);
        var closed = new java.util.concurrent.CountDownLatch(1);
        deadlines.watch(() -> {
            tried.countDown();
            throw new NoClassDefFoundError("gone with its bundle");
        }).in(0);
        assertThat(tried.await(20, TimeUnit.SECONDS)).isTrue();
        deadlines.watch(closed::countDown).in(0);
        assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            DROP                                                       | lost connection with %s while receiving the initial server greeting
            S: 220 x;DROP                                              | lost connection with %s while performing the EHLO handshake
            HELLO;DROP                                                 | lost connection with %s while sending MAIL FROM
            HELLO;C: MAIL *;C: RCPT *;C: DATA;S: 250 ok;DROP           | lost connection with %s while sending RCPT TO
            HELLO;C: MAIL *;C: RCPT *;C: DATA;S: 250 ok;S: 250 ok;DROP | lost connection with %s while sending DATA command
            """)
    void a_lost_connection_is_named_by_what_was_being_done(String script, String text) throws Exception {
        DeliveryResult result = alone(Scenario.happy(), script.replace("HELLO", HELLO).replace(';', '\n'));
        assertThat(told(result)).containsExactly("deferred 4.4.2 (" + text.formatted(HOST) + ")");
        assertThat(result.siteDown()).isPresent();
    }

    @Test
    void a_connection_lost_behind_the_end_is_not_followed_by_another_host() throws Exception {
        assertThat(two(Scenario.happy(), BEGUN + "S: 354 go\nCONTENT\nDROP", TAKES))
                .containsExactly("deferred 4.4.2 (lost connection with one.example.test[127.0.0.1] while sending end of data -- message may be sent more than once)");
    }

    @Test
    void what_is_no_SMTP_reply_holds_mail_back() throws Exception {
        assertThat(told(alone(Scenario.happy(), "S: SSH-2.0-OpenSSH_9\nC: QUIT"))).allMatch(line -> line.startsWith("deferred 4.5.0 (Protocol error: host " + HOST));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            smtp_helo_timeout      | STALL                                                                  | receiving the initial server greeting
            smtp_helo_timeout      | SPELL 220-one two three four five six seven                            | receiving the initial server greeting
            smtp_helo_timeout      | S: 220 x;C: EHLO *;STALL                                               | performing the EHLO handshake
            smtp_mail_timeout      | HELLO;STALL                                                            | sending MAIL FROM
            smtp_mail_timeout      | HELLO;C: MAIL *;SPELL 250 one two three four five six seven            | sending MAIL FROM
            smtp_rcpt_timeout      | HELLO;C: MAIL *;C: RCPT *;S: 250 ok;STALL                              | sending RCPT TO
            smtp_data_init_timeout | HELLO;C: MAIL *;C: RCPT *;S: 250 ok;S: 250 ok;STALL                    | sending DATA command
            smtp_data_done_timeout | BEGUN;S: 354 go;CONTENT;STALL                                          | sending end of data -- message may be sent more than once
            """)
    void every_wait_ends(String parameter, String script, String where) throws Exception {
        DeliveryResult result = alone(Scenario.happy().set(parameter, "1s"), script.replace("HELLO", HELLO).replace("BEGUN", BEGUN).replace(';', '\n'));
        assertThat(told(result)).containsExactly("deferred 4.4.2 (conversation with " + HOST + " timed out while " + where + ")");
        assertThat(result.siteDown()).isPresent();
    }

    @Test
    void a_server_that_never_reads_the_message_is_ended() throws Exception {
        var scenario = Scenario.happy().set("smtp_data_xfer_timeout", "1s").set("smtp_min_data_rate", "1000000000");
        scenario.content = new byte[30_000_000];
        Arrays.fill(scenario.content, (byte) 'x');
        assertThat(told(alone(scenario, BEGUN + "S: 354 go\nSTALL")))
                .containsExactly("deferred 4.4.2 (conversation with " + HOST + " timed out while sending message body)");
    }

    @Test
    void the_number_of_sessions_and_of_addresses_is_bounded() throws Exception {
        String busy = HELLO + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 421 busy\nC: QUIT";
        try (var server = FakeServer.start(busy); var scenario = fourHosts().set("smtp_mx_session_limit", "2")) {
            assertThat(told(scenario.deliver("example.test:" + server.port()))).singleElement().asString().startsWith("deferred 4.0.0 (host b.example.test[127.0.0.1] said: 421 busy");
            assertThat(server.connections()).isEqualTo(2);
        }
        try (var server = FakeServer.start(busy); var scenario = fourHosts().set("smtp_mx_session_limit", "0").set("smtp_mx_address_limit", "3")) {
            scenario.deliver("example.test:" + server.port());
            assertThat(server.connections()).isEqualTo(3);
        }
    }

    /** postconf(5): hosts that do not get as far as mail use up addresses, and no session. */
    @Test
    void hosts_that_refuse_to_talk_do_not_count_as_sessions() throws Exception {
        String refuses = "S: 421 go away\nC: QUIT";
        try (var server = FakeServer.start(refuses, refuses, refuses, TAKES); var scenario = fourHosts().set("smtp_mx_session_limit", "2")) {
            assertThat(told(scenario.deliver("example.test:" + server.port()))).allMatch(line -> line.startsWith("sent"));
        }
        String later = HELLO + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 451 later\nS: 503 x\nS: 503 x\nC: QUIT";
        try (var server = FakeServer.start(later, refuses, TAKES); var scenario = fourHosts().set("smtp_mx_session_limit", "2")) {
            assertThat(told(scenario.deliver("example.test:" + server.port()))).as("one session is left, and hosts").allMatch(line -> line.startsWith("sent"));
        }
    }

    @Test
    void each_next_hop_has_sessions_of_its_own() throws Exception {
        String later = HELLO + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 451 later\nS: 503 x\nS: 503 x\nC: QUIT";
        try (var server = FakeServer.start(later, later, later, TAKES); var scenario = fourHosts()) {
            scenario.dns = Zone.of("example.test").mx(1, "a").mx(2, "b").a("a", "127.0.0.1").a("b", "127.0.0.1").a("c", "127.0.0.1").a("d", "127.0.0.1").mx("relay", 1, "c").mx("relay", 2, "d");
            scenario.set("smtp_mx_session_limit", "2").set("smtp_fallback_relay", "relay.example.test:" + server.port());
            assertThat(told(scenario.deliver("example.test:" + server.port()))).as("the second host of the fallback relay").allMatch(line -> line.startsWith("sent"));
        }
    }

    private static Scenario fourHosts() {
        var scenario = Scenario.happy();
        scenario.dns = Zone.of("example.test").mx(1, "a").mx(2, "b").mx(3, "c").mx(4, "d").a("a", "127.0.0.1").a("b", "127.0.0.1").a("c", "127.0.0.1").a("d", "127.0.0.1");
        return scenario;
    }

    /** A configuration from Postfix with a provider's relay: spoken to without a password it would refuse all mail for good. */
    @Test
    void a_server_that_wants_a_password_which_nobody_can_give_yet_gets_no_mail_and_refuses_none() throws Exception {
        String refuses = HELLO + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 530 5.7.0 Authentication required\nS: 503 x\nS: 503 x\nC: QUIT";
        try (var server = FakeServer.start(refuses); var scenario = Scenario.happy().set("smtp_sasl_auth_enable", "yes").set("smtp_sasl_password_maps", "map")) {
            scenario.tables = new MapTables().with(server.nextHop(), "user:secret").with("sender@example.test", "user:secret");
            assertThat(told(scenario.deliver(server.nextHop()))).singleElement().asString().startsWith("deferred 4.7.0 (SASL authentication with 127.0.0.1");
            assertThat(server.connections()).isZero();
        }
        try (var server = FakeServer.start(TAKES); var scenario = Scenario.happy().set("smtp_sasl_auth_enable", "yes").set("smtp_sasl_password_maps", "map")) {
            scenario.tables = new MapTables().with("other.example.test", "user:secret").with("sender@example.test", "user:secret");
            assertThat(told(scenario.deliver(server.nextHop()))).allMatch(line -> line.startsWith("sent"));
        }
        try (var server = FakeServer.start(TAKES); var scenario = Scenario.happy().set("smtp_sasl_auth_enable", "yes").set("smtp_sasl_password_maps", "broken")) {
            assertThat(told(scenario.deliver(server.nextHop()))).allMatch(line -> line.startsWith("deferred 4.3.0"));
            assertThat(server.connections()).isZero();
        }
        try (var server = FakeServer.start(TAKES);
                var scenario = Scenario.happy().set("smtp_sasl_auth_enable", "yes").set("smtp_sasl_password_maps", "map").set("smtp_sender_dependent_authentication", "yes")) {
            scenario.tables = new MapTables().with("sender@example.test", "user:secret");
            assertThat(told(scenario.deliver(server.nextHop()))).allMatch(line -> line.startsWith("deferred 4.7.0"));
        }
    }

    @Test
    void an_interrupt_puts_mail_off_and_loses_nothing() throws Exception {
        try (var server = FakeServer.start("STALL"); var scenario = Scenario.happy()) {
            scenario.courier();
            var results = new CompletableFuture<DeliveryResult>();
            Thread thread = Thread.ofVirtual().start(() -> results.complete(scenario.deliver(server.nextHop())));
            while (server.connections() == 0) {
                Thread.onSpinWait();
            }
            thread.interrupt();
            assertThat(told(results.get(20, TimeUnit.SECONDS))).hasSize(1).allMatch(line -> line.startsWith("deferred 4."));
        }
    }

    @Test
    void an_address_to_connect_from_that_is_not_ours_is_passed_over_or_enforced() throws Exception {
        assertThat(told(alone(Scenario.happy().set("smtp_bind_address", "192.0.2.99"), TAKES))).allMatch(line -> line.startsWith("sent"));
        assertThat(told(alone(Scenario.happy().set("smtp_bind_address", "192.0.2.99").set("smtp_bind_address_enforce", "yes"), TAKES)))
                .containsExactly("deferred 4.4.0 (server configuration error)");
        assertThat(told(alone(Scenario.happy().set("smtp_bind_address", "127.0.0.7"), TAKES))).allMatch(line -> line.startsWith("sent"));
    }
}
