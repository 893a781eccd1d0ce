// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Disks that are full, read only or damaged: clients are told to come again, nothing accepted is lost, and no hand is needed afterwards. */
class TroubleIT {

    private Server server;
    private Path mounted;

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
        if (mounted != null) {
            Program.run(List.of(Program.need("umount"), mounted.toString())).ok();
        }
    }

    /** A small disk of its own for one directory of the instance. */
    private void smallDisk(String directory, int megabytes) {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "needs root to mount a small disk");
        Path at = server.directory(directory);
        Program.Result mount = Program.run(List.of(Program.need("mount"), "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", at.toString()));
        Assumptions.assumeTrue(mount.exit() == 0, "needs the right to mount: " + mount.output());
        mounted = at;
    }

    private void remount(String mode) {
        Program.run(List.of(Program.need("mount"), "-o", "remount," + mode, mounted.toString())).ok();
    }

    /** Returns the last reply: to MAIL where that was refused, else to the end of the message. */
    private static String send(Dialogue session, String recipient, String text) throws IOException {
        for (String command : List.of("MAIL FROM:<sender@client.test>", "RCPT TO:<" + recipient + ">", "DATA")) {
            String reply = session.say(command);
            if (!reply.startsWith("2") && !reply.startsWith("3")) {
                session.say("RSET");
                return reply;
            }
        }
        return session.say(text + "\r\n.");
    }

    @Test
    void a_full_disk_means_452_and_what_was_accepted_arrives() throws Exception {
        server = Server.plain("full-disk");
        smallDisk("spool", 200);
        server.directory("spool/pid");
        server.set("message_size_limit", "4000000").start();
        String megabyte = ("x".repeat(98) + "\r\n").repeat(10_000);
        var accepted = new ArrayList<String>();
        try (var session = new Dialogue(server.port())) {
            session.say("EHLO here");
            String reply = "";
            for (int i = 0; i < 300 && !reply.startsWith("4"); i++) {
                reply = send(session, "her@elsewhere.test", "Subject: fill-" + i + "-\r\n\r\n" + megabyte);
                if (reply.startsWith("250")) {
                    accepted.add("Subject: fill-" + i + "-");
                }
            }
            assertThat(reply).startsWith("452 4.3.1 Insufficient system storage");
            assertThat(accepted).hasSizeGreaterThan(10);
            try (var sink = new Sink(server.nextHop())) {
                Eventually.waitFor(() -> sink.messages().size() >= accepted.size(), () -> sink.messages().size() + " of " + accepted.size() + "; " + server.tail());
                assertThat(accepted).allSatisfy(subject -> assertThat(sink.messages()).anyMatch(message -> message.contains(subject)));
                // The queue is empty, the space comes back, and so does the service.
                Eventually.waitFor(() -> again(session), server::tail);
                sink.awaitMail("Subject: all well again");
            }
        }
    }

    private static boolean again(Dialogue session) {
        try {
            return send(session, "her@elsewhere.test", "Subject: all well again\r\n\r\nx").startsWith("250");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_queue_that_is_read_only_at_the_start_means_4xx_until_it_can_be_written() throws Exception {
        server = Server.plain("read-only");
        smallDisk("spool/store", 200);
        remount("ro");
        server.start();
        try (var sink = new Sink(server.nextHop())) {
            try (var session = new Dialogue(server.port())) {
                session.say("EHLO here");
                assertThat(send(session, "her@elsewhere.test", "Subject: too early\r\n\r\nx")).startsWith("45");
            }
            server.commandWithInput("Subject: by sendmail meanwhile\n\nx\n", "sendmail", "-f", "me@example.test", "her@elsewhere.test").ok();
            remount("rw");
            try (var session = new Dialogue(server.port())) {
                session.say("EHLO here");
                Eventually.waitFor(() -> again(session), server::tail);
            }
            sink.awaitMail("Subject: all well again");
            sink.awaitMail("Subject: by sendmail meanwhile");
            assertThat(sink.messages()).noneMatch(message -> message.contains("Subject: too early"));
        }
    }

    @Test
    void a_mailbox_that_cannot_be_written_makes_mail_wait_and_other_mail_does_not() throws Exception {
        server = Server.plain("mailbox");
        Path inTheWay = server.home().resolve("mail/you");
        Files.writeString(inTheWay, "a file where the Maildir should be");
        server.start();
        try (var session = new Dialogue(server.port())) {
            session.say("EHLO here");
            assertThat(send(session, "you@example.test", "Subject: waits\r\n\r\nx")).startsWith("250");
            assertThat(send(session, "me@example.test", "Subject: passes\r\n\r\nx")).startsWith("250");
        }
        server.awaitMail("me", "Subject: passes");
        server.awaitLog("to=<you@example.test>, relay=virtual");
        assertThat(server.log()).contains("status=deferred").doesNotContain("status=bounced");
        Files.delete(inTheWay);
        server.awaitMail("you", "Subject: waits");
    }

    @Test
    void a_damaged_message_is_set_aside_and_named_and_the_others_live() throws Exception {
        server = Server.plain("damaged").set("minimal_backoff_time", "1h").set("maximal_backoff_time", "1h").start();
        try (var session = new Dialogue(server.port())) {
            session.say("EHLO here");
            for (String name : List.of("first", "second", "third")) {
                assertThat(send(session, "her@elsewhere.test", "Subject: " + name + "\r\n\r\nthe body of the " + name)).startsWith("250");
            }
        }
        server.stop();
        flip("the body of the second");
        server.launch();
        server.awaitGreeting();
        try (var sink = new Sink(server.nextHop())) {
            server.command("postqueue", "-f").ok();
            sink.awaitMail("the body of the first");
            sink.awaitMail("the body of the third");
            server.awaitLog("set aside as corrupt");
            assertThat(sink.messages()).noneMatch(message -> message.contains("Subject: second"));
            Eventually.waitFor(() -> server.command("postqueue", "-j").output().contains("\"queue_name\": \"corrupt\""), () -> server.command("postqueue", "-j").output());
        }
    }

    /** Changes one letter of this text wherever the store keeps it. */
    private void flip(String text) throws IOException {
        int flipped = 0;
        try (var files = Files.walk(server.queue().resolve("store"))) {
            for (Path file : files.filter(Files::isRegularFile).filter(file -> file.getFileName().toString().endsWith(".log")).toList()) {
                String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
                if (bytes.contains(text)) {
                    Files.writeString(file, bytes.replace(text, text.replace('b', 'B')), StandardCharsets.ISO_8859_1);
                    flipped++;
                }
            }
        }
        assertThat(flipped).as("segments that hold the text").isEqualTo(1);
    }
}
