// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.tck.Certificates;
import org.ostler.mail.tck.Certificates.Identity;

/** Peers that mean no good, or are broken: an I/O error or a verdict, and never a wait without end. */
@Timeout(60)
@ParameterizedClass
@ValueSource(strings = {"jsse", "bc"})
class HostilePeersTest {

    @Parameter String engine;
    @TempDir Path dir;

    private interface Peer {
        void serve(Socket socket) throws Exception;
    }

    /** @return what came of our client's handshake */
    private static void connect(Peer peer, Pair client) throws Exception {
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress()); var threads = Executors.newVirtualThreadPerTaskExecutor();
                var socket = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
            threads.submit(() -> {
                try (Socket theirs = listener.accept()) {
                    peer.serve(theirs);
                }
                return null;
            });
            client.clientTls.client(socket, client.policy(), client.clientSettings());
        }
    }

    @Test
    void plaintext_after_STARTTLS_is_an_error() throws Exception {
        try (var client = new Pair().by(engine)) {
            assertThatThrownBy(() -> connect(socket -> {
                socket.getInputStream().read();
                socket.getOutputStream().write("250 2.1.0 Ok\r\n".getBytes());
                socket.getInputStream().readAllBytes();
            }, client)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_reset_in_the_handshake_is_an_error() throws Exception {
        try (var client = new Pair().by(engine)) {
            assertThatThrownBy(() -> connect(socket -> {
                socket.getInputStream().read();
                socket.setSoLinger(true, 0);
            }, client)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_peer_that_hangs_is_left_when_the_deadline_closes_the_socket() throws Exception {
        var helloCame = new CountDownLatch(1);
        var over = new CountDownLatch(1);
        try (var client = new Pair().by(engine); var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress()); var threads = Executors.newVirtualThreadPerTaskExecutor();
                var socket = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
            threads.submit(() -> {
                try (Socket theirs = listener.accept()) {
                    theirs.getInputStream().read();
                    helloCame.countDown();
                    return over.await(Pair.SECONDS, TimeUnit.SECONDS);
                }
            });
            threads.submit(() -> {
                helloCame.await(Pair.SECONDS, TimeUnit.SECONDS);
                socket.close();
                return null;
            });
            assertThatThrownBy(() -> client.clientTls.client(socket, client.policy(), client.clientSettings())).isInstanceOf(IOException.class);
            over.countDown();
        }
    }

    @Test
    void fifty_certificates_and_one_of_100_KB_are_refused_and_what_OpenSSL_takes_is_taken() throws Exception {
        Identity root = Certificates.authority("root").selfSigned();
        var many = new ArrayList<Identity>();
        for (int i = 0; i < 49; i++) {
            many.add(Certificates.authority("extra" + i).selfSigned());
        }
        try (var pair = new Pair().by(engine)) {
            pair.server.put("smtpd_tls_chain_files", Certificates.server("mx.example.test").signedBy(root).chainFile(dir.resolve("many.pem"), many.toArray(Identity[]::new)).toString());
            assertThatThrownBy(pair::connect).isInstanceOf(IOException.class).hasMessageMatching("(?is).*certificate chain.*");
            pair.server.put("smtpd_tls_chain_files", Certificates.server("mx.example.test").padding(JsseBounds.MESSAGE).signedBy(root).chainFile(dir.resolve("large.pem")).toString());
            assertThatThrownBy(pair::connect).isInstanceOf(IOException.class).hasMessageMatching("(?is).*(size|maximum|too large|limit).*");
            pair.server.put("smtpd_tls_chain_files", Certificates.server("mx.example.test").padding(80_000).signedBy(root).chainFile(dir.resolve("good.pem"), many.subList(0, 39).toArray(Identity[]::new)).toString());
            assertThat(pair.connect().client().chain()).hasSize(40);
        }
    }

    @Test
    void a_client_may_send_less_than_a_server() throws Exception {
        Identity root = Certificates.authority("root").selfSigned();
        try (var pair = new Pair().by(engine)) {
            pair.server.put("smtpd_tls_chain_files", Certificates.server("mx.example.test").signedBy(root).chainFile(dir.resolve("server.pem")).toString());
            pair.server.put("smtpd_tls_ask_ccert", "yes");
            pair.client.put("smtp_tls_chain_files", Certificates.server("client.example.test").padding(JsseBounds.FLIGHT_OF_CLIENTS).signedBy(root).chainFile(dir.resolve("large.pem")).toString());
            assertThatThrownBy(pair::connect).isInstanceOf(IOException.class)
                    .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessageContaining("the client sends more than 40960 bytes"));
            pair.client.put("smtp_tls_chain_files", Certificates.server("client.example.test").padding(30_000).signedBy(root).chainFile(dir.resolve("good.pem")).toString());
            assertThat(pair.connect().server().chain()).hasSize(1);
        }
    }
}
