// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ostler.smtp.client.Scenario.told;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.delivery.DeliveryResult;
import org.ostler.mail.tck.Zone;

/** Connections that serve more than one message. */
@Timeout(60)
class ReuseTest {

    private static final String HELLO = """
            S: 220 mx ESMTP
            C: EHLO *
            S: 250-mx
            S: 250 PIPELINING
            """;
    private static final String TAKES = """
            C: MAIL *
            C: RCPT *
            C: DATA
            S: 250 ok
            S: 250 ok
            S: 354 go
            CONTENT
            S: 250 2.0.0 taken
            """;
    private static final String QUIT = "C: QUIT\n";

    /** Every connection waits, whether or not there is demand. */
    private static Scenario keeping() {
        return Scenario.happy().set("smtp_connection_cache_destinations", "127.0.0.1, example.test").set("smtp_connection_cache_time_limit", "20s");
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("it did not come to pass");
            }
            Thread.onSpinWait();
        }
    }

    @Test
    void a_second_message_takes_the_connection_of_the_first() throws Exception {
        try (var server = FakeServer.start(HELLO + TAKES + TAKES + QUIT); var scenario = keeping()) {
            assertThat(told(scenario.deliver(server.nextHop()))).allMatch(line -> line.startsWith("sent"));
            DeliveryResult second = scenario.deliver(server.nextHop());
            assertThat(told(second)).allMatch(line -> line.startsWith("sent"));
            assertThat(second.outcomes().getFirst().timing().reuse()).isEqualTo(1);
            assertThat(second.outcomes().getFirst().relay()).isEqualTo("127.0.0.1[127.0.0.1]:" + server.port());
            scenario.courier().close();
            server.verify();
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void a_single_message_keeps_no_server_waiting_and_a_stream_does() throws Exception {
        try (var server = FakeServer.start(HELLO + TAKES + QUIT, HELLO + TAKES + TAKES + QUIT);
                var scenario = Scenario.happy().set("smtp_connection_cache_time_limit", "20s")) {
            scenario.deliver(server.nextHop());
            assertThat(scenario.courier().waiting()).isZero();
            scenario.deliver(server.nextHop());
            assertThat(scenario.courier().waiting()).isEqualTo(1);
            scenario.deliver(server.nextHop());
            scenario.courier().close();
            server.verify();
        }
    }

    @Test
    void a_connection_closed_while_it_waited_costs_a_fresh_one_and_nothing_else() throws Exception {
        try (var server = FakeServer.start(HELLO + TAKES + "DROP", HELLO + TAKES + QUIT); var scenario = keeping()) {
            scenario.deliver(server.nextHop());
            await(() -> serverIsThrough(server));
            DeliveryResult second = scenario.deliver(server.nextHop());
            assertThat(told(second)).containsExactly("sent 2.0.0 (250 2.0.0 taken)");
            assertThat(second.siteDown()).isEmpty();
            assertThat(second.outcomes().getFirst().timing().reuse()).isZero();
            scenario.courier().close();
            server.verify();
        }
    }

    /** With one next host, what it says of a recipient must stand in the log, not that nobody was there. */
    @Test
    void a_recipient_refused_for_now_on_a_waiting_connection_is_deferred_in_the_server_s_words() throws Exception {
        String greylisted = """
                C: MAIL *
                C: RCPT *
                C: DATA
                S: 250 ok
                S: 451 4.7.1 come back later
                S: 554 5.5.1 no valid recipients
                """;
        try (var server = FakeServer.start(HELLO + TAKES + greylisted + "REST", HELLO + greylisted + "REST"); var scenario = keeping()) {
            scenario.deliver(server.nextHop());
            DeliveryResult second = scenario.deliver(server.nextHop());
            assertThat(told(second)).singleElement().asString().contains("451 4.7.1 come back later");
            assertThat(second.outcomes().getFirst().relay()).startsWith("127.0.0.1[127.0.0.1]:");
            scenario.courier().close();
        }
    }

    private static boolean serverIsThrough(FakeServer server) {
        return server.finished() == 1;
    }

    @Test
    void a_server_that_says_goodbye_on_a_waiting_connection_costs_a_fresh_one() throws Exception {
        try (var server = FakeServer.start(HELLO + TAKES + "C: MAIL *\nS: 421 4.4.2 timeout", HELLO + TAKES + QUIT); var scenario = keeping()) {
            scenario.deliver(server.nextHop());
            assertThat(told(scenario.deliver(server.nextHop()))).containsExactly("sent 2.0.0 (250 2.0.0 taken)");
            scenario.courier().close();
            server.verify();
        }
        try (var server = FakeServer.start(HELLO + TAKES + "S: 421 4.4.2 timeout", HELLO + TAKES + QUIT); var scenario = keeping()) {
            scenario.deliver(server.nextHop());
            await(() -> serverIsThrough(server));
            assertThat(told(scenario.deliver(server.nextHop()))).containsExactly("sent 2.0.0 (250 2.0.0 taken)");
        }
    }

    @Test
    void a_transaction_that_was_left_open_is_reset_before_the_next() throws Exception {
        try (var server = FakeServer.start(HELLO + """
                C: MAIL *
                C: RCPT *
                C: DATA
                S: 250 ok
                S: 550 5.1.1 no
                S: 503 no
                C: RSET
                """ + TAKES.replace("S: 250 ok\nS: 250 ok", "S: 250 reset\nS: 250 ok\nS: 250 ok") + QUIT); var scenario = keeping()) {
            assertThat(told(scenario.deliver(server.nextHop()))).allMatch(line -> line.startsWith("bounced"));
            assertThat(told(scenario.deliver(server.nextHop()))).allMatch(line -> line.startsWith("sent"));
            scenario.courier().close();
            server.verify();
        }
    }

    @Test
    void a_host_that_put_mail_off_on_a_waiting_connection_is_not_asked_again_at_once() throws Exception {
        try (var server = FakeServer.start(HELLO + TAKES + "C: MAIL *\nC: RCPT *\nC: DATA\nS: 451 4.3.0 later\nS: 503 x\nS: 503 x\nC: QUIT"); var scenario = keeping()) {
            scenario.dns = Zone.of("example.test").mx(10, "mx").a("mx", "127.0.0.1");
            String nextHop = "example.test:" + server.port();
            scenario.deliver(nextHop);
            assertThat(told(scenario.deliver(nextHop))).containsExactly("deferred 4.3.0 (host mx.example.test[127.0.0.1] said: 451 4.3.0 later (in reply to MAIL FROM command))");
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void a_connection_is_used_so_often_and_so_long_and_no_longer() throws Exception {
        try (var server = FakeServer.start(HELLO + TAKES + TAKES + QUIT, HELLO + TAKES + QUIT); var scenario = keeping().set("smtp_connection_reuse_count_limit", "2")) {
            for (int i = 0; i < 3; i++) {
                assertThat(told(scenario.deliver(server.nextHop()))).allMatch(line -> line.startsWith("sent"));
            }
            scenario.courier().close();
            server.verify();
        }
        try (var server = FakeServer.start(HELLO + TAKES + QUIT); var scenario = keeping().set("smtp_connection_reuse_time_limit", "0s")) {
            scenario.deliver(server.nextHop());
            assertThat(scenario.courier().waiting()).isZero();
            server.verify();
        }
    }

    @Test
    void a_connection_that_nobody_wants_is_ended_with_QUIT() throws Exception {
        try (var server = FakeServer.start(HELLO + TAKES + QUIT); var scenario = keeping().set("smtp_connection_cache_time_limit", "1s")) {
            scenario.deliver(server.nextHop());
            assertThat(scenario.courier().waiting()).isEqualTo(1);
            server.verify();
            assertThat(scenario.courier().waiting()).isZero();
        }
    }
}
