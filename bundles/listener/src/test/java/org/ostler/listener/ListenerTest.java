// SPDX-License-Identifier: Apache-2.0
package org.ostler.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;
import org.ostler.mail.listen.Connection;
import org.ostler.mail.listen.spi.ConnectionHandler;

@Timeout(60)
class ListenerTest {

    @TempDir
    Path queue;

    private final ListenerService listener = new ListenerService(TimeUnit.SECONDS.toNanos(5));

    @AfterEach
    void stop() {
        listener.stop();
    }

    /** Says its name, then echoes lines; at a boundary all the time. */
    record Echo(String name) implements ConnectionHandler {
        @Override
        public void serve(Connection connection) {
            try (Socket socket = connection.socket()) {
                var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
                say(socket, name + " " + connection.clientConnections());
                connection.atBoundary(true);
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    connection.atBoundary(false);
                    say(socket, line);
                    connection.atBoundary(true);
                }
                if (connection.isDraining()) {
                    say(socket, "421");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    static void say(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    static final class Client implements AutoCloseable {
        final Socket socket;
        final BufferedReader in;

        Client(InetSocketAddress address) throws IOException {
            socket = new Socket(address.getAddress(), address.getPort());
            socket.setSoTimeout(20_000);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        }

        String ask(String line) throws IOException {
            say(socket, line);
            return in.readLine();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    static ServiceRow row(String name, OptionalInt maxproc) {
        return new ServiceRow(name, "inet", false, true, false, "-", maxproc, "smtpd", List.of(), Map.of(), "master.cf", 1);
    }

    private void configure(String mainCf, String... rows) {
        configure(1, mainCf, Stream.of(rows).map(name -> row(name, OptionalInt.empty())).toArray(ServiceRow[]::new));
    }

    private void configure(long number, String mainCf, ServiceRow... rows) {
        Settings settings = Settings.parse("queue_directory = " + queue + "\nmyhostname = mx.example.test\n" + mainCf);
        listener.apply(new Generation(number, queue, settings, List.of(rows)));
    }

    private InetSocketAddress only() {
        assertThat(listener.addresses()).hasSize(1);
        return listener.addresses().getFirst();
    }

    @Test
    void a_row_is_served_and_named_in_the_ports_file() throws IOException {
        configure("", "127.0.0.1:0");
        assertThat(listener.addresses()).as("nobody serves the program yet").isEmpty();
        listener.serve("smtpd", new Echo("one"), 1);
        try (var client = new Client(only())) {
            assertThat(client.in.readLine()).isEqualTo("one 1");
            assertThat(client.ask("hello")).isEqualTo("hello");
        }
        assertThat(Files.readAllLines(queue.resolve("pid/ports"))).containsExactly("127.0.0.1:" + only().getPort());
        listener.stop();
        assertThat(queue.resolve("pid/ports")).doesNotExist();
    }

    @Test
    void IPv6_and_interfaces_and_services() throws Exception {
        assertThat(Endpoints.of(row("[::1]:2525", OptionalInt.empty()), Settings.parse("")))
                .containsExactly(new InetSocketAddress(InetAddress.getByName("::1"), 2525));
        assertThat(Endpoints.of(row("smtp", OptionalInt.empty()), Settings.parse("inet_interfaces = loopback-only")))
                .containsExactly(new InetSocketAddress("127.0.0.1", 25), new InetSocketAddress("::1", 25));
        assertThat(Endpoints.of(row("submission", OptionalInt.empty()), Settings.parse("inet_interfaces = loopback-only\ninet_protocols = ipv4")))
                .containsExactly(new InetSocketAddress("127.0.0.1", 587));
        assertThat(Endpoints.of(row("2525", OptionalInt.empty()), Settings.parse("inet_protocols = ipv4")))
                .containsExactly(new InetSocketAddress("0.0.0.0", 2525));
    }

    @Test
    void IPv6_clients_are_served() throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue(java.net.NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null, "no IPv6 here");
        listener.serve("smtpd", new Echo("six"), 1);
        configure("", "[::1]:0");
        try (var client = new Client(only())) {
            assertThat(client.in.readLine()).isEqualTo("six 1");
        }
        assertThat(Files.readAllLines(queue.resolve("pid/ports")).getFirst()).matches("\\[[0-9a-f:]+\\]:[0-9]+");
    }

    @Test
    void the_wildcard_takes_both_kinds_of_clients_and_refuses_those_that_are_switched_off() throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue(java.net.NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null, "no IPv6 here");
        listener.serve("smtpd", new Echo("both"), 1);
        configure("", "0");
        int port = only().getPort();
        for (String address : List.of("::1", "127.0.0.1")) {
            try (var client = new Client(new InetSocketAddress(InetAddress.getByName(address), port))) {
                assertThat(client.in.readLine()).isEqualTo("both 1");
            }
        }
        configure(2, "inet_protocols = ipv6", row("0", OptionalInt.empty()));
        try (var client = new Client(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), only().getPort()))) {
            assertThat(client.in.readLine()).isNull();
        }
    }

    @Test
    void a_row_that_cannot_be_bound_leaves_the_others_alone() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            listener.serve("smtpd", new Echo("one"), 1);
            configure("", "127.0.0.1:" + taken.getLocalPort(), "no-such-service-name", "127.0.0.1:0");
            assertThat(only().getPort()).isNotEqualTo(taken.getLocalPort());
        }
    }

