// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.tck.Conversation;
import org.ostler.mail.tck.ScriptFile;

/** Handshakes that do not come about, in the words of Postfix, which were recorded from version 3.7. */
@Timeout(60)
class HandshakeTroubleTest {

    @TempDir Path dir;

    private Server server(String mainCf) throws Exception {
        String certificate = ScriptFile.load("starttls-may").mainCf(dir).lines().filter(line -> line.startsWith("smtpd_tls_cert") || line.startsWith("smtpd_tls_key")).reduce("", (a, b) -> a + b + "\n");
        return new Server("compatibility_level = 3.11\nmyhostname = mx.example.test\nsmtpd_tls_security_level = may\n" + certificate + mainCf, dir);
    }

    private interface Client {
        void act(Socket socket) throws IOException;
    }

    private static void begin(Server server, Client client) throws IOException {
        try (var socket = new Socket(server.address().getAddress(), server.address().getPort())) {
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            assertThat(in.readLine()).startsWith("220 ");
            for (String command : List.of("EHLO client.example.test", "STARTTLS")) {
                socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
                String line = in.readLine();
                while (line.charAt(3) == '-') {
                    line = in.readLine();
                }
                assertThat(line).startsWith("2");
            }
            client.act(socket);
        }
    }

    @Test
    void a_client_that_says_nothing_is_timed_out() throws Exception {
        try (Server server = server("smtpd_starttls_timeout = 1s\n")) {
            begin(server, socket -> socket.getInputStream().readAllBytes());
            assertThat(server.logged("SSL_accept error")).isEqualTo("SSL_accept error from localhost[127.0.0.1]: Connection timed out");
        }
    }

    @Test
    void one_that_goes_away_is_lost() throws Exception {
        try (Server server = server("")) {
            begin(server, Socket::close);
            assertThat(server.logged("SSL_accept error")).isEqualTo("SSL_accept error from localhost[127.0.0.1]: lost connection");
        }
    }

    /** CVE-2011-0411: who sits between may put commands behind the client's STARTTLS, to have them obeyed as if they had come over TLS. Postfix forgets them too. */
    @Test
    void what_came_in_the_clear_behind_STARTTLS_is_not_obeyed_over_TLS() throws Exception {
        try (Server server = server("");
                var socket = new Socket(server.address().getAddress(), server.address().getPort())) {
            assertThat(line(socket)).startsWith("220 ");
            say(socket, "EHLO client.example.test\r\n");
            for (String offer = line(socket); !offer.startsWith("250 "); offer = line(socket)) {
                assertThat(offer).startsWith("250-");
            }
            say(socket, "STARTTLS\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<bob@example.test>\r\n");
            assertThat(line(socket)).startsWith("220 ");
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Anybody()}, null);
            Socket encrypted = context.getSocketFactory().createSocket(socket, "mx.example.test", socket.getPort(), true);
            say(encrypted, "NOOP\r\n");
            assertThat(line(encrypted)).isEqualTo("250 2.0.0 Ok");
            say(encrypted, "DATA\r\n");
            assertThat(line(encrypted)).isEqualTo("503 5.5.1 Error: need RCPT command");
        }
    }

    private static void say(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Byte by byte: nothing of what follows is taken. */
    private static String line(Socket socket) throws IOException {
        var line = new StringBuilder();
        for (int b = socket.getInputStream().read(); b >= 0 && b != '\n'; b = socket.getInputStream().read()) {
            line.append((char) b);
        }
        return line.toString().strip();
    }

    private static final class Anybody extends X509ExtendedTrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    @Test
    void in_wrapper_mode_a_client_is_dropped_where_the_certificate_cannot_be_loaded() throws Exception {
        try (Server server = server("smtpd_tls_wrappermode = yes\nsmtpd_tls_cert_file = " + dir.resolve("nowhere.pem") + "\n"); var socket = new java.net.Socket(server.address().getAddress(), server.address().getPort())) {
            assertThat(socket.getInputStream().read()).as("not a word").isNegative();
            assertThat(server.log).anyMatch(line -> line.matches("(warning: )?Wrapper-mode request dropped from localhost\\[127\\.0\\.0\\.1] for service \\S+\\. TLS context initialization failed\\. For details see earlier warnings in your logs\\."))
                    .noneMatch(line -> line.startsWith("SSL_accept error"));
        }
    }

    @Test
    void a_certificate_that_cannot_be_loaded_is_our_problem_and_mail_goes_on() throws Exception {
        try (Server server = server("smtpd_tls_cert_file = " + dir.resolve("nowhere.pem") + "\n")) {
            Conversation.with(server.address()).plays("""
                    S: 220 *
                    C: EHLO client.example.test
                    S: 250-*
                    C: STARTTLS
                    S: 454 4.7.0 TLS not available due to local problem
                    C: MAIL FROM:<a@example.org>
                    S: 250 2.1.0 Ok
                    C: QUIT
                    S: 221 *
                    GONE
                    """);
            assertThat(server.logged("cannot load")).endsWith("nowhere.pem: No such file or directory");
        }
    }
}
