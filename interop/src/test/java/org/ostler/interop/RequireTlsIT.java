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
        sending.set("smtp_requiretls_policy", "enforce").set("smtp_tls_security_level", "fingerprint").set("smtp_tls_fingerprint_digest", "sha256").set("smtp_tls_fingerprint_cert_match", digest)
                .set("transport_maps", "inline:{b.test=smtp:[127.0.0.1]:" + receiving.port() + ", c.test=smtp:[127.0.0.1]:" + sending.nextHop() + "}").set("relayhost", "")
                .set("defer_transports", "smtp").start();
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
        submit("her@c.test", "waived", "TLS-Required: no\n");
        Eventually.waitFor(() -> sending.command("postqueue", "-j").ok().output().lines().filter(line -> line.contains("\"deferred\"")).count() == 3, sending::tail);
        assertThat(sending.command("postqueue", "-j").ok().output().lines()).filteredOn(line -> line.contains("\"tls_request\": \"REQUIRETLS\"")).hasSize(2);
        sending.kill();
        sending.set("defer_transports", "").start();
        assertThat(receiving.awaitMail("you", "Subject: asked")).contains("Require-TLS-ESMTP: yes\n", "with ESMTPS id ");
        assertThat(sending.awaitMail("me", "Subject: Undelivered Mail")).contains("Status: 5.7.30", "Sender requested REQUIRETLS, but TLS service was not", "Subject: in vain").doesNotContain("secret");
        assertThat(plain.awaitMail("Subject: waived")).contains("TLS-Required: no");
        assertThat(plain.messages()).noneMatch(message -> message.contains("in vain"));
        sending.awaitLog("tls=fingerprint/requiretls, dsn=2.0.0, status=sent");
        sending.awaitLog("tls=!fingerprint/!requiretls:nostarttls, dsn=5.7.30, status=bounced");
        sending.awaitLog("tls=may:none, dsn=2.0.0, status=sent");
    }
}
