// SPDX-License-Identifier: Apache-2.0
package org.ostler.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.listener.ListenerTest.Client;
import org.ostler.listener.ListenerTest.Echo;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tck.Standstill;

/** Clients that come while a socket is closed. The thread that accepts is held up where that is told from what it does in time. */
@Timeout(60)
class ClosingTest {

    @TempDir
    Path queue;

    /** Nobody waits for a handler to the end. */
    private final ListenerService listener = new ListenerService(TimeUnit.MINUTES.toNanos(10));

    @BeforeEach
    void start() throws IOException {
        listener.serve("smtpd", new Echo("served"), 1);
        configure("127.0.0.1:0");
        try (var client = new Client(address())) {
            assertThat(client.in.readLine()).isEqualTo("served 1");
        }
    }

    @AfterEach
    void stop() {
        listener.stop();
    }

    private void configure(String row) {
        listener.apply(new Generation(1, queue, Settings.parse("queue_directory = " + queue + "\nmyhostname = mx.example.test\ninet_protocols = ipv4"), List.of(ListenerTest.row(row, OptionalInt.empty()))));
    }

    private InetSocketAddress address() {
        return listener.addresses().getFirst();
    }

    @Test
    void a_row_takes_over_the_port_of_one_that_ends_in_the_same_reload() throws Exception {
        int port = address().getPort();
        try (var still = new Standstill()) {
            still.lastly(() -> {
                configure(String.valueOf(port));
                return null;
            });
        }
        assertThat(listener.addresses()).containsExactly(new InetSocketAddress("0.0.0.0", port));
    }

    @Test
    void who_comes_while_a_row_ends_is_served() throws Exception {
        try (var still = new Standstill(); var late = new Client(address())) {
            still.lastly(() -> {
                configure("127.0.0.2:0");
                return null;
            });
            assertThat(late.in.readLine()).startsWith("served ");
            assertThat(late.ask("x")).isEqualTo("x");
        }
    }

    @Test
    void who_comes_while_the_listener_stops_is_sent_away() throws Exception {
        try (var still = new Standstill(); var late = new Client(address())) {
            still.lastly(() -> {
                listener.stop();
                return null;
            });
            assertSentAway(late);
        }
    }

    @Test
    void who_waits_for_a_handler_while_the_listener_stops_is_sent_away() throws Exception {
        listener.dismiss("smtpd", 1);
        try (var waiting = new Client(address())) {
            listener.stop();
            assertSentAway(waiting);
        }
    }

    /** By the listener, or by the handler that had begun; where the connection was still the kernel's it is reset. */
    private static void assertSentAway(Client client) {
        List<String> heard;
        try {
            heard = client.in.lines().toList();
        } catch (UncheckedIOException e) {
            assertThat(e).hasCauseInstanceOf(SocketException.class);
            return;
        }
        assertThat(heard).last().isIn("421 4.3.0 mx.example.test Service unavailable - try again later", "421");
    }
}