    @Test
    void reload_keeps_sockets_and_sessions() throws IOException {
        listener.serve("smtpd", new Echo("one"), 1);
        configure("", "127.0.0.1:0");
        InetSocketAddress first = only();
        try (var client = new Client(first)) {
            assertThat(client.in.readLine()).isEqualTo("one 1");
            configure("", "127.0.0.1:0", "127.0.0.2:0");
            assertThat(listener.addresses()).hasSize(2).contains(first);
            configure("", "127.0.0.2:0");
            assertThat(listener.addresses()).hasSize(1).doesNotContain(first);
            assertThat(client.ask("still here")).isEqualTo("still here");
        }
    }

    @Test
    void a_replaced_handler_costs_no_connection() throws Exception {
        listener.serve("smtpd", new Echo("old"), 1);
        configure("", "127.0.0.1:0");
        InetSocketAddress address = only();
        try (var old = new Client(address)) {
            assertThat(old.in.readLine()).isEqualTo("old 1");
            assertThat(old.ask("x")).isEqualTo("x");
            listener.dismiss("smtpd", 1);
            assertThat(old.in.readLine()).as("a session at its boundary ends at once").isEqualTo("421");
            assertThat(only()).isEqualTo(address);
            try (var waiting = new Client(address)) {
                listener.serve("smtpd", new Echo("new"), 2);
                assertThat(waiting.in.readLine()).startsWith("new ");
            }
        }
    }

