// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.unboundid.asn1.ASN1Element;
import com.unboundid.asn1.ASN1Exception;
import com.unboundid.asn1.ASN1Integer;
import com.unboundid.asn1.ASN1OctetString;
import com.unboundid.asn1.ASN1Sequence;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import org.ostler.mail.lookup.spi.TableSource;

/**
 * Certificates and keys in text files (RFC 7468), whatever else stands in them.
 *
 * <p>Keys as OpenSSL writes them now (PKCS #8) and wrote them before (RFC 8017 appendix A.1.2 for RSA, RFC 5915 for EC), without a password. <b>Threads</b> any. <b>Blocking</b> reads the file.
 * <b>Errors</b> {@link BadFile}, which names the file.
 */
final class Pem {

    private static final long LARGEST = 64 << 20;
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

    private Pem() {}

    /** What an operator is told. */
    static final class BadFile extends Exception {

        private static final long serialVersionUID = 1L;

        BadFile(String message, Exception cause) {
            super(message, cause);
        }
    }

    private record Block(String label, byte[] bytes) {}

    private static List<Block> blocks(Path file) throws BadFile {
        try {
            if (Files.size(file) > LARGEST) {
                throw new BadFile(file + ": larger than " + LARGEST + " bytes", null);
            }
            var all = new ArrayList<Block>();
            var matcher = BLOCK.matcher(Files.readString(file, ISO_8859_1));
            while (matcher.find()) {
                // The oldest way to lock a key stands in lines of their own in front of it, which are no base64.
                boolean locked = matcher.group(2).contains("ENCRYPTED");
                all.add(new Block(locked ? "ENCRYPTED " + matcher.group(1) : matcher.group(1), locked ? new byte[0] : Base64.getMimeDecoder().decode(matcher.group(2))));
            }
            return all;
        } catch (IOException e) {
            throw new BadFile("open " + file + ": " + TableSource.reason(e), e);
        } catch (IllegalArgumentException e) {
            throw new BadFile(file + ": not base64: " + e.getMessage(), e);
        }
    }

    /** All of the file; none is no error. */
    static List<Certificate> certificates(Path file) throws BadFile {
        var all = new ArrayList<Certificate>();
        for (Block block : blocks(file)) {
            if (block.label.equals("CERTIFICATE") || block.label.equals("X509 CERTIFICATE")) {
                try {
                    all.add(CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(block.bytes)));
                } catch (GeneralSecurityException e) {
                    throw new BadFile(file + ": bad certificate: " + e.getMessage(), e);
                }
            }
        }
        return all;
    }

    /** Our own certificate, the chain behind it, and its key. */
    static KeyManager[] identity(Path chain, Path key) throws BadFile {
        List<Certificate> certificates = certificates(chain);
        if (certificates.isEmpty()) {
            throw new BadFile("no certificate in " + chain, null);
        }
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setKeyEntry("ours", key(key, certificates.getFirst()), new char[0], certificates.toArray(Certificate[]::new));
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, new char[0]);
            return factory.getKeyManagers();
        } catch (GeneralSecurityException | IOException | ASN1Exception e) {
            throw new BadFile(key + ": bad key: " + e.getMessage(), e);
        }
    }

    private static PrivateKey key(Path file, Certificate owner) throws BadFile, GeneralSecurityException, ASN1Exception {
        for (Block block : blocks(file)) {
            if (block.label.startsWith("ENCRYPTED ")) {
                throw new BadFile(file + ": the key has a password", null);
            }
            if (block.label.endsWith("PRIVATE KEY")) {
                byte[] bytes = block.label.equals("PRIVATE KEY") ? block.bytes : wrapped(block.bytes, owner);
                return KeyFactory.getInstance(owner.getPublicKey().getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(bytes));
            }
        }
        throw new BadFile("no key in " + file, null);
    }

    /** RFC 5208 section 5: version, algorithm, key. The old forms leave out the algorithm; it is that of the public key, which the certificate states. */
    private static byte[] wrapped(byte[] key, Certificate owner) throws ASN1Exception {
        ASN1Element algorithm = ASN1Sequence.decodeAsSequence(owner.getPublicKey().getEncoded()).elements()[0];
        return new ASN1Sequence(new ASN1Integer(0), algorithm, new ASN1OctetString(key)).encode();
    }
}
