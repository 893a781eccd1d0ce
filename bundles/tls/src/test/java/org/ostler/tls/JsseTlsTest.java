// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.ClientTls.Terms;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.Protocols;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsProvider.Session;
import org.ostler.tls.bc.BouncyCastleEngine;

/** Both sides of a handshake over a real connection, by the JDK's TLS and by Bouncy Castle's. */
@Timeout(60)
@ParameterizedClass
@ValueSource(strings = {"jsse", "bc"})
class JsseTlsTest {

    @Parameter String engine;
    @TempDir Path dir;
    private final JsseTls tls = new JsseTls(Map.of(), Map.of("bc", new BouncyCastleEngine()));
    private final Map<String, String> server = new HashMap<>();
    private final Map<String, String> client = new HashMap<>();

    @BeforeEach
    void files() throws IOException {
        for (String name : List.of("rsa-cert", "rsa-pkcs8", "rsa-pkcs1", "ec-cert", "ec-sec1", "ed-cert", "ed-pkcs8")) {
            try (var in = getClass().getResourceAsStream(name + ".pem")) {
                Files.copy(in, dir.resolve(name + ".pem"));
            }
        }
        server.put("smtpd_tls_cert_file", file("rsa-cert"));
        server.put("smtpd_tls_key_file", file("rsa-pkcs8"));
        server.put("tls_provider", engine);
        client.put("tls_provider", engine);
    }

    private String file(String name) {
        return dir.resolve(name + ".pem").toString();
    }

    private record Both(Session client, Session server) {}

    private ClientTls policy(String level) {
        Protocols protocols = Protocols.parse(client.getOrDefault("protocols", ">=TLSv1"));
        return new ClientTls(TlsLevel.of(level).orElseThrow(), "mx.example.test", client.getOrDefault("servername", ""), "smtp", new Terms(protocols, "medium", ""), Proof.NONE);
    }

