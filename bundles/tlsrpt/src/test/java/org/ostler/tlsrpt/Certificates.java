// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Makes certificates for tests: happy by default, one thing changed. */
final class Certificates {

    static final Instant NOW = Instant.now();

    /** A certificate with the key that it is for. */
    record Identity(X509Certificate certificate, KeyPair keys) {}

    private static long serial;

    private final String name;
    private boolean authority;
    private Instant from = NOW.minus(Duration.ofDays(10));
    private Instant until = NOW.plus(Duration.ofDays(10));
    private String[] hosts = {};

    private Certificates(String name) {
        this.name = name;
    }

    static Certificates authority(String name) {
        var made = new Certificates(name);
        made.authority = true;
        return made;
    }

    static Certificates server(String... hosts) {
        var made = new Certificates("server");
        made.hosts = hosts;
        return made;
    }

    /** Names as before the alternative ones: in the subject only. */
    static Certificates commonName(String host) {
        return new Certificates(host);
    }

    Certificates expired() {
        until = NOW.minus(Duration.ofDays(1));
        return this;
    }

    Identity selfSigned() throws Exception {
        KeyPair own = keys();
        return build(own, new X500Principal("CN=" + name), own);
    }

    Identity signedBy(Identity issuer) throws Exception {
        return build(keys(), issuer.certificate.getSubjectX500Principal(), issuer.keys);
    }

    private static KeyPair keys() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private Identity build(KeyPair own, X500Principal issuer, KeyPair signer) throws Exception {
        var builder = new JcaX509v3CertificateBuilder(issuer, BigInteger.valueOf(++serial), Date.from(from), Date.from(until), new X500Principal("CN=" + name),
                own.getPublic());
        if (authority) {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        }
        if (hosts.length > 0) {
            builder.addExtension(Extension.subjectAlternativeName, false,
                    new GeneralNames(Arrays.stream(hosts).map(host -> new GeneralName(GeneralName.dNSName, host)).toArray(GeneralName[]::new)));
        }
        var signing = new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate());
        return new Identity(new JcaX509CertificateConverter().getCertificate(builder.build(signing)), own);
    }
}
