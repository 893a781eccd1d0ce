// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Mail handed on by LMTP: to a TCP port and to a socket file; each recipient has a fate of its own. */
class LmtpIT {

    private Server server;

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    private static String lmtpTo(int port) {
        return "lmtp:inet:127.0.0.1:" + port;
    }

    @Test
    void each_recipient_has_its_own_fate() throws Exception {
        server = Server.plain("lmtp");
        server.set("virtual_mailbox_domains", "").set("mydestination", "example.test").set("local_recipient_maps", "")
                .set("mailbox_transport", "").set("local_transport", lmtpTo(server.nextHop())).start();
        // The reply per recipient comes after the dot: this sink refuses none of them, RCPT of one is refused for good.
        try (var sink = new Sink(server.nextHop(), "250-PIPELINING\r\n250 8BITMIME", line -> line.startsWith("RCPT TO:<gone@") ? "550 5.1.1 gone" : null)) {
            try (var session = new Dialogue(server.port())) {
                session.say("EHLO here");
                session.say("MAIL FROM:<you@example.test>");
                for (String recipient : List.of("one", "two", "gone")) {
                    assertThat(session.say("RCPT TO:<" + recipient + "@example.test>")).startsWith("250");
                }
                session.say("DATA");
                assertThat(session.say("Subject: by lmtp\r\n\r\nx\r\n.")).contains("queued as");
            }
            sink.awaitMail("Subject: by lmtp");
            server.awaitLog("to=<one@example.test>, relay=127.0.0.1[127.0.0.1]:" + server.nextHop());
            server.awaitLog("to=<two@example.test>, relay=127.0.0.1[127.0.0.1]:" + server.nextHop());
            // The report goes the same way, to the sender.
            sink.awaitMail("Final-Recipient: rfc822; gone@example.test");
            assertThat(sink.commands()).contains("LHLO mx.example.test").noneMatch(line -> line.startsWith("EHLO"));
        }
    }

    /** Postfix's own LMTP server for tests, on a socket file. */
    @Test
    void smtp_sink_takes_LMTP_on_a_unix_socket() throws Exception {
        String smtpSink = Program.need("smtp-sink");
        server = Server.plain("lmtp-unix");
        Path folder = Files.createTempDirectory("lmtp");
        Path socket = folder.resolve("socket");
        server.set("transport_maps", "inline:{elsewhere.test=lmtp:unix:" + socket + "}").start();
        // smtp-sink as root drops its rights, and then cannot make the socket in a directory of root's.
        Program.run(List.of("chmod", "777", folder.toString())).ok();
        var command = new java.util.ArrayList<>(List.of(smtpSink, "-L", "-c"));
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("-u", "nobody"));
        }
        command.addAll(List.of("-d", folder + "/dump.", "unix:" + socket, "10"));
        Process sink = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve("out").toFile()).start();
        try {
            Eventually.waitFor(() -> Files.exists(socket), () -> "no socket: " + Server.read(folder.resolve("out")));
            try (var session = new Dialogue(server.port())) {
                session.say("EHLO here");
                session.say("MAIL FROM:<you@example.test>");
                session.say("RCPT TO:<her@elsewhere.test>");
                session.say("DATA");
                assertThat(session.say("Subject: by socket\r\n\r\nx\r\n.")).contains("queued as");
            }
            server.awaitLog("status=sent (250 2.");
            assertThat(server.log()).contains("postfix/lmtp[").contains("to=<her@elsewhere.test>, relay=");
        } finally {
            sink.destroyForcibly().waitFor();
            Server.deleteTree(folder);
        }
    }
}
