// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Fingerprints as Postfix writes them: {@code AB:CD:...}, in capitals. Pure functions.
 *
 * <p>Digests by OpenSSL's names, as in {@code smtp_tls_fingerprint_digest}: {@code sha256}, {@code sha512}, {@code sha3-256}, {@code sha1}, {@code md5}.
 */
public final class CertificateDigest {

    private static final Pattern WRITTEN = Pattern.compile("(?i)[0-9a-f]{2}(:?[0-9a-f]{2})+");
    private static final HexFormat COLONS = HexFormat.ofDelimiter(":").withUpperCase();

    private CertificateDigest() {}

    /** Of the whole certificate. @throws IllegalArgumentException the JDK has no such digest; the message names it */
    public static String ofCertificate(X509Certificate certificate, String algorithm) {
        try {
            return text(certificate.getEncoded(), algorithm);
        } catch (CertificateEncodingException e) {
            throw new IllegalArgumentException("a certificate that cannot be encoded: " + e.getMessage(), e);
        }
    }

    /** Of its public key, which outlives a renewal that keeps the key. @throws IllegalArgumentException the JDK has no such digest; the message names it */
    public static String ofKey(X509Certificate certificate, String algorithm) {
        return text(certificate.getPublicKey().getEncoded(), algorithm);
    }

    /** As an operator may write one, in small letters or without colons, in the form of these. Empty: it is none. */
    public static Optional<String> normal(String text) {
        String digest = text.strip();
        return WRITTEN.matcher(digest).matches() ? Optional.of(COLONS.formatHex(HexFormat.of().parseHex(digest.replace(":", "")))) : Optional.empty();
    }

    /** Whether there is such a digest. */
    public static boolean isKnown(String algorithm) {
        try {
            MessageDigest.getInstance(jdkName(algorithm));
            return true;
        } catch (NoSuchAlgorithmException _) {
            return false;
        }
    }

    private static String text(byte[] bytes, String algorithm) {
        try {
            return COLONS.formatHex(MessageDigest.getInstance(jdkName(algorithm)).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalArgumentException("unknown message digest \"" + algorithm + "\"", e);
        }
    }

    /** {@code sha256} is SHA-256 in the JDK, {@code sha512-256} SHA-512/256. */
    private static String jdkName(String algorithm) {
        String name = algorithm.strip().toUpperCase(Locale.ROOT);
        if (name.startsWith("SHA") && !name.startsWith("SHA-") && !name.startsWith("SHA3")) {
            name = "SHA-" + name.substring(3);
        }
        return name.startsWith("SHA-512-") ? name.replace("512-", "512/") : name;
    }
}
