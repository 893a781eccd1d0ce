// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What waits can be seen and moved with Postfix's commands; what cannot be delivered comes back to its sender. */
class QueueIT {

    private static final Pattern QUEUED_AS = Pattern.compile("queued as (\\w+)");

    private static Server server;

    @BeforeAll
    static void start() {
        // Nothing is tried again by itself: what moves, the commands have moved.
        server = Server.plain("queue").set("minimal_backoff_time", "1h").set("maximal_backoff_time", "1h")
                .set("default_destination_concurrency_failed_cohort_limit", "0").start();
    }

    @AfterAll
    static void stop() throws Exception {
        Closing.all(server);
    }

    /** Sends a message and returns its queue id. */
    private static String send(String recipient, String subject, String... more) {
        var command = new ArrayList<>(List.of(Program.need("swaks"), "--server", "127.0.0.1:" + server.port(), "--from", "you@example.test", "--to", recipient,
                "--header", "Subject: " + subject));
        command.addAll(List.of(more));
        Matcher id = QUEUED_AS.matcher(Program.run(command).ok().output());
        assertThat(id.find()).isTrue();
        return id.group(1);
    }

    private static String sendAndAwaitDeferral(String recipient, String subject) {
        String id = send(recipient, subject);
        Eventually.waitFor(() -> waiting(id).contains("\"queue_name\": \"deferred\""), () -> id + " is not deferred: " + server.tail());
        return id;
    }

    /** The line of postqueue -j, empty when the message is gone. */
    private static String waiting(String id) {
        return server.command("postqueue", "-j").ok().output().lines().filter(line -> line.contains("\"queue_id\": \"" + id + "\"")).findFirst().orElse("");
    }

    private static boolean waitsFor(String id, String reason) {
        return waiting(id).contains(reason);
    }

    private static void awaitGone(String id) {
        Eventually.waitFor(() -> waiting(id).isEmpty(), () -> waiting(id) + server.tail());
    }

    @Test
    void a_refused_connection_defers_and_postqueue_i_tries_again() {
        String id = sendAndAwaitDeferral("her@elsewhere.test", "deferred first");
        assertThat(server.command("postqueue", "-p").ok().output()).contains(id + " ").contains("127.0.0.1]:" + server.nextHop() + ": Connection refused)")
                .contains("her@elsewhere.test").contains(" in ").contains("Request");
        try (var sink = new Sink(server.nextHop())) {
            server.command("postqueue", "-i", id).ok();
            sink.awaitMail("Subject: deferred first");
            awaitGone(id);
        }
    }

    @Test
    void postqueue_f_tries_everything_again() {
        String id = sendAndAwaitDeferral("her@elsewhere.test", "flushed");
        try (var sink = new Sink(server.nextHop())) {
            server.command("postqueue", "-f").ok();
            sink.awaitMail("Subject: flushed");
            awaitGone(id);
        }
    }

    @Test
    void held_mail_is_not_flushed_until_it_is_released() {
        String id = sendAndAwaitDeferral("her@elsewhere.test", "held");
        assertThat(server.command("postsuper", "-h", id).ok().output()).contains("Placed on hold: 1 message");
        assertThat(server.command("postqueue", "-p").output()).contains(id + "!");
        try (var sink = new Sink(server.nextHop())) {
            String other = send("her@elsewhere.test", "not held");
            server.command("postqueue", "-f").ok();
            sink.awaitMail("Subject: not held");
            awaitGone(other);
            assertThat(waiting(id)).contains("\"queue_name\": \"hold\"");
            assertThat(server.command("postsuper", "-H", id).ok().output()).contains("Released from hold: 1 message");
            server.command("postqueue", "-f").ok();
            sink.awaitMail("Subject: held");
            awaitGone(id);
        }
    }

