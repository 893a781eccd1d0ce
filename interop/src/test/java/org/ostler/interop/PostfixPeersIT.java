// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A real Postfix before Ostler and behind it, both with STARTTLS: smtp-source, Postfix, Ostler, Postfix, smtp-sink or Maildir. */
class PostfixPeersIT {

    private static Server server;
    private static PostfixPeer before;
    private static PostfixPeer behind;
    private static Sink last;

    @BeforeAll
    static void start() {
        before = new PostfixPeer();
        behind = new PostfixPeer();
        Path key = before.root().resolve("key.pem");
        Path certificate = before.root().resolve("cert.pem");
        Program.run(List.of(Program.need("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=mx.example.test",
                "-keyout", key.toString(), "-out", certificate.toString())).ok();
        server = Server.distribution("peers")
                .set("relayhost", "[127.0.0.1]:" + behind.port())
                .set("smtpd_tls_security_level", "may").set("smtpd_tls_cert_file", certificate).set("smtpd_tls_key_file", key).set("smtpd_tls_received_header", "yes").set("smtpd_tls_loglevel", "1")
                .set("smtp_tls_security_level", "encrypt").set("smtp_tls_loglevel", "1").start();
        int lastPort = Server.freePort();
        last = new Sink(lastPort);
        before.set("relayhost", "[127.0.0.1]:" + server.port()).set("smtp_tls_security_level", "encrypt").set("smtp_tls_loglevel", "1").start();
        behind.set("relayhost", "[127.0.0.1]:" + lastPort).set("smtpd_tls_security_level", "may").set("smtpd_tls_cert_file", certificate).set("smtpd_tls_key_file", key)
                .set("smtpd_tls_received_header", "yes").start();
    }

    @AfterAll
    static void stop() throws Exception {
        Closing.all(before, server, behind, last);
    }

    @Test
    void mail_goes_from_Postfix_through_Ostler_to_Postfix_with_TLS_on_both_sides() {
        Program.run(List.of(Program.need("smtp-source"), "-s", "5", "-m", "100", "-l", "4000", "-f", "source@client.test", "-t", "load@elsewhere.test",
                "-S", "through three", "127.0.0.1:" + before.port())).ok();
        Eventually.waitFor(() -> last.messages().size() >= 100, () -> last.messages().size() + " messages\n" + server.tail() + before.log() + behind.log());
        assertThat(last.messages()).hasSize(100).allSatisfy(message -> assertThat(message).contains("Subject: through three")
                .contains("by mx.example.test (Postfix) with ESMTPS id ").contains("by postfix.peer.test (Postfix) with ESMTPS id ")
                .containsPattern("(?s)\\(using TLSv1\\.3 with cipher .*\\(using TLSv1\\.3 with cipher "));
        assertThat(server.log()).contains("Anonymous TLS connection established from ").contains("TLS connection established to 127.0.0.1[127.0.0.1]:" + behind.port() + ": TLSv1.3 with cipher ");
        server.awaitEmptyQueue();
    }

    @Test
    void mail_from_Postfix_lands_in_our_Maildir() {
        Program.run(List.of(Program.need("smtp-source"), "-m", "1", "-f", "source@client.test", "-t", "you@example.test", "-S", "for the Maildir", "127.0.0.1:" + before.port())).ok();
        server.awaitMail("you", "Subject: for the Maildir");
    }

    @Test
    void what_Ostler_refuses_Postfix_reports_to_the_sender() {
        Program.run(List.of(Program.need("smtp-source"), "-m", "1", "-f", "you@example.test", "-t", "nobody@example.test", "-S", "to nobody", "127.0.0.1:" + before.port())).ok();
        assertThat(server.awaitMail("you", "Subject: to nobody")).contains("Subject: Undelivered Mail Returned to Sender")
                .contains("550 5.1.1 <nobody@example.test>: Recipient address").contains("postfix.peer.test");
    }

    @Test
    void a_message_of_twenty_megabytes_passes_all_three() {
        server.set("message_size_limit", "52428800").write();
        server.ostler("reload").ok();
        Program.run(List.of(Program.need("smtp-source"), "-m", "1", "-l", "20000000", "-f", "source@client.test", "-t", "large@elsewhere.test", "-S", "twenty megabytes", "127.0.0.1:" + before.port())).ok();
        assertThat(last.awaitMail("Subject: twenty megabytes").length()).isGreaterThan(20_000_000);
    }
}
