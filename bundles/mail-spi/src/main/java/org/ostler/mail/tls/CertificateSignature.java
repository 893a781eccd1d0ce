// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.security.spec.PSSParameterSpec;
import java.util.Locale;

/** What the signature of a certificate is worth. Pure function over hostile input. */
public final class CertificateSignature {

    /** RSASSA-PSS, whose name says nothing of the digest (RFC 4055 section 3.1). */
    private static final String PSS = "1.2.840.113549.1.1.10";

    private CertificateSignature() {}

    /** By SHA-1, which proves nothing. The JDK refuses that below the authorities of its own list only; OpenSSL below any. */
    public static boolean isWeak(X509Certificate certificate) {
        return certificate.getSigAlgOID().equals(PSS) ? isWeak(certificate.getSigAlgParams()) : isSha1(certificate.getSigAlgName());
    }

    private static boolean isWeak(byte[] pss) {
        if (pss == null) {
            return true; // the digest by default is SHA-1
        }
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("RSASSA-PSS");
            parameters.init(pss);
            return isSha1(parameters.getParameterSpec(PSSParameterSpec.class).getDigestAlgorithm());
        } catch (GeneralSecurityException | IOException _) {
            return true; // nobody can tell what it is by
        }
    }

    private static boolean isSha1(String name) {
        return name.toUpperCase(Locale.ROOT).replace("-", "").startsWith("SHA1");
    }
}
