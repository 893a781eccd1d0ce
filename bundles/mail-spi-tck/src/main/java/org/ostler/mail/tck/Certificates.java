// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tck;

import java.io.ByteArrayInputStream;
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
import java.util.concurrent.atomic.AtomicLong;
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

/**
 * Makes certificates for tests: happy by default, one thing changed. The bundle that uses it needs bcpkix, in test scope as well.
 *
 * <p><b>Threads</b> one.
 */
public final class Certificates {

    /** In the middle of the time for which they are valid. */
    public static final Instant NOW = Instant.now();

    /** A certificate with the key that it is for. */
    public record Identity(X509Certificate certificate, KeyPair keys) {

        /** Writes it in the form of smtpd_tls_chain_files. @return the file */
        public Path chainFile(Path file, Identity... issuers) throws Exception {
            var text = new StringBuilder(pem("PRIVATE KEY", keys.getPrivate().getEncoded())).append(pem("CERTIFICATE", certificate.getEncoded()));
            for (Identity issuer : issuers) {
                text.append(pem("CERTIFICATE", issuer.certificate.getEncoded()));
            }
            return Files.writeString(file, text);
        }

        /** @return the file */
        public Path certificateFile(Path file) throws Exception {
            return Files.writeString(file, pem("CERTIFICATE", certificate.getEncoded()));
        }

        private static String pem(String label, byte[] der) {
            return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
        }
    }

    private static final AtomicLong SERIAL = new AtomicLong();

    private String name;
    private String algorithm = "EC";
    private boolean authority;
    private int pathLength = -1;
    private Instant from = NOW.minus(Duration.ofDays(10));
    private Instant until = NOW.plus(Duration.ofDays(10));
    private String[] hosts = {};
    private KeyPurposeId purpose;
    private int padding;
    private GeneralName permitted;
    private GeneralName user;
    private String digest = "SHA256";
    private KeyPair keys;

    private Certificates(String name) {
        this.name = name;
    }

    public static Certificates authority(String name) {
        var made = new Certificates(name);
        made.authority = true;
        return made;
    }

    public static Certificates server(String... hosts) {
        var made = new Certificates(hosts.length == 0 ? "nobody" : "server");
        made.hosts = hosts;
        return made;
    }

    /** A server that is named as in the old days. */
    public static Certificates commonName(String host) {
        return new Certificates(host);
    }

    /** Another subject. */
    public Certificates called(String subject) {
        name = subject;
        return this;
    }

    public Certificates rsa() {
        algorithm = "RSA";
        return this;
    }

    public Certificates expired() {
        until = NOW.minus(Duration.ofDays(1));
        return this;
    }

    public Certificates pathLength(int length) {
        pathLength = length;
        return this;
    }

    public Certificates purpose(KeyPurposeId wanted) {
        purpose = wanted;
        return this;
    }

    /** An authority for one domain and what is below it. */
    public Certificates onlyFor(String domain) {
        permitted = new GeneralName(GeneralName.dNSName, domain);
        return this;
    }

    public Certificates onlyForUser(String who) {
        permitted = userName(who);
        return this;
    }

    /** The name of a user beside those of the hosts. */
    public Certificates user(String who) {
        user = userName(who);
        return this;
    }

    /** In Microsoft's form. */
    private static GeneralName userName(String who) {
        return new GeneralName(GeneralName.otherName, new OtherName(new ASN1ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), new DERUTF8String(who)));
    }

    /** An extension of this many bytes that nobody knows. */
    public Certificates padding(int bytes) {
        padding = bytes;
        return this;
    }

    /** Signed as in the old days. */
    public Certificates sha1() {
        digest = "SHA1";
        return this;
    }

    /** Uses the key of another: a cross-certificate. */
    public Certificates keyOf(Identity other) {
        keys = other.keys;
        return this;
    }

    public static List<X509Certificate> chain(Identity... identities) {
        return Arrays.stream(identities).map(Identity::certificate).toList();
    }

    public Identity selfSigned() throws Exception {
        KeyPair own = keys();
        return build(own, new X500Principal("CN=" + name), own);
    }

    public Identity signedBy(Identity issuer) throws Exception {
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
        var builder = new JcaX509v3CertificateBuilder(issuer, BigInteger.valueOf(SERIAL.incrementAndGet()), Date.from(from), Date.from(until), new X500Principal("CN=" + name),
                own.getPublic());
        if (authority) {
            builder.addExtension(Extension.basicConstraints, true, pathLength < 0 ? new BasicConstraints(true) : new BasicConstraints(pathLength));
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
        var signing = new JcaContentSignerBuilder(digest + (signer.getPrivate().getAlgorithm().equals("EC") ? "withECDSA" : "withRSA")).build(signer.getPrivate());
        // Read again, so that it is the JDK's kind of certificate.
        var made = CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(builder.build(signing).getEncoded()));
        return new Identity((X509Certificate) made, own);
    }
}
