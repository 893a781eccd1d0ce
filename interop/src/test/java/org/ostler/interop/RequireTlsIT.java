// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** REQUIRETLS (RFC 8689) through two servers: sendmail, the queue and a restart, the client, the other server, its mailbox; and back as a report where the next host has no TLS. */
class RequireTlsIT {

    private static Server receiving;
    private static Server sending;
    private static Sink plain;

    @BeforeAll
    static void start() throws Exception {
        receiving = Server.plain("requiretls-b");
        Path certificate = receiving.etc().resolve("cert.pem");
        Path key = receiving.etc().resolve("key.pem");
        Program.run(List.of(Program.need("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=b.test", "-keyout", key.toString(), "-out", certificate.toString())).ok();
        receiving.set("myhostname", "b.test").set("virtual_mailbox_domains", "b.test").set("virtual_mailbox_maps", "inline:{you@b.test=you/}").set("smtpd_tls_security_level", "may")
                .set("smtpd_tls_cert_file", certificate).set("smtpd_tls_key_file", key).start();
        String digest = Program.run(List.of(Program.need("openssl"), "x509", "-in", certificate.toString(), "-noout", "-fingerprint", "-sha256")).ok().output().replaceFirst("(?s).*=", "").strip();
        sending = Server.plain("requiretls-a");
        plain = new Sink(sending.nextHop());
        // Its header would tell the other server what is to be said in MAIL.
        sending.set("requiretls_esmtp_header", "no").set("smtp_requiretls_policy", "enforce").set("smtp_tls_security_level", "fingerprint").set("smtp_tls_fingerprint_digest", "sha256").set("smtp_tls_fingerprint_cert_match", digest)
                .set("transport_maps", "inline:{b.test=smtp:[127.0.0.1]:" + receiving.port() + ", c.test=smtp:[127.0.0.1]:" + sending.nextHop() + ", d.test=stranger:[127.0.0.1]:" + receiving.port()
                        + ", e.test=never:[127.0.0.1]:" + receiving.port() + "}").set("relayhost", "").set("defer_transports", "smtp, stranger, never")
                // To these the same server is one that proves nothing, and one that does not say it knows the wish.
                .row("stranger unix - - n - - smtp -o smtp_tls_fingerprint_cert_match=" + digest.replace(digest.charAt(0), digest.charAt(0) == '0' ? '1' : '0'))
                .row("never unix - - n - - smtp -o smtp_discard_ehlo_keywords=requiretls").start();
    }

    @AfterAll
    static void stop() throws Exception {
        Closing.all(sending, receiving, plain);
    }

    private static void submit(String to, String subject, String header, String... options) {
        var arguments = new java.util.ArrayList<>(List.of("-f", "me@example.test", "-F", "Me"));
        arguments.addAll(List.of(options));
        arguments.add(to);
        sending.commandWithInput("From: me@example.test\nSubject: " + subject + "\n" + header + "\nsecret\n", "sendmail", arguments.toArray(String[]::new)).ok();
    }

    @Test
    void the_wish_goes_all_the_way_and_over_a_restart_and_mail_that_cannot_have_it_comes_back_without_its_content() throws Exception {
        submit("you@b.test", "asked", "", "-O", "requiretls=yes");
        submit("her@c.test", "in vain", "", "-O", "requiretls=yes");
        submit("you@d.test", "to a stranger", "", "-O", "requiretls=yes");
        submit("you@e.test", "to one who does not know", "", "-O", "requiretls=yes");
        submit("her@c.test", "waived", "TLS-Required: no\n");
        Eventually.waitFor(() -> sending.command("postqueue", "-j").ok().output().lines().filter(line -> line.contains("\"deferred\"")).count() == 5, sending::tail);
        assertThat(sending.command("postqueue", "-j").ok().output().lines()).filteredOn(line -> line.contains("\"tls_request\": \"REQUIRETLS\"")).hasSize(4);
        sending.kill();
        sending.set("defer_transports", "").start();
        assertThat(receiving.awaitMail("you", "Subject: asked")).contains("Require-TLS-ESMTP: yes\n", "with ESMTPS id ");
        returned("in vain", "5.7.30", "TLS service was not offered by host 127.0.0.1[127.0.0.1]");
        returned("to a stranger", "5.7.10", "no trusted server certificate was found");
        returned("to one who does not know", "5.7.30", "no server was found that supports REQUIRETLS");
        assertThat(plain.awaitMail("Subject: waived")).contains("TLS-Required: no");
        assertThat(plain.messages()).noneMatch(message -> message.contains("in vain"));
        sending.awaitLog("tls=fingerprint/requiretls, dsn=2.0.0, status=sent");
        sending.awaitLog("tls=!fingerprint/!requiretls:nostarttls, dsn=5.7.30, status=bounced");
        sending.awaitLog("tls=!fingerprint/!requiretls:nocertmatch, dsn=5.7.10, status=bounced");
        sending.awaitLog("dsn=5.7.30, status=bounced (Sender requested REQUIRETLS, but no server was found that supports REQUIRETLS");
        sending.awaitLog("tls=may:none, dsn=2.0.0, status=sent");
        assertThat(receiving.log()).doesNotContain("@d.test", "@e.test");
    }

    /** Folded as the report is. */
    private static void returned(String subject, String status, String reason) throws Exception {
        String report = sending.awaitMail("me", "Subject: " + subject + "\n");
        assertThat(report).contains("Subject: Undelivered Mail", "Status: " + status).doesNotContain("secret");
        assertThat(report.replaceAll("\\s+", " ")).contains("Sender requested REQUIRETLS, but " + reason);
    }
}