    @Test
    void deleted_mail_is_gone_and_the_log_tells() {
        String id = sendAndAwaitDeferral("her@elsewhere.test", "deleted");
        assertThat(server.command("postcat", "-q", id).ok().output()).contains("Subject: deleted").contains("*** ENVELOPE RECORDS deferred/" + id);
        assertThat(server.command("postsuper", "-d", id).ok().output()).contains("Deleted: 1 message");
        assertThat(waiting(id)).isEmpty();
        server.awaitLog("]: " + id + ": removed");
        assertThat(server.command("postcat", "-q", id).exit()).isNotZero();
    }

    @Test
    void requeued_mail_goes_through_cleanup_again_under_another_id() {
        String id = sendAndAwaitDeferral("her@elsewhere.test", "requeued");
        assertThat(server.command("postsuper", "-r", id).ok().output()).contains("Requeued: 1 message");
        awaitGone(id);
        try (var sink = new Sink(server.nextHop())) {
            server.command("postqueue", "-f").ok();
            assertThat(sink.awaitMail("Subject: requeued")).contains("id " + id);
        }
        server.awaitEmptyQueue();
    }

    @Test
    void a_550_comes_back_to_the_sender_as_a_report() {
        try (var sink = new Sink(server.nextHop(), "250-PIPELINING\r\n250 DSN", line -> line.startsWith("RCPT") ? "550 5.7.1 no thanks" : null)) {
            String id = send("her@elsewhere.test", "bounced");
            assertThat(server.awaitMail("you", "Subject: bounced")).startsWith("Return-Path: <>\n")
                    .contains("From: Mail Delivery System <MAILER-DAEMON@mx.example.test>").contains("Subject: Undelivered Mail Returned to Sender")
                    .contains("Final-Recipient: rfc822; her@elsewhere.test").contains("Status: 5.7.1").contains("Diagnostic-Code: smtp; 550 5.7.1 no thanks");
            awaitGone(id);
            assertThat(sink.messages()).isEmpty();
        }
    }

    @Test
    void a_450_defers_one_recipient_while_the_other_is_delivered() {
        String id;
        try (var sink = new Sink(server.nextHop(), "250 PIPELINING", line -> line.startsWith("RCPT TO:<slow@") ? "450 4.2.0 later" : null)) {
            String queued = send("her@elsewhere.test,slow@elsewhere.test", "half delivered");
            sink.awaitMail("Subject: half delivered");
            id = queued;
            Eventually.waitFor(() -> waitsFor(queued, "450 4.2.0 later"), () -> waiting(queued));
            assertThat(waiting(id)).contains("slow@elsewhere.test").doesNotContain("her@elsewhere.test");
        }
        try (var sink = new Sink(server.nextHop())) {
            server.command("postqueue", "-f").ok();
            sink.awaitMail("Subject: half delivered");
            awaitGone(id);
        }
    }

    @Test
    void NOTIFY_SUCCESS_is_answered_when_mail_lands() {
        Program.run(List.of(Program.need("python3"), "-"), """
                import smtplib
                with smtplib.SMTP("127.0.0.1", %d) as s:
                    s.ehlo()
                    s.sendmail("me@example.test", ["you@example.test"], "Subject: tell me\\r\\n\\r\\nx\\r\\n", ["RET=HDRS", "ENVID=abc+2B1"], ["NOTIFY=SUCCESS", "ORCPT=rfc822;you@example.test"])
                """.formatted(server.port()), Map.of()).ok();
        assertThat(server.awaitMail("me", "Subject: Successful Mail Delivery Report")).contains("Action: delivered").contains("Original-Envelope-Id: abc+1");
    }

    @Test
    void a_reload_applies_new_settings_and_cuts_no_session() throws Exception {
        try (var session = new Dialogue(server.port())) {
            session.say("EHLO here");
            assertThat(session.say("RCPT TO:<new@example.test>")).startsWith("503");
            server.set("virtual_mailbox_maps", "inline:{you@example.test=you/, me@example.test=me/, new@example.test=new/}").write();
            server.ostler("reload").ok();
            assertThat(session.say("NOOP")).startsWith("250");
            send("new@example.test", "after reload");
            server.awaitMail("new", "Subject: after reload");
        }
    }
}
