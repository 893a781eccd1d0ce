// SPDX-License-Identifier: Apache-2.0
package org.ostler.dane.verifier;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.util.List;
import java.util.Optional;

/** Keys and certificates from the bytes of a record. Hostile input; nothing is thrown. */
final class Keys {

    private static final List<String> ALGORITHMS = List.of("EC", "RSA", "EdDSA", "DSA");

    private Keys() {}

    /** A SubjectPublicKeyInfo in DER, with nothing behind it. */
    static Optional<PublicKey> read(byte[] der) {
        for (String algorithm : ALGORITHMS) {
            try {
                return Optional.of(KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der)));
            } catch (GeneralSecurityException | RuntimeException _) {
                // another algorithm's, or no key
            }
        }
        return Optional.empty();
    }

    /** One certificate in DER, with nothing behind it. */
    static Optional<X509Certificate> certificate(byte[] der) {
        try {
            var in = new ByteArrayInputStream(der);
            var certificate = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
            return in.available() == 0 ? Optional.of(certificate) : Optional.empty();
        } catch (CertificateException | RuntimeException _) {
            return Optional.empty();
        }
    }
}
