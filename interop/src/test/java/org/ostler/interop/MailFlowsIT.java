// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The distribution with real clients: swaks, Python's smtplib, smtp-source, sendmail; in at the port, out to Maildir and next host. */
class MailFlowsIT {

    private static Server server;
    private static Sink sink;

    @BeforeAll
    static void start() {
        server = Server.distribution("flows").start();
        sink = new Sink(server.nextHop());
    }

    @AfterAll
    static void stop() throws Exception {
        Closing.all(server, sink);
    }

    private static Program.Result swaks(String... arguments) {
        var command = new java.util.ArrayList<>(List.of(Program.need("swaks"), "--server", "127.0.0.1:" + server.port(), "--from", "sender@client.test"));
        command.addAll(List.of(arguments));
        return Program.run(command);
    }

    @Test
    void mail_of_swaks_lands_in_the_maildir() {
        swaks("--to", "you@example.test", "--header", "Subject: from swaks").ok();
        assertThat(server.awaitMail("you", "Subject: from swaks"))
                .startsWith("Return-Path: <sender@client.test>\nX-Original-To: you@example.test\nDelivered-To: you@example.test\nReceived: from ")
                .contains("by mx.example.test (Postfix) with ESMTP id ");
    }

    @Test
    void mail_of_swaks_goes_to_the_next_host() {
        swaks("--to", "her@elsewhere.test", "--header", "Subject: relayed for swaks").ok();
        assertThat(sink.awaitMail("Subject: relayed for swaks")).contains("for <her@elsewhere.test>");
    }

    @Test
    void a_pipelining_swaks_gets_the_same() {
        Program.Result result = swaks("--to", "you@example.test", "--header", "Subject: all at once", "--pipeline").ok();
        assertThat(result.output()).contains("queued as");
        server.awaitMail("you", "Subject: all at once");
    }

    @Test
    void an_unknown_user_is_refused_at_RCPT() {
        Program.Result result = swaks("--to", "nobody@example.test");
        assertThat(result.exit()).isNotZero();
        assertThat(result.output()).contains("550 5.1.1 <nobody@example.test>: Recipient address rejected: User unknown in virtual mailbox table");
    }

    @Test
    void python_sends_text_UTF8_and_an_attachment() {
        Program.run(List.of(Program.need("python3"), "-"), """
                import smtplib, email.message
                with smtplib.SMTP("127.0.0.1", %d) as s:
                    s.ehlo()
                    assert s.has_extn("smtputf8") and s.has_extn("8bitmime") and s.has_extn("dsn"), s.esmtp_features
                    m = email.message.EmailMessage()
                    m["From"], m["To"], m["Subject"] = "sender@client.test", "you@example.test, me@example.test", "from smtplib"
                    m.set_content("Gr\\u00fc\\u00dfe\\n.\\n..two dots\\n")
                    m.add_attachment(bytes(range(256)) * 1000, maintype="application", subtype="octet-stream")
                    assert s.send_message(m) == {}
                    refused = s.sendmail("sender@client.test", ["you@example.test", "nobody@example.test"], "Subject: half\\r\\n\\r\\nx\\r\\n")
                    assert refused["nobody@example.test"][0] == 550, refused
                    s.mail("s\\u00e9nder@client.test", ["SMTPUTF8"])
                    s.rset()
                """.formatted(server.port()), Map.of()).ok();
        assertThat(server.awaitMail("you", "Subject: from smtplib")).contains("\n..two dots\n");
        server.awaitMail("me", "Subject: from smtplib");
        server.awaitMail("you", "Subject: half");
    }

    @Test
    void every_message_of_smtp_source_arrives() {
        int count = 300;
        Program.run(List.of(Program.need("smtp-source"), "-s", "10", "-m", String.valueOf(count), "-l", "2000", "-d", "-f", "source@client.test", "-t", "load@elsewhere.test",
                "-S", "from smtp-source", "127.0.0.1:" + server.port())).ok();
        Eventually.waitFor(() -> sink.messages().stream().filter(m -> m.contains("from smtp-source")).count() == count, () -> sink.messages().size() + " messages");
    }

    @Test
    void sendmail_takes_the_recipients_from_the_header_and_the_message_is_delivered() {
        server.commandWithInput("From: me@example.test\nTo: you@example.test\nBcc: her@elsewhere.test\nSubject: from sendmail\n\nhello\n", "sendmail", "-t", "-F", "Myself", "-f", "me@example.test").ok();
        assertThat(server.awaitMail("you", "Subject: from sendmail")).contains("(Postfix, from userid ").doesNotContain("Bcc:");
        sink.awaitMail("Subject: from sendmail");
    }

    @Test
    void the_queue_is_empty_when_all_is_delivered() {
        swaks("--to", "you@example.test", "--header", "Subject: last").ok();
        server.awaitMail("you", "Subject: last");
        server.awaitEmptyQueue();
        assertThat(server.command("mailq").ok().output()).isEqualTo("Mail queue is empty\n");
    }
}
