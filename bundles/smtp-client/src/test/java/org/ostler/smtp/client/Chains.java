// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Certificates of servers and authorities for tests, and the TLSA records that name them. */
final class Chains {

    /** A certificate with the key that it is for. */
    record Identity(X509Certificate certificate, KeyPair keys) {

        /** {@code 2 1 1 0123abcd}; matching types 0 and 1. */
        String tlsa(int usage, int selector, int type) throws Exception {
            byte[] data = selector == 1 ? certificate.getPublicKey().getEncoded() : certificate.getEncoded();
            byte[] shown = type == 0 ? data : MessageDigest.getInstance("SHA-256").digest(data);
            return usage + " " + selector + " " + type + " " + HexFormat.of().formatHex(shown);
        }

        /** In the form of smtpd_tls_chain_files. */
        Path chain(Path dir, Identity... issuers) throws Exception {
            var text = new StringBuilder(pem("PRIVATE KEY", keys.getPrivate().getEncoded())).append(certificates(this));
            return Files.writeString(Files.createTempFile(dir, "chain", ".pem"), text.append(certificates(issuers)));
        }

        Path file(Path dir) throws Exception {
            return Files.writeString(Files.createTempFile(dir, "certificate", ".pem"), certificates(this));
        }
    }

    private static final Duration DAY = Duration.ofDays(1);
    private static final AtomicLong SERIAL = new AtomicLong();

    private Chains() {}

    /** @param issuer null: itself */
    static Identity authority(String name, Identity issuer) throws Exception {
        return make(name, issuer, Instant.now().plus(DAY), true);
    }

    static Identity server(Identity issuer, String... hosts) throws Exception {
        return make("a server", issuer, Instant.now().plus(DAY), false, hosts);
    }

    static Identity expired(Identity issuer, String... hosts) throws Exception {
        return make("an old server", issuer, Instant.now().minus(DAY), false, hosts);
    }

    private static Identity make(String name, Identity issuer, Instant until, boolean authority, String... hosts) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        KeyPair own = generator.generateKeyPair();
        var subject = new X500Principal("CN=" + name);
        var builder = new JcaX509v3CertificateBuilder(issuer == null ? subject : issuer.certificate.getSubjectX500Principal(), BigInteger.valueOf(SERIAL.incrementAndGet()),
                Date.from(Instant.now().minus(DAY.multipliedBy(10))), Date.from(until), subject, own.getPublic());
        if (authority) {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        }
        if (hosts.length > 0) {
            builder.addExtension(Extension.subjectAlternativeName, false,
                    new GeneralNames(Arrays.stream(hosts).map(host -> new GeneralName(GeneralName.dNSName, host)).toArray(GeneralName[]::new)));
        }
        var signed = builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build((issuer == null ? own : issuer.keys).getPrivate()));
        var read = CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(signed.getEncoded()));
        return new Identity((X509Certificate) read, own);
    }

    private static String certificates(Identity... all) throws Exception {
        var text = new StringBuilder();
        for (Identity each : all) {
            text.append(pem("CERTIFICATE", each.certificate.getEncoded()));
        }
        return text.toString();
    }

    private static String pem(String label, byte[] der) throws IOException {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
    }
}