    @Test
    void a_better_handler_takes_over_and_the_old_sessions_end_at_their_boundary() throws Exception {
        var inside = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var ended = new LinkedBlockingQueue<Boolean>();
        listener.serve("smtpd", connection -> {
            try {
                var in = connection.socket().getInputStream();
                inside.countDown();
                goOn.await();
                connection.atBoundary(true);
                ended.add(connection.isDraining() && in.read() < 0);
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }, 1);
        configure("", "127.0.0.1:0");
        try (var busy = new Client(only())) {
            inside.await();
            listener.serve("smtpd", new Echo("better"), 2);
            try (var next = new Client(only())) {
                assertThat(next.in.readLine()).isEqualTo("better 2");
            }
            assertThat(ended).as("the session inside a transaction goes on").isEmpty();
            goOn.countDown();
            assertThat(ended.poll(20, TimeUnit.SECONDS)).isTrue();
            assertThat(busy.in.readLine()).isNull();
        }
    }

    @Test
    void a_connection_that_nobody_serves_gets_421() throws IOException {
        var impatient = new ListenerService(TimeUnit.MILLISECONDS.toNanos(50));
        try {
            impatient.serve("smtpd", new Echo("one"), 1);
            impatient.apply(new Generation(1, queue, Settings.parse("queue_directory = " + queue + "\nmyhostname = mx.example.test"),
                    List.of(row("127.0.0.1:0", OptionalInt.empty()))));
            impatient.dismiss("smtpd", 1);
            try (var client = new Client(impatient.addresses().getFirst())) {
                assertThat(client.in.readLine()).isEqualTo("421 4.3.0 mx.example.test Service unavailable - try again later");
                assertThat(client.in.readLine()).isNull();
            }
        } finally {
            impatient.stop();
        }
    }

    @Test
    void the_deadline_wakes_a_session_that_waits_for_its_client() throws IOException {
        var outcome = new LinkedBlockingQueue<String>();
        listener.serve("smtpd", connection -> {
            connection.deadline(TimeUnit.HOURS.toNanos(1));
            connection.deadline(TimeUnit.MILLISECONDS.toNanos(10));
            try {
                outcome.add("read " + connection.socket().getInputStream().read() + " " + connection.isOverdue());
                say(connection.socket(), "421");
            } catch (IOException e) {
                outcome.add(e.toString());
            }
        }, 1);
        configure("", "127.0.0.1:0");
        try (var client = new Client(only())) {
            assertThat(client.in.readLine()).isEqualTo("421");
        }
        assertThat(outcome).containsExactly("read -1 true");
    }

    @Test
    void the_deadline_closes_a_session_whose_client_does_not_read() throws Exception {
        var outcome = new LinkedBlockingQueue<String>();
        listener.serve("smtpd", connection -> {
            connection.deadline(TimeUnit.MILLISECONDS.toNanos(300));
            try {
                byte[] much = new byte[1 << 20];
                while (true) {
                    connection.socket().getOutputStream().write(much);
                }
            } catch (IOException e) {
                outcome.add("closed");
            }
        }, 1);
        configure("", "127.0.0.1:0");
        try (var client = new Client(only())) {
            assertThat(outcome.poll(20, TimeUnit.SECONDS)).isEqualTo("closed");
            assertThat(client.socket.isConnected()).isTrue();
        }
    }

    @Test
    void connections_are_counted_by_client_network() throws IOException {
        listener.serve("smtpd", new Echo("n"), 1);
        configure("", "127.0.0.1:0");
        try (var a = new Client(only()); var b = new Client(only())) {
            assertThat(List.of(a.in.readLine(), b.in.readLine())).containsExactlyInAnyOrder("n 1", "n 2");
        }
        var ten = ClientCounts.Network.of("smtp/inet", InetAddress.getByName("10.1.2.3"), 8, 64);
        assertThat(ten).isEqualTo(ClientCounts.Network.of("smtp/inet", InetAddress.getByName("10.9.9.9"), 8, 64));
        assertThat(ten).isNotEqualTo(ClientCounts.Network.of("smtp/inet", InetAddress.getByName("11.1.2.3"), 8, 64));
        assertThat(ClientCounts.Network.of("s", InetAddress.getByName("2001:db8:0:1::1"), 32, 64))
                .isEqualTo(ClientCounts.Network.of("s", InetAddress.getByName("2001:db8:0:1:ffff::2"), 32, 64))
                .isNotEqualTo(ClientCounts.Network.of("s", InetAddress.getByName("2001:db8:0:2::1"), 32, 64));
        assertThat(ClientCounts.Network.of("s", InetAddress.getByName("2001:db8::f000"), 32, 116))
                .isNotEqualTo(ClientCounts.Network.of("s", InetAddress.getByName("2001:db8::1"), 32, 116));
    }

    @Test
    void beyond_the_limit_clients_wait() throws IOException {
        listener.serve("smtpd", new Echo("n"), 1);
        configure(1, "", row("127.0.0.1:0", OptionalInt.of(1)));
        try (var first = new Client(only()); var second = new Client(only())) {
            assertThat(first.in.readLine()).isEqualTo("n 1");
            assertThat(second.in.ready()).isFalse();
            first.close();
            assertThat(second.in.readLine()).startsWith("n ");
        }
    }

    @Test
    void a_higher_limit_takes_effect_at_reload() throws IOException {
        listener.serve("smtpd", new Echo("n"), 1);
        configure(1, "default_process_limit = 1", row("127.0.0.1:0", OptionalInt.empty()));
        try (var first = new Client(only()); var second = new Client(only())) {
            assertThat(first.in.readLine()).isEqualTo("n 1");
            configure(2, "default_process_limit = 2", row("127.0.0.1:0", OptionalInt.empty()));
            assertThat(second.in.readLine()).isEqualTo("n 2");
        }
    }

    @Test
    void a_bug_in_a_handler_ends_one_session_only() throws IOException {
        listener.serve("smtpd", connection -> {
            throw new IllegalStateException("bug");
        }, 1);
        configure("", "127.0.0.1:0");
        try (var client = new Client(only())) {
            assertThat(client.in.readLine()).isNull();
        }
        listener.serve("smtpd", new Echo("n"), 2);
        try (var client = new Client(only())) {
            assertThat(client.in.readLine()).isEqualTo("n 1");
        }
    }
}
