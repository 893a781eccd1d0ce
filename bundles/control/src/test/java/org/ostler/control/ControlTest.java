// SPDX-License-Identifier: Apache-2.0
package org.ostler.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.control.spi.ControlCommand.ControlException;
import org.ostler.mail.tck.Standstill;

@Timeout(120)
class ControlTest {

    private final ControlServer server = new ControlServer();
    private Path dir;

    // Not @TempDir: its names may be too long for a socket.
    @BeforeEach
    void start() throws IOException {
        dir = Files.createTempDirectory(Path.of("/tmp"), "octl");
        server.command("echo", (arguments, out) -> arguments.forEach(out));
        server.command("fail", (arguments, out) -> {
            out.accept("partial");
            throw new ControlException("no\nway");
        });
        server.command("bug", (arguments, out) -> {
            throw new IllegalStateException("oops");
        });
        server.listen(dir.toString());
    }

    @AfterEach
    void stop() throws IOException {
        server.deactivate();
        Files.deleteIfExists(dir.resolve("private"));
        Files.delete(dir);
    }

    List<String> run(String... request) throws IOException, ControlException {
        var lines = new ArrayList<String>();
        ControlClient.run(dir.toString(), List.of(request), lines::add);
        return lines;
    }

    @Test
    void arguments_and_lines_travel_unchanged() throws Exception {
        assertThat(run("echo", "a", "two\nlines", "back\\slash\r", "", "ünicode")).containsExactly("a", "two\nlines", "back\\slash\r", "", "ünicode");
        assertThat(run("echo")).isEmpty();
        assertThat(run("echo", "x".repeat(60_000))).singleElement().asString().hasSize(60_000);
    }

    @Test
    void a_failure_a_bug_and_an_unknown_command_are_told_apart_and_the_server_lives_on() throws Exception {
        assertThatThrownBy(() -> run("fail")).isInstanceOf(ControlException.class).hasMessage("no\nway");
        assertThatThrownBy(() -> run("bug")).isInstanceOf(ControlException.class).hasMessageContaining("oops");
        assertThatThrownBy(() -> run("nobody")).isInstanceOf(ControlException.class).hasMessage("unknown command: nobody");
        assertThat(run("echo", "still here")).containsExactly("still here");
    }

    @Test
    void only_the_owner_gets_to_the_socket() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("private")))).isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("private/control")))).isEqualTo("rw-------");
    }

    @Test
    void who_comes_while_the_server_ends_is_hung_up_on() throws Exception {
        run("echo"); // and the next accept waits
        try (var still = new Standstill(); var late = SocketChannel.open(UnixDomainSocketAddress.of(dir.resolve("private/control"))); var reader = Executors.newVirtualThreadPerTaskExecutor()) {
            var rest = reader.submit(() -> Channels.newInputStream(late).readAllBytes());
            still.lastly(() -> {
                server.deactivate();
                return null;
            });
            assertThat(rest.get(20, TimeUnit.SECONDS)).isEmpty();
        }
    }

    @Test
    void nobody_listening_and_a_path_too_long_are_clear_errors() {
        assertThatThrownBy(() -> ControlClient.run(dir.resolve("none").toString(), List.of("echo"), line -> { })).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> ControlClient.run("/tmp/" + "x".repeat(120), List.of("echo"), line -> { })).hasMessageContaining("too long for a socket");
    }

    /** As a process that is stopped: the system takes connections for it until the queue is full, and then connecting hangs too. */
    @Test
    void a_server_that_says_nothing_is_not_waited_for_without_end() throws Exception {
        Path hangs = Files.createTempDirectory(Path.of("/tmp"), "octl");
        Path socket = Files.createDirectory(hangs.resolve("private")).resolve("control");
        try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            silent.bind(UnixDomainSocketAddress.of(socket), 1);
            var waiting = new ArrayList<SocketChannel>();
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> ask(hangs, Duration.ofMillis(50), Duration.ofMinutes(1))).isInstanceOf(ControlClient.SilentException.class).hasMessageStartingWith(ControlClient.SILENT + ": ")
                        .hasMessageEndingWith("its process is stopped or hangs");
                SocketChannel full = SocketChannel.open(StandardProtocolFamily.UNIX);
                waiting.add(full);
                full.configureBlocking(false);
                try {
                    full.connect(UnixDomainSocketAddress.of(socket));
                } catch (IOException e) {
                    assertThat(e).hasMessageContaining("unavailable"); // EAGAIN: the queue is full
                }
            }
            for (SocketChannel each : waiting) {
                each.close();
            }
        } finally {
            Files.deleteIfExists(socket);
            Files.delete(hangs.resolve("private"));
            Files.delete(hangs);
        }
    }

    /** It answers others meanwhile. */
    @Test
    void a_command_that_takes_long_on_a_server_that_lives_is_waited_for() throws Exception {
        var others = new CountDownLatch(1);
        server.command("config.knows", (_, _) -> others.countDown());
        server.command("long", (_, out) -> {
            await(others);
            out.accept("done");
        });
        assertThat(ask(dir, Duration.ofSeconds(5), Duration.ofMinutes(1), "long")).containsExactly("done");
    }

    @Test
    void a_command_that_never_ends_is_given_up_though_the_server_lives() throws Exception {
        var end = new CountDownLatch(1);
        server.command("stuck", (_, _) -> await(end));
        assertThatThrownBy(() -> ask(dir, Duration.ofSeconds(3), Duration.ofSeconds(5), "stuck")).isInstanceOf(ControlClient.SilentException.class)
                .hasMessageEndingWith("it lives, and may still be at work on this");
        end.countDown();
        assertThat(run("echo", "still here")).containsExactly("still here");
    }

    /** Somebody pages through a long answer. */
    @Test
    void the_time_that_a_reader_takes_is_not_the_servers() throws Exception {
        var lines = new ArrayList<String>();
        // More than any buffer on the way holds.
        String rest = "b".repeat(2_000_000);
        server.command("two", (_, out) -> List.of("a", rest).forEach(out));
        ControlClient.run(dir.toString(), List.of("two"), line -> {
            lines.add(line);
            LockSupport.parkNanos(Duration.ofSeconds(lines.size() == 1 ? 4 : 0).toNanos());
        }, ControlClient.Patience.of(Duration.ofSeconds(3)));
        assertThat(lines).containsExactly("a", rest);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> ask(Path queue, Duration silence, Duration longest, String... request) throws IOException, ControlException {
        var lines = new ArrayList<String>();
        ControlClient.run(queue.toString(), request.length == 0 ? List.of("echo") : List.of(request), lines::add, new ControlClient.Patience(silence, longest));
        return lines;
    }
}
