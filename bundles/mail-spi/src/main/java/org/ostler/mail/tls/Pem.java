// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads PEM text (RFC 7468): certificates, and private keys in PKCS#8, PKCS#1 (RSA) and SEC 1 (EC) form, without a password. Other blocks, such as EC or DH parameters, and what stands between them are
 * passed over.
 *
 * <p>The JDK reads PKCS#8 only (its PEM decoder is a preview in version 25), so the two older forms are wrapped into it here, which takes three DER elements.
 *
 * <p>Pure functions; whoever calls reads the file and bounds its size. <b>Errors</b> {@link IOException} that says what is wrong, never with key material and without the file's name.
 */
public final class Pem {

    /** What a text holds, in its order. */
    public sealed interface Item {
        record Certificate(X509Certificate certificate) implements Item {}
        record Key(PrivateKey key) implements Item {}
    }

    private record Block(String label, String body) {

        boolean isCertificate() {
            return CERTIFICATES.contains(label);
        }

        boolean isKey() {
            return label.endsWith("PRIVATE KEY");
        }
    }

    /** The last is OpenSSL's: behind the certificate it has what the certificate is trusted for, which nobody here asks. */
    private static final List<String> CERTIFICATES = List.of("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE");
    private static final byte[] RSA_ALGORITHM = {0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
    private static final byte[] EC_OID = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01};
    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};
    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;
    private static final int PARAMETERS = 0xa0;
    private static final List<String> KEY_KINDS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");

    private Pem() {}

    /** Certificates and keys in the order of the text; none is no error. */
    public static List<Item> read(String text) throws IOException {
        var items = new ArrayList<Item>();
        for (Block block : blocks(text)) {
            if (block.isCertificate()) {
                items.add(new Item.Certificate(certificate(decode(block.body))));
            } else if (block.isKey()) {
                items.add(new Item.Key(key(block)));
            }
        }
        return items;
    }

    /**
     * The certificates of a file: PEM text, or one certificate in DER. Keys are not looked at: one with a password may stand beside them. None is no error.
     *
     * @param content of the whole file
     */
    public static List<X509Certificate> certificates(byte[] content) throws IOException {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        if (content.length > 0 && content[0] == SEQUENCE && !text.contains("-----BEGIN ")) { // a text may begin with the digit 0, which is the same byte
            return List.of(certificate(content));
        }
        var all = new ArrayList<X509Certificate>();
        for (Block block : blocks(text)) {
            if (block.isCertificate()) {
                all.add(certificate(decode(block.body)));
            }
        }
        return all;
    }

    /** As {@link #certificates}, without those that cannot be read, each of which is told of. */
    static List<X509Certificate> readable(byte[] content, Consumer<IOException> trouble) throws IOException {
        var all = new ArrayList<X509Certificate>();
        for (Block block : blocks(new String(content, StandardCharsets.ISO_8859_1))) {
            try {
                if (block.isCertificate()) {
                    all.add(certificate(decode(block.body)));
                }
            } catch (IOException e) {
                trouble.accept(e);
            }
        }
        return all;
    }

    /** The first private key of a file; empty where there is none. Certificates are not looked at. */
    public static Optional<PrivateKey> key(byte[] content) throws IOException {
        for (Block block : blocks(new String(content, StandardCharsets.ISO_8859_1))) {
            if (block.isKey()) {
                return Optional.of(key(block));
            }
        }
        return Optional.empty();
    }

    private static List<Block> blocks(String text) throws IOException {
        var blocks = new ArrayList<Block>();
        int at = 0;
        while ((at = text.indexOf("-----BEGIN ", at)) >= 0) {
            int labelEnd = text.indexOf("-----", at + 11);
            int end = labelEnd < 0 ? -1 : text.indexOf("-----END " + text.substring(at + 11, labelEnd) + "-----", labelEnd);
            if (end < 0) {
                throw new IOException("PEM block without an end");
            }
            blocks.add(new Block(text.substring(at + 11, labelEnd), text.substring(labelEnd + 5, end)));
            at = end;
        }
        return blocks;
    }

    private static PrivateKey key(Block block) throws IOException {
        return switch (block.label) {
            case "PRIVATE KEY" -> fromPkcs8(decode(block.body));
            case "RSA PRIVATE KEY" -> fromPkcs8(pkcs8(RSA_ALGORITHM, decode(block.body)));
            case "EC PRIVATE KEY" -> {
                byte[] sec1 = decode(block.body);
                yield fromPkcs8(pkcs8(der(SEQUENCE, EC_OID, curve(sec1)), sec1));
            }
            case "ENCRYPTED PRIVATE KEY" -> throw new IOException("the private key is encrypted");
            default -> throw new IOException("a private key of a kind that is not known here: " + block.label);
        };
    }

    private static byte[] decode(String body) throws IOException {
        if (body.contains("Proc-Type:")) {
            throw new IOException("the private key is encrypted");
        }
        try {
            return Base64.getMimeDecoder().decode(body);
        } catch (IllegalArgumentException e) {
            throw new IOException("bad base64 in a PEM block", e);
        }
    }

    /** The JDK's kind of certificate; what stands behind it is passed over. */
    public static X509Certificate certificate(byte[] der) throws IOException {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (GeneralSecurityException e) {
            throw new IOException("bad certificate: " + e.getMessage(), e);
        }
    }

    private static PrivateKey fromPkcs8(byte[] pkcs8) throws IOException {
        for (String kind : KEY_KINDS) {
            try {
                return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (GeneralSecurityException _) {
                // not of this kind: the next one
            }
        }
        throw new IOException("bad private key, or of a kind that is not known here (RSA, EC, EdDSA)");
    }

    private static byte[] pkcs8(byte[] algorithm, byte[] key) {
        return der(SEQUENCE, VERSION_0, algorithm, der(OCTETS, key));
    }

    /** The curve's identifier in {@code ECPrivateKey ::= SEQUENCE { 1, OCTET STRING, [0] parameters, [1] public key }} (RFC 5915). */
    private static byte[] curve(byte[] sec1) throws IOException {
        try {
            int at = content(sec1, 0);
            while (at < sec1.length) {
                int start = content(sec1, at);
                int end = start + length(sec1, at);
                if (end < start || end > sec1.length) {
                    throw new IOException("bad EC private key");
                }
                if ((sec1[at] & 0xff) == PARAMETERS) {
                    return Arrays.copyOfRange(sec1, start, end);
                }
                at = end;
            }
        } catch (ArrayIndexOutOfBoundsException e) {
            throw new IOException("bad EC private key", e);
        }
        throw new IOException("an EC private key that does not name its curve");
    }

    private static int content(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
    }

    private static int length(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        for (int i = 0; i < (first & 0x7f); i++) {
            length = length << 8 | der[at + 2 + i] & 0xff;
        }
        return length;
    }

    private static byte[] der(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        var out = new ByteArrayOutputStream(length + 4);
        out.write(tag);
        if (length >= 0x100) {
            out.write(0x82);
            out.write(length >> 8);
        } else if (length >= 0x80) {
            out.write(0x81);
        }
        out.write(length);
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
