// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ostler.smtp.client.Scenario.told;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;

/** Postfix's smtp-sink on the other side. Skipped where it is not installed. */
@Timeout(60)
@EnabledIf(value = "isInstalled", disabledReason = "Postfix's smtp-sink is not installed")
class SmtpSinkTest {

    private static final Path SINK = Path.of("/usr/sbin/smtp-sink");

    static boolean isInstalled() {
        return Files.isExecutable(SINK);
    }

    private static final class Sink implements AutoCloseable {
        final int port;
        final Process process;

        Sink(String... options) throws Exception {
            try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            var command = new ArrayList<String>();
            command.add(SINK.toString());
            if (System.getProperty("user.name").equals("root")) {
                command.addAll(List.of("-u", "nobody"));
            }
            command.addAll(List.of(options));
            command.addAll(List.of("127.0.0.1:" + port, "100"));
            process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (!answers() && process.isAlive() && System.nanoTime() - end < 0) {
                Thread.onSpinWait();
            }
        }

        private boolean answers() {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.getInputStream().read() >= 0;
            } catch (IOException _) {
                return false;
            }
        }

        @Override
        public void close() {
            process.destroy();
        }
    }

    @Test
    void twenty_at_once_send_two_thousand_messages_over_few_connections() throws Exception {
        try (var sink = new Sink(); var scenario = Scenario.happy(); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            scenario.courier();
            Callable<Integer> hundred = () -> {
                int reused = 0;
                for (int i = 0; i < 100; i++) {
                    var result = scenario.deliver("[127.0.0.1]:" + sink.port);
                    assertThat(told(result)).allMatch(line -> line.startsWith("sent 2.0.0 (250 2.0.0 Ok"));
                    reused += result.outcomes().getFirst().timing().reuse() > 0 ? 1 : 0;
                }
                return reused;
            };
            var all = IntStream.range(0, 20).mapToObj(_ -> threads.submit(hundred)).toList();
            int reused = 0;
            for (var one : all) {
                reused += one.get(50, TimeUnit.SECONDS);
            }
            assertThat(reused).isGreaterThan(1900);
        }
    }

    @Test
    void a_sink_without_ESMTP_and_pipelining_is_spoken_to_as_well() throws Exception {
        try (var sink = new Sink("-e"); var scenario = Scenario.happy().to("a@example.test", "b@example.test")) {
            assertThat(told(scenario.deliver("[127.0.0.1]:" + sink.port))).hasSize(2).allMatch(line -> line.startsWith("sent"));
        }
    }

    @Test
    void a_sink_that_speaks_LMTP_answers_for_each_recipient() throws Exception {
        try (var sink = new Sink("-L"); var scenario = Scenario.happy().to("a@example.test", "b@example.test")) {
            scenario.lmtp = true;
            assertThat(told(scenario.deliver("inet:127.0.0.1:" + sink.port))).hasSize(2).allMatch(line -> line.startsWith("sent"));
        }
    }

    @Test
    void a_sink_that_breaks_the_connection_or_refuses_holds_mail_back() throws Exception {
        try (var sink = new Sink("-q", "DATA"); var scenario = Scenario.happy()) {
            assertThat(told(scenario.deliver("[127.0.0.1]:" + sink.port))).allMatch(line -> line.startsWith("deferred 4.4.2 (lost connection"));
        }
        try (var sink = new Sink("-r", "RCPT"); var scenario = Scenario.happy()) {
            assertThat(told(scenario.deliver("[127.0.0.1]:" + sink.port))).allMatch(line -> line.startsWith("deferred 4."));
        }
        try (var sink = new Sink("-f", "."); var scenario = Scenario.happy()) {
            assertThat(told(scenario.deliver("[127.0.0.1]:" + sink.port))).allMatch(line -> line.startsWith("bounced 5.") && line.contains("end of DATA command"));
        }
    }
}
