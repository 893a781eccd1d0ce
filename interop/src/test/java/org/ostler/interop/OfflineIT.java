// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What can be done while no server runs, and what a start makes of it. */
class OfflineIT {

    private Server server;

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void sendmail_works_while_the_server_is_down_and_the_start_delivers() {
        // The first start makes the maildrop.
        server = Server.distribution("down").start();
        server.stop();
        for (int i = 0; i < 3; i++) {
            server.commandWithInput("Subject: written early " + i + "\n\nhello\n", "sendmail", "-f", "me@example.test", "you@example.test").ok();
        }
        assertThat(server.maildir("you")).isEmpty();
        server.launch();
        server.awaitGreeting();
        for (int i = 0; i < 3; i++) {
            server.awaitMail("you", "Subject: written early " + i);
        }
        server.awaitEmptyQueue();
    }

    @Test
    void the_queue_can_be_seen_and_cleared_while_the_server_is_down() throws Exception {
        server = Server.plain("down-queue").set("minimal_backoff_time", "1h").start();
        try (var session = new Dialogue(server.port())) {
            session.say("EHLO here");
            for (String recipient : List.of("one@elsewhere.test", "two@elsewhere.test")) {
                session.say("MAIL FROM:<me@example.test>");
                session.say("RCPT TO:<" + recipient + ">");
                session.say("DATA");
                assertThat(session.say("Subject: offline\r\n\r\nx\r\n.")).contains("queued as");
            }
        }
        server.awaitLog("to=<two@elsewhere.test>");
        server.stop();
        String listing = server.command("postqueue", "-p").ok().output();
        assertThat(listing).contains("one@elsewhere.test").contains("two@elsewhere.test").contains("in 2 Requests.");
        assertThat(server.command("postsuper", "-d", "ALL").ok().output()).contains("Deleted: 2 messages");
        server.launch();
        server.awaitGreeting();
        server.awaitEmptyQueue();
        assertThat(server.maildir("me")).isEmpty();
    }

    @Test
    void mail_that_waits_survives_a_restart() throws Exception {
        server = Server.plain("restart").start();
        try (var session = new Dialogue(server.port())) {
            session.say("EHLO here");
            session.say("MAIL FROM:<me@example.test>");
            session.say("RCPT TO:<her@elsewhere.test>");
            session.say("DATA");
            session.say("Subject: patient\r\n\r\nx\r\n.");
        }
        server.awaitLog("status=deferred");
        server.stop();
        server.launch();
        server.awaitGreeting();
        try (var sink = new Sink(server.nextHop())) {
            sink.awaitMail("Subject: patient");
        }
    }
}
