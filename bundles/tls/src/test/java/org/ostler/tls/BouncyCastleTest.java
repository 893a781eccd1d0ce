// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.security.Security;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ostler.mail.tck.Certificates;
import org.ostler.mail.tls.TlsProvider.Session;
import org.ostler.tls.bc.BouncyCastleEngine;

/** What {@code tls_provider = bc} brings: a group that a quantum computer does not break, as seen on the wire; and what happens where its bundle is not there, or goes. */
@Timeout(60)
class BouncyCastleTest {

    @TempDir Path dir;
    private Pair pair;
    private Wire wire;

    @BeforeEach
    void start() throws Exception {
        pair = new Pair().by("bc");
        pair.server.put("smtpd_tls_chain_files", Certificates.server("mx.example.test").selfSigned().chainFile(dir.resolve("server.pem")).toString());
        wire = new Wire(pair.port);
        pair.port = wire.port();
    }

    @AfterEach
    void stop() throws Exception {
        wire.close();
        pair.close();
    }

    @Test
    void two_Ostlers_agree_on_the_hybrid_group_without_a_second_round() throws Exception {
        assertThat(pair.connect().client().protocol()).isEqualTo("TLSv1.3");
        assertThat(wire.hellos()).containsExactly(new Wire.Hello(Wire.X25519_MLKEM768, false));
    }

    @ParameterizedTest
    @CsvSource({"bc, jsse", "jsse, bc"})
    void with_a_peer_that_has_no_such_group_it_is_X25519_without_a_second_round(String client, String server) throws Exception {
        pair.clientEngine = client;
        pair.serverEngine = server;
        pair.connect();
        assertThat(wire.hellos()).containsExactly(new Wire.Hello(Wire.X25519, false));
    }

    @Test
    void the_operator_s_groups_hold() throws Exception {
        pair.server.put("tls_eecdh_auto_curves", "prime256v1");
        pair.connect();
        assertThat(wire.hellos()).as("the client is asked for another key").containsExactly(new Wire.Hello(Wire.SECP256R1, true), new Wire.Hello(Wire.SECP256R1, false));
    }

    @Test
    void a_server_may_insist_on_the_hybrid_group() throws Exception {
        pair.server.put("tls_eecdh_auto_curves", "X25519MLKEM768");
        pair.server.put("tls_ffdhe_auto_groups", "");
        Certificates.server("mx.example.test").rsa().selfSigned().chainFile(dir.resolve("server.pem"));
        pair.connect();
        assertThat(wire.hellos()).containsExactly(new Wire.Hello(Wire.X25519_MLKEM768, false));
        pair.clientEngine = "jsse";
        assertThatThrownBy(pair::connect).isInstanceOf(IOException.class);
    }

    /** A limit of the library, which docs/tls.md states: it takes the groups as the curves that certificates may have, too. */
    @Test
    void the_curve_of_a_certificate_has_to_be_among_the_groups() throws Exception {
        pair.client.put("tls_eecdh_auto_curves", "X25519MLKEM768");
        assertThatThrownBy(pair::connect).isInstanceOf(IOException.class);
        pair.client.put("tls_eecdh_auto_curves", "X25519MLKEM768 prime256v1");
        assertThat(pair.connect().client().details()).contains("prime256v1");
    }

    @Test
    void the_rest_of_the_process_does_not_meet_it() throws Exception {
        pair.connect();
        assertThat(Security.getProviders()).noneMatch(provider -> provider.getName().startsWith("BC"));
    }

    @Test
    void without_the_bundle_no_handshake_begins_and_the_reason_is_told() throws Exception {
        var without = new JsseTls(InstantSource.system(), Duration.ZERO);
        assertThat(without.hasServerCertificate(pair.serverSettings())).as("STARTTLS answers 454").isFalse();
        assertThat(pair.serverTls.hasServerCertificate(pair.serverSettings())).isTrue();
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), pair.port)) {
            assertThatThrownBy(() -> without.client(socket, pair.policy(), pair.clientSettings())).isInstanceOf(IOException.class).hasMessage("the TLS engine \"bc\" is not available");
            assertThatThrownBy(() -> without.server(socket, "unknown", pair.serverSettings())).hasMessage("the TLS engine \"bc\" is not available");
        }
    }

    @Test
    void sessions_go_on_while_the_bundle_is_replaced_and_new_ones_wait_for_it() throws Exception {
        var engine = new BouncyCastleEngine();
        var tls = new JsseTls();
        tls.bindEngine(engine, "bc");
        try (var listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress()); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Session> served = threads.submit(() -> tls.server(listener.accept(), "unknown", pair.serverSettings()));
            Session client = tls.client(new Socket(listener.getInetAddress(), listener.getLocalPort()), pair.policy(), pair.clientSettings());
            Session server = served.get(Pair.SECONDS, TimeUnit.SECONDS);
            tls.unbindEngine(engine, "bc");
            client.socket().getOutputStream().write('x');
            assertThat(server.socket().getInputStream().read()).as("a session in progress").isEqualTo('x');
            Future<Boolean> waiting = threads.submit(() -> tls.hasServerCertificate(pair.serverSettings()));
            tls.bindEngine(new BouncyCastleEngine(), "bc");
            assertThat(waiting.get(Pair.SECONDS, TimeUnit.SECONDS)).as("a new one waits").isTrue();
            client.socket().close();
            assertThat(server.socket().getInputStream().read()).isEqualTo(-1);
            server.socket().close();
        }
    }

    @Test
    void sessions_of_the_JDK_stay_resumable_when_the_other_engine_comes_or_goes() throws Exception {
        pair.by("jsse").client.put("smtp_tls_session_cache_database", "btree:/nowhere");
        pair.connect();
        pair.clientTls.bindEngine(new BouncyCastleEngine(), "bc");
        pair.serverTls.bindEngine(new BouncyCastleEngine(), "bc");
        assertThat(pair.connect().client().resumed()).isTrue();
    }
}
