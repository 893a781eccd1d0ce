// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.OtherName;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Makes certificates for tests: happy by default, one thing changed. */
final class Pki {

    /** A certificate with the key that it is for. */
    record Identity(X509Certificate certificate, KeyPair keys) {

        /** In the form of smtpd_tls_chain_files. */
        Path chainFile(Path file, Identity... issuers) throws Exception {
            var text = new StringBuilder(pem("PRIVATE KEY", keys.getPrivate().getEncoded())).append(pem("CERTIFICATE", certificate.getEncoded()));
            for (Identity issuer : issuers) {
                text.append(pem("CERTIFICATE", issuer.certificate.getEncoded()));
            }
            return Files.writeString(file, text);
        }

        Path certificateFile(Path file) throws Exception {
            return Files.writeString(file, pem("CERTIFICATE", certificate.getEncoded()));
        }
    }

    private static long serial = System.nanoTime();

    private final String name;
    private String algorithm = "EC";
    private boolean authority;
    private Instant from = Instant.now().minus(Duration.ofDays(10));
    private Instant until = Instant.now().plus(Duration.ofDays(10));
    private String[] hosts = {};
    private KeyPurposeId purpose;
    private int padding;
    private GeneralName permitted;
    private GeneralName user;
    private String digest = "SHA256";
    private KeyPair keys;

    private Pki(String name) {
        this.name = name;
    }

    static Pki authority(String name) {
        var made = new Pki(name);
        made.authority = true;
        return made;
    }

    static Pki leaf(String... hosts) {
        var made = new Pki(hosts.length == 0 ? "nobody" : "CN of " + hosts[0]);
        made.hosts = hosts;
        return made;
    }

    /** A leaf that names its host as in the old days. */
    static Pki commonName(String host) {
        return new Pki(host);
    }

    Pki rsa() {
        algorithm = "RSA";
        return this;
    }

    Pki expired() {
        until = Instant.now().minus(Duration.ofDays(1));
        return this;
    }

    Pki purpose(KeyPurposeId wanted) {
        purpose = wanted;
        return this;
    }

    /** An authority for one domain and what is below it. */
    Pki onlyFor(String domain) {
        permitted = new GeneralName(GeneralName.dNSName, domain);
        return this;
    }

    Pki onlyForUser(String name) {
        permitted = userName(name);
        return this;
    }

    /** The name of a user as well. */
    Pki user(String name) {
        user = userName(name);
        return this;
    }

    /** In Microsoft's form. */
    private static GeneralName userName(String name) {
        return new GeneralName(GeneralName.otherName, new OtherName(new ASN1ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), new DERUTF8String(name)));
    }

    /** Signed as in the old days. */
    Pki sha1() {
        digest = "SHA1";
        return this;
    }

    /** A cross-certificate. */
    Pki keyOf(Identity other) {
        keys = other.keys;
        return this;
    }

    /** An extension of this many bytes that nobody knows. */
    Pki padding(int bytes) {
        padding = bytes;
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
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        generator.initialize(algorithm.equals("EC") ? 256 : 2048);
        return generator.generateKeyPair();
    }

    private Identity build(KeyPair own, X500Principal issuer, KeyPair signer) throws Exception {
        var builder = new JcaX509v3CertificateBuilder(issuer, BigInteger.valueOf(++serial), Date.from(from), Date.from(until), new X500Principal("CN=" + name), own.getPublic());
        if (authority) {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        }
        if (hosts.length > 0) {
            builder.addExtension(Extension.subjectAlternativeName, false,
                    new GeneralNames(Stream.concat(Arrays.stream(hosts).map(host -> new GeneralName(GeneralName.dNSName, host)), Stream.ofNullable(user)).toArray(GeneralName[]::new)));
        }
        if (permitted != null) {
            builder.addExtension(Extension.nameConstraints, true,
                    new NameConstraints(new GeneralSubtree[] {new GeneralSubtree(permitted)}, null));
        }
        if (purpose != null) {
            builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(purpose));
        }
        if (padding > 0) {
            builder.addExtension(new ASN1ObjectIdentifier("1.3.6.1.4.1.99999.1"), false, new byte[padding]);
        }
        var signing = new JcaContentSignerBuilder(signer.getPrivate().getAlgorithm().equals("EC") ? digest + "withECDSA" : digest + "withRSA").build(signer.getPrivate());
        return new Identity(read(builder.build(signing).getEncoded()), own);
    }

    /** So that it is the JDK's kind of certificate. */
    private static X509Certificate read(byte[] der) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    }

    static List<X509Certificate> chain(Identity... identities) {
        return Arrays.stream(identities).map(Identity::certificate).toList();
    }

    static String pem(String label, byte[] der) throws IOException {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
    }
}