    private Both handshake(String level) throws Exception {
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress()); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Session> other = threads.submit(() -> {
                Socket socket = listener.accept();
                try {
                    Session session = tls.server(socket, "unknown", Settings.of(server));
                    session.socket().getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
                    return session;
                } catch (IOException e) {
                    socket.close();
                    throw e;
                }
            });
            try (var socket = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
                Session mine = tls.client(socket, policy(level), Settings.of(client));
                assertThat(new String(mine.socket().getInputStream().readNBytes(5), StandardCharsets.US_ASCII)).isEqualTo("hello");
                return new Both(mine, other.get(20, TimeUnit.SECONDS));
            }
        }
    }

    private String keyExchange() {
        return "key-exchange " + (engine.equals("jsse") ? "x25519 " : "X25519MLKEM768 ");
    }

    @Test
    void both_sides_agree_and_tell_it_in_the_words_of_OpenSSL() throws Exception {
        Both both = handshake("may");
        assertThat(both.client.protocol()).isEqualTo("TLSv1.3");
        assertThat(both.client.cipher()).isEqualTo(engine.equals("jsse") ? "TLS_AES_256_GCM_SHA384" : "TLS_CHACHA20_POLY1305_SHA256").isEqualTo(both.server.cipher());
        assertThat(both.client.bits()).isEqualTo(256);
        assertThat(both.client.trust()).isEqualTo("Untrusted");
        assertThat(both.server.trust()).isEqualTo("Anonymous");
        assertThat(both.client.details()).isEqualTo(keyExchange() + "server-signature RSA-PSS (2048 bits)").isEqualTo(both.server.details());
    }

    @Test
    void older_forms_of_keys_are_read() throws Exception {
        server.put("smtpd_tls_key_file", file("rsa-pkcs1"));
        assertThat(handshake("encrypt").server.details()).contains("RSA-PSS");
        server.keySet().removeIf(name -> name.startsWith("smtpd"));
        server.put("smtpd_tls_eccert_file", file("ec-cert"));
        server.put("smtpd_tls_eckey_file", file("ec-sec1"));
        assertThat(handshake("encrypt").client.details()).isEqualTo(keyExchange() + "server-signature ECDSA (prime256v1) server-digest SHA256");
    }

    @Test
    void a_chain_file_may_hold_several_keys() throws Exception {
        Path chain = dir.resolve("chain.pem");
        Files.writeString(chain, Files.readString(dir.resolve("ed-pkcs8.pem")) + Files.readString(dir.resolve("ed-cert.pem"))
                + Files.readString(dir.resolve("rsa-pkcs1.pem")) + Files.readString(dir.resolve("rsa-cert.pem")));
        server.put("smtpd_tls_chain_files", chain.toString());
        assertThat(handshake("may").client.details()).contains("server-signature");
        Files.writeString(chain, Files.readString(dir.resolve("rsa-cert.pem")) + Files.readString(dir.resolve("rsa-pkcs1.pem")));
        assertThatThrownBy(() -> Identities.load(Identities.Source.of(Settings.of(server)))).hasMessageContaining("before its private key");
    }

    @Test
    void RSA_and_EC_stand_beside_each_other() throws Exception {
        server.put("smtpd_tls_eccert_file", file("ec-cert"));
        server.put("smtpd_tls_eckey_file", file("ec-sec1"));
        assertThat(handshake("may").client.details()).contains("ECDSA");
    }

    @Test
    void protocol_lists_bound_what_is_spoken() throws Exception {
        client.put("protocols", "<=TLSv1.2");
        Both both = handshake("may");
        assertThat(both.client.protocol()).isEqualTo("TLSv1.2");
        assertThat(both.client.cipher()).startsWith("ECDHE-RSA-");
        assertThat(both.client.details()).isEmpty();
        server.put("smtpd_tls_protocols", ">=TLSv1.3");
        assertThatThrownBy(() -> handshake("may")).isInstanceOf(IOException.class);
    }

    @Test
    void protocol_lists_are_read_as_Postfix_reads_them() {
        assertThat(Protocols.parse(">=TLSv1.2").enabled()).containsExactly("TLSv1.2", "TLSv1.3");
        assertThat(Protocols.parse("!SSLv2, !SSLv3, !TLSv1, !TLSv1.1").enabled()).containsExactly("TLSv1.2", "TLSv1.3");
        assertThat(Protocols.parse("TLSv1.2:tlsv1.3").enabled()).containsExactly("TLSv1.2", "TLSv1.3");
        assertThat(Protocols.parse("").enabled()).hasSize(4);
        assertThatThrownBy(() -> Protocols.parse("TLSv9")).hasMessageContaining("TLSv9");
        assertThatThrownBy(() -> Protocols.parse("SSLv3")).hasMessageContaining("no TLS version");
    }

    @Test
    void sessions_are_resumed() throws Exception {
        client.put("protocols", "TLSv1.2");
        client.put("smtp_tls_session_cache_database", "btree:/nowhere");
        try (var listener = new ServerSocket(0, 2, InetAddress.getLoopbackAddress()); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            byte[][] ids = new byte[2][];
            for (int i = 0; i < 2; i++) {
                Future<Session> other = threads.submit(() -> tls.server(listener.accept(), "unknown", Settings.of(server)));
                try (var socket = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
                    Session mine = tls.client(socket, policy("may"), Settings.of(client));
                    ids[i] = ((SSLSocket) mine.socket()).getSession().getId();
                    other.get(20, TimeUnit.SECONDS).socket().close();
                    mine.socket().close();
                }
            }
            assertThat(ids[1]).isEqualTo(ids[0]);
        }
    }

    @Test
    void the_name_of_the_server_is_sent_only_where_asked_for() throws Exception {
        Both nameless = handshake("may");
        client.put("servername", "example.test");
        Both named = handshake("may");
        // Bouncy Castle tells the name in the handshake only; CertificatesTest sees there what comes of it.
        if (engine.equals("jsse")) {
            assertThat(requested(nameless)).isEmpty();
            assertThat(requested(named)).containsExactly("example.test");
        }
    }

    private static List<String> requested(Both both) {
        var session = (ExtendedSSLSession) ((SSLSocket) both.server.socket()).getSession();
        return session.getRequestedServerNames().stream().map(n -> ((SNIHostName) n).getAsciiName()).toList();
    }

    @Test
    void changed_files_are_read_again_and_bad_ones_change_nothing() throws Exception {
        assertThat(handshake("may").client.details()).contains("RSA");
        Files.copy(dir.resolve("ec-cert.pem"), dir.resolve("rsa-cert.pem"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThat(handshake("may").client.details()).as("certificate without its key").contains("RSA");
        Files.copy(dir.resolve("ec-sec1.pem"), dir.resolve("rsa-pkcs8.pem"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThat(handshake("may").client.details()).contains("ECDSA");
    }

    @Test
    void without_a_certificate_there_is_no_server_side() {
        assertThat(tls.hasServerCertificate(Settings.of(Map.of()))).isFalse();
        assertThat(tls.hasServerCertificate(Settings.of(Map.of("smtpd_tls_cert_file", "none")))).isFalse();
        assertThat(tls.hasServerCertificate(Settings.of(server))).isTrue();
        server.put("smtpd_tls_key_file", "/nonexistent");
        assertThatThrownBy(() -> Identities.load(Identities.Source.of(Settings.of(server)))).hasMessageContaining("/nonexistent");
        server.put("smtpd_tls_key_file", file("rsa-cert"));
        assertThatThrownBy(() -> Identities.load(Identities.Source.of(Settings.of(server)))).hasMessageContaining("no private key");
    }

    @Test
    void a_peer_that_does_not_speak_TLS_is_an_I_O_error() throws Exception {
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress()); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            threads.submit(() -> {
                try (Socket s = listener.accept()) {
                    s.getOutputStream().write("500 what?\r\n".getBytes(StandardCharsets.US_ASCII));
                    return null;
                }
            });
            try (var socket = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
                assertThatThrownBy(() -> tls.client(socket, policy("may"), Settings.of(client)))
                        .isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void cipher_names_of_old_suites_are_those_of_OpenSSL() {
        assertThat(CipherNames.openssl("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")).isEqualTo("ECDHE-RSA-AES256-GCM-SHA384");
        assertThat(CipherNames.openssl("TLS_RSA_WITH_AES_128_CBC_SHA")).isEqualTo("AES128-SHA");
        assertThat(CipherNames.openssl("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")).isEqualTo("ECDHE-ECDSA-CHACHA20-POLY1305");
        assertThat(CipherNames.bits("TLS_RSA_WITH_3DES_EDE_CBC_SHA")).isEqualTo(112);
    }
}
