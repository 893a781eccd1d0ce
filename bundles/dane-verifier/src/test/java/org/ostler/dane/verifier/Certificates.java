// SPDX-License-Identifier: Apache-2.0
package org.ostler.dane.verifier;

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
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Makes certificates for tests: happy by default, one thing changed. */
final class Certificates {

    static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

    /** A certificate with the key that it is for. */
    record Identity(X509Certificate certificate, KeyPair keys) {}

    private static long serial;

    private String name;
    private boolean authority;
    private int pathLength = -1;
    private Instant from = NOW.minus(Duration.ofDays(10));
    private Instant until = NOW.plus(Duration.ofDays(10));
    private String[] hosts = {};
    private KeyPurposeId purpose;
    private String permitted;
    private String digest = "SHA256";
    private KeyPair keys;

    private Certificates(String name) {
        this.name = name;
    }

    static Certificates authority(String name) {
        var made = new Certificates(name);
        made.authority = true;
        return made;
    }

    static Certificates server(String... hosts) {
        var made = new Certificates(hosts.length == 0 ? "nobody" : "server");
        made.hosts = hosts;
        return made;
    }

    /** A server that is named as in the old days. */
    static Certificates commonName(String host) {
        return new Certificates(host);
    }

    /** Another subject. */
    Certificates called(String subject) {
        name = subject;
        return this;
    }

    Certificates expired() {
        until = NOW.minus(Duration.ofDays(1));
        return this;
    }

    Certificates pathLength(int length) {
        pathLength = length;
        return this;
    }

    Certificates purpose(KeyPurposeId wanted) {
        purpose = wanted;
        return this;
    }

    /** An authority for one domain and what is below it. */
    Certificates onlyFor(String domain) {
        permitted = domain;
        return this;
    }

    /** Signed as in the old days. */
    Certificates sha1() {
        digest = "SHA1";
        return this;
    }

    /** Uses the key of another: a cross-certificate. */
    Certificates keyOf(Identity other) {
        keys = other.keys;
        return this;
    }

    Identity selfSigned() throws Exception {
        KeyPair own = keys();
        return build(own, new X500Principal("CN=" + name), own);
    }

    Identity signedBy(Identity issuer) throws Exception {
        return build(keys(), issuer.certificate.getSubjectX500Principal(), issuer.keys);
    }

    private KeyPair keys() throws Exception {
        if (keys != null) {
            return keys;
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private Identity build(KeyPair own, X500Principal issuer, KeyPair signer) throws Exception {
        var builder = new JcaX509v3CertificateBuilder(issuer, BigInteger.valueOf(++serial), Date.from(from), Date.from(until), new X500Principal("CN=" + name),
                own.getPublic());
        if (authority) {
            builder.addExtension(Extension.basicConstraints, true, pathLength < 0 ? new BasicConstraints(true) : new BasicConstraints(pathLength));
        }
        if (hosts.length > 0) {
            builder.addExtension(Extension.subjectAlternativeName, false,
                    new GeneralNames(Arrays.stream(hosts).map(host -> new GeneralName(GeneralName.dNSName, host)).toArray(GeneralName[]::new)));
        }
        if (permitted != null) {
            builder.addExtension(Extension.nameConstraints, true,
                    new NameConstraints(new GeneralSubtree[] {new GeneralSubtree(new GeneralName(GeneralName.dNSName, permitted))}, null));
        }
        if (purpose != null) {
            builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(purpose));
        }
        var signing = new JcaContentSignerBuilder(digest + "withECDSA").build(signer.getPrivate());
        // Encoded and read again, so that it is the JDK's kind of certificate.
        X509Certificate made = new JcaX509CertificateConverter().getCertificate(builder.build(signing));
        return new Identity(Keys.certificate(made.getEncoded()).orElseThrow(), own);
    }
}
