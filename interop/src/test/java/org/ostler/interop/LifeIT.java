// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Starts, stops, reloads, and what can be done while no server runs. */
class LifeIT {

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
    void a_stop_waits_for_the_delivery_in_progress_and_nothing_comes_twice() throws Exception {
        server = Server.plain("stop").start();
        var asked = new CountDownLatch(1);
        var mayAnswer = new CountDownLatch(1);
        try (var sink = new Sink(server.nextHop(), "250 8BITMIME", line -> {
            if (line.startsWith("RCPT")) {
                asked.countDown();
                awaitUninterruptibly(mayAnswer);
            }
            return null;
        })) {
            try (var session = new Dialogue(server.port())) {
                session.say("EHLO here");
                session.say("MAIL FROM:<me@example.test>");
                session.say("RCPT TO:<her@elsewhere.test>");
                session.say("DATA");
                session.say("Subject: under way\r\n\r\nx\r\n.");
            }
            awaitUninterruptibly(asked);
            Thread stopping = Thread.ofVirtual().start(server::stop);
            // No new mail is taken any more, while the delivery goes on.
            Eventually.waitFor(() -> !server.greets(), server::tail);
            mayAnswer.countDown();
            stopping.join();
            sink.awaitMail("Subject: under way");
            server.launch();
            server.awaitGreeting();
            server.awaitEmptyQueue();
            assertThat(sink.messages()).hasSize(1);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new AssertionError("it did not come to pass");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void reloads_under_load_cut_no_session() {
        server = Server.plain("reload").start();
        try (var sink = new Sink(server.nextHop())) {
            var load = new Load(server.port(), 8, List.of("you@example.test", "her@elsewhere.test"));
            try (load) {
                for (int i = 0; i < 5; i++) {
                    int goal = load.accepted().size() + 50;
                    server.set("smtpd_banner", "$myhostname ESMTP generation " + i).write();
                    server.ostler("reload").ok();
                    Eventually.waitFor(() -> load.accepted().size() >= goal, server::tail);
                }
            }
            assertThat(load.lost()).isZero();
            assertThat(load.refused()).isEmpty();
            server.awaitEmptyQueue();
            assertThat(server.maildir("you").size() + sink.messages().size()).isEqualTo(load.accepted().size());
        }
    }

    @Test
    void large_messages_of_many_sessions_at_once_need_no_large_heap() throws Exception {
        int sessions = 12;
        int megabytes = 25;
        server = Server.plain("large").set("message_size_limit", "50000000").start();
        String megabyte = ("m".repeat(98) + "\r\n").repeat(10_486);
        var replies = new ConcurrentLinkedQueue<String>();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < sessions; i++) {
            int n = i;
            threads.add(Thread.ofVirtual().start(() -> {
                try (var session = new Dialogue(server.port())) {
                    session.say("EHLO here");
                    session.say("MAIL FROM:<me@example.test>");
                    session.say("RCPT TO:<you@example.test>");
                    session.say("DATA");
                    session.raw("Subject: large " + n + "\r\n\r\n");
                    for (int mega = 0; mega < megabytes; mega++) {
                        session.raw(megabyte);
                    }
                    replies.add(session.say("."));
                } catch (IOException e) {
                    replies.add(String.valueOf(e));
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(replies).hasSize(sessions).allMatch(reply -> reply.contains("queued as"));
        server.awaitEmptyQueue();
        try (var files = Files.list(server.home().resolve("mail/you/new"))) {
            assertThat(files.map(file -> file.toFile().length()).toList()).hasSize(sessions).allMatch(size -> size > megabytes * 1_000_000L);
        }
        assertThat(server.console()).doesNotContain("OutOfMemoryError");
        Server.deleteTree(server.home().resolve("mail"));
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

    /** As by {@code kill -STOP}: the system still takes connections for it. Nothing is done to its queue meanwhile, as would be with a server that is down. */
    @Test
    void a_server_that_is_stopped_in_its_tracks_is_given_up_and_asked_again_later() throws Exception {
        server = Server.plain("stopped").start();
        String silent = ": fatal: the mail system does not answer: nothing was heard of it for ";
        server.signal("STOP");
        try {
            var queue = CompletableFuture.supplyAsync(() -> server.command("postqueue", "-p"));
            Program.Result reload = server.ostler("reload");
            assertThat(reload.exit()).as(reload.output()).isEqualTo(1);
            assertThat(reload.output()).contains("reload" + silent);
            assertThat(queue.get().exit()).as(queue.get().output()).isEqualTo(69);
            assertThat(queue.get().output()).contains("postqueue" + silent);
        } finally {
            server.signal("CONT");
        }
        server.ostler("reload").ok();
    }
}
