// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LoopbackServerTest {

    private static void greet(SocketChannel peer) throws IOException {
        peer.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII)));
    }

    private static String heard(SocketAddress address) throws IOException {
        try (var client = SocketChannel.open(address)) {
            return new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void each_connection_is_served_and_counted() throws Exception {
        try (var server = new LoopbackServer(LoopbackServerTest::greet)) {
            assertThat(heard(server.address())).isEqualTo("hello");
            assertThat(heard(server.address())).isEqualTo("hello");
            assertThat(server.connections()).isEqualTo(2);
            assertThatThrownBy(() -> new LoopbackServer(server.port(), LoopbackServerTest::greet)).isInstanceOf(BindException.class);
        }
    }

    @Test
    void a_path_will_do() throws Exception {
        Path path = Files.createTempDirectory(Path.of("/tmp"), "otck").resolve("s");
        try (var _ = new LoopbackServer(UnixDomainSocketAddress.of(path), LoopbackServerTest::greet)) {
            assertThat(heard(UnixDomainSocketAddress.of(path))).isEqualTo("hello");
        } finally {
            Files.delete(path);
            Files.delete(path.getParent());
        }
    }

    @Test
    void who_is_connected_at_the_end_is_hung_up_on() throws Exception {
        try (var server = new LoopbackServer(peer -> {
            greet(peer);
            peer.read(ByteBuffer.allocate(1));
        }); var client = new Socket("127.0.0.1", server.port())) {
            assertThat(client.getInputStream().readNBytes(5)).hasSize(5);
            server.hangUp();
            assertThat(client.getInputStream().read()).isNegative();
        }
    }

    @Test
    void who_comes_while_it_ends_gets_no_answer_and_the_port_is_free_then() throws Exception {
        var server = new LoopbackServer(LoopbackServerTest::greet);
        InetSocketAddress address = server.address();
        assertThat(heard(address)).as("and the next accept waits").isEqualTo("hello");
        try (var still = new Standstill(); var late = SocketChannel.open(address)) {
            still.lastly(() -> {
                server.close();
                return null;
            });
            assertThat(Channels.newInputStream(late).read()).isNegative();
            assertThat(server.connections()).isOne();
        }
        assertThatThrownBy(() -> heard(address)).isInstanceOf(ConnectException.class);
        new LoopbackServer(address, LoopbackServerTest::greet).close();
    }
}
