// SPDX-License-Identifier: Apache-2.0
package org.ostler.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.config.Configuration;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tck.Standstill;

@Timeout(60)
class ConsoleSocketTest {

    private static final String PROMPT = "ostler> ";

    private final SessionFactory sessions = (SessionFactory) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {SessionFactory.class}, (_, _, _) -> null);
    private final ConsoleSocket console = new ConsoleSocket(sessions, new MailCommands(sessions));
    private Path dir;

    // Not @TempDir: its names may be too long for a socket.
    @BeforeEach
    void start() throws Exception {
        dir = Files.createTempDirectory(Path.of("/tmp"), "ocon");
        var generation = new Generation(1, dir, Settings.parse("queue_directory = " + dir), List.of());
        console.bindConfiguration((Configuration) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Configuration.class}, (_, _, _) -> generation));
    }

    @AfterEach
    void stop() throws Exception {
        console.deactivate();
        Files.delete(dir.resolve("private"));
        Files.delete(dir);
    }

    private SocketChannel connect() throws Exception {
        return SocketChannel.open(UnixDomainSocketAddress.of(dir.resolve("private/shell")));
    }

    @Test
    void a_line_in_and_its_output_back() throws Exception {
        try (var client = connect()) {
            client.write(ByteBuffer.wrap("\nexit\n".getBytes(StandardCharsets.US_ASCII)));
            assertThat(new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo(PROMPT + PROMPT);
        }
    }

    @Test
    void who_comes_while_the_console_ends_is_hung_up_on() throws Exception {
        try (var first = connect()) {
            assertThat(Channels.newInputStream(first).readNBytes(PROMPT.length())).as("and the next accept waits").isNotEmpty();
            try (var still = new Standstill(); var late = connect(); var reader = Executors.newVirtualThreadPerTaskExecutor()) {
                var rest = reader.submit(() -> Channels.newInputStream(late).readAllBytes());
                still.lastly(() -> {
                    console.deactivate();
                    return null;
                });
                assertThat(new String(rest.get(20, TimeUnit.SECONDS), StandardCharsets.US_ASCII)).isIn("", PROMPT);
            }
        }
    }
}
