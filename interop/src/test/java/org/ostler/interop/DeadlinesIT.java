// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.ostler.mail.tck.LoopbackServer;

/**
 * Peers that never read, or send a byte now and then, are ended by the session's deadline, inbound and outbound, and nobody else waits for
 * them. Each test ends when the server has hung up; none measures how long that took, a bounded wait apart.
 */
class DeadlinesIT {

    private static final long TRICKLE_NANOS = 300_000_000L;

    private static Server server;

    @BeforeAll
    static void start() {
        server = Server.plain("deadlines")
                .set("smtpd_timeout", "3s").set("smtpd_per_request_deadline", "yes").set("smtpd_hard_error_limit", "1000000").set("smtpd_junk_command_limit", "1000000")
                .set("smtp_helo_timeout", "3s").set("smtp_mail_timeout", "3s").set("smtp_rcpt_timeout", "3s").set("smtp_data_init_timeout", "3s").set("smtp_data_xfer_timeout", "3s")
                .set("smtp_data_done_timeout", "3s").set("smtp_connect_timeout", "3s").set("smtp_per_request_deadline", "yes").set("minimal_backoff_time", "1h").set("maximal_backoff_time", "1h")
                .start();
    }

    @AfterAll
    static void stop() throws Exception {
        Closing.all(server);
    }

    private static void othersAreServed(String subject) throws IOException {
        try (var session = new Dialogue(server.port())) {
            session.say("EHLO here");
            session.say("MAIL FROM:<sender@client.test>");
            session.say("RCPT TO:<you@example.test>");
            session.say("DATA");
            assertThat(session.say("Subject: " + subject + "\r\n\r\nx\r\n.")).contains("queued as");
        }
        server.awaitMail("you", "Subject: " + subject);
    }

    /** Writes until the peer has hung up, which the test must see within its patience. */
    private static void untilHungUp(Socket socket, String bytes, long pauseNanos) throws IOException {
        var hungUp = new java.util.concurrent.atomic.AtomicBoolean();
        OutputStream out = socket.getOutputStream();
        Thread writer = Thread.ofVirtual().start(() -> {
            try {
                while (!Thread.currentThread().isInterrupted()) {
                    out.write(bytes.getBytes(StandardCharsets.US_ASCII));
                    out.flush();
                    LockSupport.parkNanos(pauseNanos);
                }
            } catch (IOException hangUp) {
                hungUp.set(true);
            }
        });
        try {
            Eventually.waitFor(hungUp::get, () -> "the server still listens: " + server.tail());
        } finally {
            writer.interrupt();
        }
    }

    @Test
    void a_client_that_sends_a_byte_now_and_then_is_ended() throws Exception {
        try (var session = new Dialogue(server.port())) {
            session.say("EHLO here");
            othersAreServed("beside the trickle");
            untilHungUp(session.socket(), "x", TRICKLE_NANOS);
        }
        server.awaitLog("timeout after ");
    }

    @Test
    void a_client_that_trickles_a_message_is_ended() throws Exception {
        try (var session = new Dialogue(server.port())) {
            session.say("EHLO here");
            session.say("MAIL FROM:<sender@client.test>");
            session.say("RCPT TO:<you@example.test>");
            session.say("DATA");
            untilHungUp(session.socket(), "x", TRICKLE_NANOS);
        }
        server.awaitLog("timeout after DATA");
    }

    @Test
    void a_client_that_never_reads_is_ended() throws Exception {
        try (var socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            socket.connect(new java.net.InetSocketAddress("127.0.0.1", server.port()));
            OutputStream out = socket.getOutputStream();
            say(socket, "EHLO here\r\n");
            readUntil(socket, "250 ");
            // Replies fill both buffers, then the server's write blocks; a socket timeout would not end it.
            untilHungUp(socket, "RSET\r\n".repeat(1000), 0);
        }
        othersAreServed("beside the deaf");
    }

    /** What a next host does that is no good. */
    private interface Behaviour {
        void serve(Socket socket) throws IOException;
    }

    /** Serves every connection to the next hop so, until the message is deferred. */
    private static void deferredBy(String recipient, Behaviour behaviour, String reason) throws Exception {
        try (var peer = new LoopbackServer(server.nextHop(), channel -> behaviour.serve(channel.socket()))) {
            try (var session = new Dialogue(server.port())) {
                session.say("EHLO here");
                session.say("MAIL FROM:<sender@client.test>");
                session.say("RCPT TO:<" + recipient + ">");
                session.say("DATA");
                String large = "y".repeat(70) + "\r\n";
                assertThat(session.say("Subject: to a bad host\r\n\r\n" + large.repeat(60_000) + ".")).contains("queued as");
            }
            server.awaitLog("to=<" + recipient + ">");
            assertThat(peer.connections()).isPositive();
        }
        assertThat(server.log().lines().filter(line -> line.contains("to=<" + recipient + ">"))).allSatisfy(line -> assertThat(line).contains("status=deferred").contains(reason));
    }

    private static void say(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    /** Reads up to a line that begins so. */
    private static void readUntil(Socket socket, String begin) throws IOException {
        var line = new StringBuilder();
        while (!(line.toString().startsWith(begin) && line.charAt(line.length() - 1) == '\n')) {
            if (!line.isEmpty() && line.charAt(line.length() - 1) == '\n') {
                line.setLength(0);
            }
            int b = socket.getInputStream().read();
            if (b < 0) {
                throw new IOException("connection lost");
            }
            line.append((char) b);
        }
    }

    private static void trickle(Socket socket) throws IOException {
        while (!socket.isClosed()) {
            say(socket, "2");
            LockSupport.parkNanos(TRICKLE_NANOS);
        }
        throw new SocketException("closed");
    }

    @Test
    void a_next_host_that_never_greets_is_left() throws Exception {
        deferredBy("mute@elsewhere.test", socket -> socket.getInputStream().read(), "while receiving the initial server greeting");
    }

    @Test
    void a_next_host_that_trickles_its_greeting_is_left() throws Exception {
        deferredBy("trickle@elsewhere.test", DeadlinesIT::trickle, "while receiving the initial server greeting");
    }

    @Test
    void a_next_host_that_never_reads_the_message_is_left() throws Exception {
        deferredBy("deaf@elsewhere.test", socket -> {
            socket.setReceiveBufferSize(4096);
            var in = socket.getInputStream();
            say(socket, "220 deaf\r\n");
            byte[] line = new byte[1000];
            in.read(line);
            say(socket, "250 deaf\r\n");
            in.read(line);
            say(socket, "250 ok\r\n");
            in.read(line);
            say(socket, "250 ok\r\n");
            in.read(line);
            say(socket, "354 go on, I shall not listen\r\n");
            LockSupport.parkNanos(60_000_000_000L);
        }, "while sending message body");
    }
}
