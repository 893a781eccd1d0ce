// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
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

/** The shipped distribution with {@code tls_provider = bc}: mail goes from its client to its server under a key that X25519MLKEM768 agreed on, as the wire shows. */
public class PostQuantumIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** key_share (51) of a ServerHello, 1124 bytes: group 4588, then 1120 bytes of key (RFC 8446 section 4.2.8). Of X25519 it would be 36 bytes, group 29. */
    private static final String HYBRID_KEY_SHARE = "0033" + "0464" + "11ec" + "0460";

    private final Installation installation = Installation.shared();
    private final Instance instance = Instance.create("post-quantum");
    private final ByteArrayOutputStream fromServer = new ByteArrayOutputStream();
    private ServerSocket tap;

    @Before
    public void start() throws Exception {
        assumeTrue("the program openssl is not installed", Files.isExecutable(Path.of("/usr/bin/openssl")));
        Path key = instance.home().resolve("key.pem");
        Path certificate = instance.home().resolve("certificate.pem");
        Installation.run(instance.home(), Map.of(), 0, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=mx.example.test",
                "-keyout", key.toString(), "-out", certificate.toString());
        Files.writeString(instance.configDirectory().resolve("main.cf"), """
                tls_provider = bc
                smtpd_tls_security_level = may
                smtpd_tls_eccert_file = %s
                smtpd_tls_eckey_file = %s
                smtp_tls_security_level = encrypt
                smtp_tls_loglevel = 1
                """.formatted(certificate, key), StandardOpenOption.APPEND);
        Path master = instance.configDirectory().resolve("master.cf");
        String rows = Files.readString(master);
        // What the second port is sent has arrived when it says 250; it must not go round again.
        Files.writeString(master, rows.replace("-o syslog_name=postfix/submission", "-o syslog_name=postfix/submission\n  -o smtpd_client_restrictions=check_client_access,static:DISCARD"));
        tap = new ServerSocket(instance.sinkPort(), 5, InetAddress.getByName("127.0.0.1"));
        Thread.ofVirtual().start(this::listen);
        installation.ostler(0, "start", instance);
    }

    @After
    public void stop() throws Exception {
        if (tap != null) {
            installation.ostler(0, "stop", instance);
            tap.close();
        }
    }

    private void listen() {
        while (!tap.isClosed()) {
            try {
                Socket client = tap.accept();
                var server = new Socket("127.0.0.1", instance.submissionPort());
                Thread.ofVirtual().start(() -> pass(client, server, OutputStream.nullOutputStream()));
                Thread.ofVirtual().start(() -> pass(server, client, fromServer));
            } catch (IOException closed) {
                return;
            }
        }
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
                "printf 'Subject: hello\\n\\nIt works.\\n' | bin/ostler sendmail -C " + instance.configDirectory() + " there@next.test");
        Path log = instance.home().resolve("log/mail.log");
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String text = Files.readString(log);
        while (!text.contains("status=")) {
            assertTrue(text, System.nanoTime() < deadline);
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            text = Files.readString(log);
        }
        assertTrue(text, text.lines().anyMatch(line -> line.contains("to=<there@next.test>") && line.contains("status=sent")));
        assertTrue(text, text.contains("TLS connection established to 127.0.0.1[127.0.0.1]:" + instance.sinkPort() + ": TLSv1.3 with cipher "));
        String wire = HexFormat.of().formatHex(fromServer.toByteArray());
        assertTrue("begins in the clear", wire.contains(HexFormat.of().formatHex("Ready to start TLS".getBytes(StandardCharsets.US_ASCII))));
        assertTrue("the group in the ServerHello", wire.contains(HYBRID_KEY_SHARE));
    }
}
