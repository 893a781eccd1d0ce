// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.tck.Certificates;
import org.ostler.mail.tck.Certificates.Identity;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsProvider.Session;

/** Against Debian's OpenSSL: as a client of s_server, and as a server for s_client. */
@Timeout(60)
@EnabledIf(value = "isHere", disabledReason = "the program openssl is not installed")
@ParameterizedClass
@ValueSource(strings = {"jsse", "bc"})
class OpensslTest {

    @Parameter String engine;
    @TempDir Path dir;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private Identity root;
    private Pair ours;
    private String rootFile;

    static boolean isHere() {
        return Files.isExecutable(Path.of("/usr/bin/openssl"));
    }

    @BeforeEach
    void start() throws Exception {
        root = Certificates.authority("root").selfSigned();
        rootFile = root.certificateFile(dir.resolve("root.pem")).toString();
        ours = new Pair().by(engine);
    }

    @AfterEach
    void stop() throws Exception {
        ours.close();
        threads.shutdownNow();
    }

    /** s_server with one certificate, told to take what it is given, for one connection of ours. @return our session and what s_server printed */
    private Session withServer(List<String> printed, String... more) throws Exception {
        String chain = Certificates.server("mx.example.test").signedBy(root).chainFile(dir.resolve("server.pem")).toString();
        var command = new ArrayList<>(List.of("openssl", "s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-cert", chain, "-key", chain));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            while (line != null && !line.startsWith("ACCEPT ")) {
                line = out.readLine();
            }
            assertThat(line).as("s_server listens").isNotNull();
            int port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1).strip());
            Session session;
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                session = ours.clientTls.client(socket, ours.policy(), ours.clientSettings());
                session.socket().getOutputStream().write("from Ostler\n".getBytes(StandardCharsets.US_ASCII));
                session.socket().close();
            }
            out.lines().forEach(printed::add);
            return session;
        } finally {
            process.destroyForcibly().waitFor(Pair.SECONDS, TimeUnit.SECONDS);
        }
    }

    /** One connection of s_client. @param typed on its standard input @return what it printed */
    private String withClient(String typed, Callable<?> server, String... more) throws Exception {
        var command = new ArrayList<>(List.of("openssl", "s_client", "-connect", "127.0.0.1:" + listener.getLocalPort(), "-CAfile", rootFile, "-verify_return_error"));
        command.addAll(List.of(more));
        Future<?> serving = threads.submit(server);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            Future<String> printed = threads.submit(() -> new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            process.getOutputStream().write(typed.getBytes(StandardCharsets.US_ASCII));
            process.getOutputStream().flush();
            serving.get(Pair.SECONDS, TimeUnit.SECONDS);
            return printed.get(Pair.SECONDS, TimeUnit.SECONDS);
        } finally {
            process.destroyForcibly().waitFor(Pair.SECONDS, TimeUnit.SECONDS);
        }
    }

    private final ServerSocket listener = listener();

    private static ServerSocket listener() {
        try {
            return new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Session greet() throws Exception {
        Socket socket = listener.accept();
        Session session = ours.serverTls.server(socket, "unknown", ours.serverSettings());
        session.socket().getOutputStream().write("hello from Ostler\n".getBytes(StandardCharsets.US_ASCII));
        session.socket().close();
        return session;
    }

    @Test
    void our_client_speaks_with_s_server_and_verifies_it() throws Exception {
        ours.client.put("smtp_tls_CAfile", rootFile);
        ours.level = TlsLevel.SECURE;
        ours.proof = new Proof.Authority(List.of("mx.example.test"), List.of(), false);
        for (String version : List.of("-tls1_2", "-tls1_3")) {
            var printed = new ArrayList<String>();
            Session session = withServer(printed, version);
            assertThat(session.trust()).isEqualTo("Verified");
            assertThat(session.protocol()).isEqualTo(version.equals("-tls1_2") ? "TLSv1.2" : "TLSv1.3");
            assertThat(printed).contains("from Ostler").anyMatch(line -> line.contains("CIPHER is " + session.cipher()));
        }
    }

    @Test
    void our_client_shows_its_certificate_to_s_server() throws Exception {
        ours.client.put("smtp_tls_chain_files", Certificates.server("client.example.test").called("our client").rsa().signedBy(root).chainFile(dir.resolve("client.pem")).toString());
        var printed = new ArrayList<String>();
        withServer(printed, "-Verify", "2", "-verify_return_error", "-CAfile", rootFile);
        assertThat(printed).contains("from Ostler").anyMatch(line -> line.contains("our client"));
    }

    @Test
    void s_client_gets_the_certificate_whose_kind_it_can_check() throws Exception {
        String ec = Certificates.server("mx.example.test").signedBy(root).chainFile(dir.resolve("ec.pem")).toString();
        String rsa = Certificates.server("mx.example.test").rsa().signedBy(root).chainFile(dir.resolve("rsa.pem")).toString();
        ours.server.put("smtpd_tls_chain_files", ec + ", " + rsa);
        assertThat(withClient("", this::greet, "-tls1_2", "-cipher", "aRSA")).contains("hello from Ostler", "Cipher is ECDHE-RSA-");
        assertThat(withClient("", this::greet, "-tls1_2", "-cipher", "aECDSA")).contains("hello from Ostler", "Cipher is ECDHE-ECDSA-");
        assertThat(withClient("", this::greet, "-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256")).contains("hello from Ostler", "Peer signature type: RSA-PSS");
        assertThat(withClient("", this::greet, "-verify_hostname", "mx.example.test")).contains("hello from Ostler", "Server Temp Key: X25519", "Verify return code: 0 (ok)");
    }

    @Test
    void s_client_goes_on_with_its_session() throws Exception {
        ours.server.put("smtpd_tls_chain_files", Certificates.server("mx.example.test").signedBy(root).chainFile(dir.resolve("ec.pem")).toString());
        String session = dir.resolve("session").toString();
        // What Bouncy Castle resumes is its own matter; see ResumptionTest.
        for (String version : engine.equals("jsse") ? List.of("-tls1_2", "-tls1_3") : List.<String>of()) {
            assertThat(withClient("", this::greet, version, "-sess_out", session)).contains("New, TLS", "hello from Ostler");
            assertThat(withClient("", this::greet, version, "-sess_in", session)).contains("Reused, TLS", "hello from Ostler");
        }
    }

    @Test
    void s_client_cannot_renegotiate() throws Exception {
        ours.server.put("smtpd_tls_chain_files", Certificates.server("mx.example.test").signedBy(root).chainFile(dir.resolve("ec.pem")).toString());
        Callable<Integer> server = () -> {
            Session session = ours.serverTls.server(listener.accept(), "unknown", ours.serverSettings());
            try {
                return session.socket().getInputStream().read();
            } catch (IOException e) {
                return -2;
            } finally {
                session.socket().close();
            }
        };
        Future<Integer> read = threads.submit(server);
        String printed = withClient("R\n", () -> read.get(Pair.SECONDS, TimeUnit.SECONDS), "-tls1_2");
        assertThat(printed).contains("RENEGOTIATING").containsAnyOf("handshake failure", "no renegotiation", "alert");
        assertThat(read.get()).isEqualTo(-2);
    }
}
