// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Debian's pflogsumm reads Ostler's log and counts what was sent. */
class LogIT {

    private Server server;

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    private static void send(Dialogue session, String recipient, String reply) throws Exception {
        session.say("MAIL FROM:<sender@client.test>");
        session.say("RCPT TO:<" + recipient + ">");
        session.say("DATA");
        assertThat(session.say("Subject: counted\r\n\r\nx\r\n.")).startsWith(reply);
    }

    @Test
    void pflogsumm_counts_what_was_received_delivered_deferred_bounced_and_rejected() throws Exception {
        String pflogsumm = Program.need("pflogsumm");
        // Since 3.11 Postfix writes tls=... into the lines of smtp, which the pflogsumm of this Debian (1.1.5) does not expect.
        server = Server.plain("pflogsumm").set("minimal_backoff_time", "1h").set("smtp_log_tls_feature_status", "no").start();
        try (var sink = new Sink(server.nextHop(), "250 PIPELINING", line -> line.startsWith("RCPT TO:<no@") ? "550 5.7.1 no" : line.startsWith("RCPT TO:<later@") ? "450 4.2.1 later" : null);
                var session = new Dialogue(server.port())) {
            session.say("EHLO here");
            for (int i = 0; i < 7; i++) {
                send(session, "you@example.test", "250");
            }
            for (int i = 0; i < 5; i++) {
                send(session, "her@elsewhere.test", "250");
            }
            send(session, "later@elsewhere.test", "250");
            // Comes back: the report to sender@client.test goes to the next host, too, which makes one more received and one more delivered.
            send(session, "no@elsewhere.test", "250");
            for (int i = 0; i < 3; i++) {
                session.say("MAIL FROM:<sender@client.test>");
                session.say("RCPT TO:<nobody@example.test>");
                session.say("RSET");
            }
            session.say("QUIT");
            sink.awaitMail("Final-Recipient: rfc822; no@elsewhere.test");
            server.awaitLog("status=deferred");
        }
        Eventually.waitFor(() -> server.command("postqueue", "-p").output().contains("1 Request."), () -> server.command("postqueue", "-p").output());
        server.stop();
        String summary = Program.run(List.of(pflogsumm, server.logFile().toString())).ok().output();
        Files.writeString(server.home().resolve("summary.txt"), summary);
        assertCount(summary, "received", 14);
        assertCount(summary, "delivered", 13);
        assertCount(summary, "deferred", 1);
        assertCount(summary, "bounced", 1);
        assertCount(summary, "rejected", 3);
        assertCount(summary, "senders", 1);
        assertCount(summary, "recipients", 3);
        assertThat(summary).contains("User unknown in virtual mailbox table").contains("4.2.1 later (in reply to RCPT TO command");
        assertThat(server.log().lines()).as("every line in syslog's form")
                .allMatch(line -> line.matches("[A-Z][a-z]{2} [ 0-9]\\d \\d\\d:\\d\\d:\\d\\d \\S+ postfix/[\\w/-]+\\[\\d+\\]: .+"));
    }

    private static void assertCount(String summary, String what, int count) {
        assertThat(summary).as("pflogsumm's count of " + what).containsPattern(Pattern.compile("^ *" + count + " +" + what + "\\b", Pattern.MULTILINE));
    }

    @Test
    void a_moved_log_is_opened_anew_and_logrotate_moves_it_by_itself() throws Exception {
        server = Server.plain("logrotate").start();
        Files.move(server.logFile(), server.home().resolve("log/moved"));
        try (var session = new Dialogue(server.port())) {
            session.say("QUIT");
        }
        server.awaitLog("disconnect from localhost[127.0.0.1] quit=1 commands=1");
        server.command("postfix", "logrotate").ok();
        try (var session = new Dialogue(server.port())) {
            session.say("EHLO rotated");
            session.say("QUIT");
        }
        server.awaitLog("ehlo=1 quit=1");
        try (var files = Files.list(server.home().resolve("log"))) {
            assertThat(files.map(file -> file.getFileName().toString())).anyMatch(name -> name.startsWith("mail.log."));
        }
    }
}
