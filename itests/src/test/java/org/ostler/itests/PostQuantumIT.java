// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;

/** The shipped distribution twice, each a process of its own, with {@code tls_provider = bc}: mail goes from one to the other under a key that X25519MLKEM768 agreed on, as the wire between them shows. */
public class PostQuantumIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** key_share (51) of a ServerHello, 1124 bytes: group 4588, then 1120 bytes of key (RFC 8446 section 4.2.8). Of X25519 it would be 36 bytes, group 29. */
    private static final String HYBRID_KEY_SHARE = "0033" + "0464" + "11ec" + "0460";

    private final Installation installation = Installation.shared();
    private final Instance sender = Instance.create("post-quantum-sender");
    private final Instance receiver = Instance.create("post-quantum-receiver");
    private final ByteArrayOutputStream fromServer = new ByteArrayOutputStream();
    private LoopbackServer tap;

    @Before
    public void start() throws Exception {
        assumeTrue("the program openssl is not installed", Files.isExecutable(Path.of("/usr/bin/openssl")));
        Path key = receiver.home().resolve("key.pem");
        Path certificate = receiver.home().resolve("certificate.pem");
        Installation.run(receiver.home(), Map.of(), 0, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=mx.next.test",
                "-keyout", key.toString(), "-out", certificate.toString());
        configure(receiver, """
                tls_provider = bc
                myhostname = mx.next.test
                virtual_mailbox_domains = next.test
                virtual_mailbox_maps = inline:{there@next.test=there/}
                transport_maps =
                smtpd_tls_security_level = encrypt
                smtpd_tls_eccert_file = %s
                smtpd_tls_eckey_file = %s
                smtpd_tls_loglevel = 1
                """.formatted(certificate, key));
        configure(sender, """
                tls_provider = bc
                smtp_tls_security_level = encrypt
                smtp_tls_loglevel = 1
                """);
        tap = new LoopbackServer(sender.sinkPort(), this::pass);
        installation.ostler(0, "start", receiver);
        installation.ostler(0, "start", sender);
    }

    /** What comes later in main.cf counts. */
    private static void configure(Instance instance, String parameters) throws IOException {
        Files.writeString(instance.configDirectory().resolve("main.cf"), parameters, StandardOpenOption.APPEND);
    }

    @After
    public void stop() throws Exception {
        if (tap != null) {
            try {
                installation.ostler(0, "stop", sender);
            } finally {
                installation.ostler(0, "stop", receiver);
                tap.close();
            }
        }
    }

    private void pass(Socket client) throws IOException {
        var server = new Socket("127.0.0.1", receiver.smtpPort());
        Thread.ofVirtual().start(() -> pass(client, server, OutputStream.nullOutputStream()));
        pass(server, client, fromServer);
    }

    private static void pass(Socket from, Socket to, OutputStream copy) {
        try (from; to; InputStream in = from.getInputStream()) {
            byte[] buffer = new byte[8192];
            for (int got = in.read(buffer); got > 0; got = in.read(buffer)) {
                copy.write(buffer, 0, got);
                to.getOutputStream().write(buffer, 0, got);
            }
        } catch (IOException gone) {
            return; // one side has ended the connection; the mail log tells what came of it
        }
    }

    @Test
    public void mail_passes_under_the_hybrid_group() throws Exception {
        Installation.run(installation.home(), Map.of(), 0, "sh", "-c",
                "printf 'Subject: hello\\n\\nIt works.\\n' | bin/ostler sendmail -C " + sender.configDirectory() + " there@next.test");
        String sent = settled(sender);
        assertTrue(sent, sent.contains("TLS connection established to 127.0.0.1[127.0.0.1]:" + sender.sinkPort() + ": TLSv1.3 with cipher "));
        String received = settled(receiver);
        assertTrue(received, received.contains("TLS connection established from ") && received.contains(": TLSv1.3 with cipher "));
        String wire = HexFormat.of().formatHex(fromServer.toByteArray());
        assertTrue("begins in the clear", wire.contains(HexFormat.of().formatHex("Ready to start TLS".getBytes(StandardCharsets.US_ASCII))));
        assertTrue("the group in the ServerHello", wire.contains(HYBRID_KEY_SHARE));
    }

    /** @return the mail log, once it says that the message is where it should be */
    private static String settled(Instance instance) throws IOException {
        Path log = instance.home().resolve("log/mail.log");
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String text = Files.readString(log);
        while (!text.contains("status=")) {
            assertTrue(text, System.nanoTime() < deadline);
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            text = Files.readString(log);
        }
        assertTrue(text, text.lines().anyMatch(line -> line.contains("to=<there@next.test>") && line.contains("status=sent")));
        return text;
    }
}
