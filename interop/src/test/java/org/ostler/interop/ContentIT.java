// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a message holds never becomes a command, inbound or outbound, and 8-bit mail reaches a 7-bit host as 7-bit mail. */
class ContentIT {

    private static Server server;

    @BeforeAll
    static void start() {
        // The exclusions are $mynetworks by default, and the test is a client of mynetworks.
        server = Server.plain("content").set("smtpd_forbid_bare_newline_exclusions", "").start();
    }

    @AfterAll
    static void stop() throws Exception {
        Closing.all(server);
    }

    private static Dialogue session() throws Exception {
        var session = new Dialogue(server.port());
        session.say("EHLO here");
        return session;
    }

    /**
     * The published smuggling sequences (SEC Consult, December 2023), each between the body of a message and the commands of another.
     * Whatever the server makes of them, a second message never gets through, and nothing is sent on that a next host could split.
     */
    @ParameterizedTest
    @ValueSource(strings = {"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\r\r\n.\r\r\n", "\r\n\0.\r\n", "\n\n.\r\r\n", "\r\n.\r\r\n", "\n.\r"})
    void no_smuggled_second_message(String end) throws Exception {
        String mark = "smuggled-" + java.util.HexFormat.of().formatHex(end.getBytes());
        try (var sink = new Sink(server.nextHop()); var session = session()) {
            session.say("MAIL FROM:<a@client.test>");
            session.say("RCPT TO:<her@elsewhere.test>");
            session.say("DATA");
            session.raw("Subject: outer " + mark + "\r\n\r\nbody" + end + "MAIL FROM:<evil@client.test>\r\nRCPT TO:<you@example.test>\r\nDATA\r\nSubject: inner " + mark + "\r\n\r\nx\r\n.\r\n");
            String verdict = session.reply();
            if (verdict.startsWith("250")) {
                String message = sink.awaitMail("outer " + mark);
                assertThat(sink.messages()).hasSize(1);
                assertThat(message).as("nothing split on the way out").contains("MAIL FROM:<evil@client.test>");
            } else {
                assertThat(verdict).matches("(?s)(521|550|554|421) .*");
            }
            assertThat(sink.commands()).noneMatch(line -> line.contains("evil@"));
            assertThat(server.maildir("you")).noneMatch(message -> message.startsWith("Return-Path: <evil@"));
        }
        server.awaitEmptyQueue();
        assertThat(server.maildir("you")).noneMatch(message -> message.startsWith("Return-Path: <evil@"));
    }

    @Test
    void dots_at_the_beginning_of_lines_come_out_as_they_went_in() throws Exception {
        String body = ".\n..\n...\n.x\n\n.\n";
        try (var sink = new Sink(server.nextHop()); var session = session()) {
            session.say("MAIL FROM:<a@client.test>");
            session.say("RCPT TO:<her@elsewhere.test>");
            session.say("RCPT TO:<me@example.test>");
            session.say("DATA");
            session.say("Subject: dots\r\n\r\n" + body.replaceAll("(?m)^\\.", "..").replace("\n", "\r\n") + ".");
            assertThat(sink.awaitMail("Subject: dots")).endsWith("\r\n\r\n" + body.replace("\n", "\r\n"));
            assertThat(server.awaitMail("me", "Subject: dots")).endsWith("\n\n" + body);
        }
    }

    @Test
    void mail_by_BDAT_may_hold_a_line_that_is_a_dot() throws Exception {
        try (var session = session()) {
            session.say("MAIL FROM:<a@client.test>");
            session.say("RCPT TO:<me@example.test>");
            String message = "Subject: by BDAT\r\n\r\n.\r\nafter the dot\r\n";
            session.raw("BDAT 10\r\n" + message.substring(0, 10));
            assertThat(session.reply()).startsWith("250");
            session.raw("BDAT " + (message.length() - 10) + " LAST\r\n" + message.substring(10));
            assertThat(session.reply()).contains("queued as");
            assertThat(server.awaitMail("me", "Subject: by BDAT")).contains("\n\n.\nafter the dot\n");
        }
    }

    @Test
    void eight_bit_mail_becomes_quoted_printable_for_a_seven_bit_host() throws Exception {
        try (var sink = new Sink(server.nextHop(), "250 PIPELINING", line -> null); var session = session()) {
            session.say("MAIL FROM:<a@client.test> BODY=8BITMIME");
            session.say("RCPT TO:<her@elsewhere.test>");
            session.say("DATA");
            session.say("Subject: eight bits\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\u00c3\u00bc\u00c3\u009fe = hello\r\n.");
            String message = sink.awaitMail("Subject: eight bits");
            assertThat(message).contains("Content-Transfer-Encoding: quoted-printable").endsWith("\r\n\r\nGr=C3=BC=C3=9Fe =3D hello\r\n");
            assertThat(message.chars()).allMatch(c -> c < 128);
            assertThat(sink.commands()).noneMatch(line -> line.contains("BODY="));
        }
    }

    @Test
    void eight_bit_mail_stays_as_it_is_for_an_eight_bit_host() throws Exception {
        try (var sink = new Sink(server.nextHop()); var session = session()) {
            session.say("MAIL FROM:<a@client.test> BODY=8BITMIME");
            session.say("RCPT TO:<her@elsewhere.test>");
            session.say("DATA");
            session.say("Subject: kept bits\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\u00c3\u00bc\u00c3\u009fe\r\n.");
            assertThat(sink.awaitMail("Subject: kept bits")).endsWith("\r\n\r\nGr\u00c3\u00bc\u00c3\u009fe\r\n");
            assertThat(sink.commands()).anyMatch(line -> line.contains("BODY=8BITMIME"));
        }
    }

    @Test
    void a_UTF8_address_needs_a_next_host_that_knows_SMTPUTF8() throws Exception {
        String recipient = "h\u00c3\u00a9r@elsewhere.test";
        try (var session = session()) {
            try (var sink = new Sink(server.nextHop(), "250-SMTPUTF8\r\n250 8BITMIME", line -> null)) {
                assertThat(session.say("MAIL FROM:<you@example.test> SMTPUTF8")).startsWith("250");
                assertThat(session.say("RCPT TO:<" + recipient + ">")).startsWith("250");
                session.say("DATA");
                session.say("Subject: utf8 address\r\n\r\nx\r\n.");
                sink.awaitMail("Subject: utf8 address");
                assertThat(sink.commands()).contains("RCPT TO:<" + recipient + ">").anyMatch(line -> line.startsWith("MAIL FROM:<you@example.test>") && line.contains(" SMTPUTF8"));
            }
            try (var sink = new Sink(server.nextHop())) {
                session.say("MAIL FROM:<you@example.test> SMTPUTF8");
                session.say("RCPT TO:<" + recipient + ">");
                session.say("DATA");
                session.say("Subject: no utf8 there\r\n\r\nx\r\n.");
                assertThat(server.awaitMail("you", "Subject: no utf8 there")).contains("message requires SMTPUTF8, but no server was found");
                assertThat(sink.messages()).isEmpty();
            }
        }
    }
}
