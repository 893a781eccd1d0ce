// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;

/** OpenSSL's words for what JSSE negotiated, so that log analysers see what they know. Pure functions. */
final class CipherNames {

    private CipherNames() {}

    /** {@code TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384} is {@code ECDHE-RSA-AES256-GCM-SHA384}; names of TLS 1.3 stay. */
    static String openssl(String jsse) {
        int with = jsse.indexOf("_WITH_");
        if (with < 0) {
            return jsse;
        }
        String exchange = jsse.substring(4, with).replace("ECDH_anon", "AECDH").replace("DH_anon", "ADH").replace('_', '-');
        String cipher = jsse.substring(with + 6).replace("AES_128", "AES128").replace("AES_256", "AES256")
                .replace("CCM_8", "CCM8").replace("CAMELLIA_", "CAMELLIA").replace("ARIA_", "ARIA").replace("RC4_128", "RC4").replace("_CBC", "").replace("3DES_EDE", "DES-CBC3").replace("CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305").replace('_', '-');
        return exchange.equals("RSA") ? cipher : exchange + "-" + cipher;
    }

    /** Effective strength. */
    static int bits(String jsse) {
        return jsse.contains("3DES") ? 112 : algorithmBits(jsse);
    }

    static int algorithmBits(String jsse) {
        if (jsse.contains("_256") || jsse.contains("CHACHA20")) {
            return 256;
        }
        return jsse.contains("3DES") ? 168 : jsse.contains("_128") ? 128 : 0;
    }

    /**
     * What can be said of the signatures under TLS 1.3, where the certificate's key decides them: {@code server-signature ECDSA (prime256v1) server-digest SHA256}, and the same of the client's where it showed
     * a certificate. JSSE tells neither the key exchange group nor the digest of an RSA signature; Postfix too leaves out what it does not know. Empty for older versions, where the cipher's name says it.
     */
    static String signatures(String protocol, Certificate[] server, Certificate[] client) {
        if (!protocol.equals("TLSv1.3")) {
            return "";
        }
        String ofServer = signature("server", server);
        String ofClient = signature("client", client);
        return ofServer.isEmpty() || ofClient.isEmpty() ? ofServer + ofClient : ofServer + " " + ofClient;
    }

    private static String signature(String side, Certificate[] chain) {
        if (chain == null || chain.length == 0) {
            return "";
        }
        return switch (((X509Certificate) chain[0]).getPublicKey()) {
            case RSAPublicKey rsa -> side + "-signature RSA-PSS (" + rsa.getModulus().bitLength() + " bits)";
            case ECPublicKey ec -> switch (ec.getParams().getOrder().bitLength()) {
                case 256 -> side + "-signature ECDSA (prime256v1) " + side + "-digest SHA256";
                case 384 -> side + "-signature ECDSA (secp384r1) " + side + "-digest SHA384";
                case 521 -> side + "-signature ECDSA (secp521r1) " + side + "-digest SHA512";
                default -> "";
            };
            case EdECPublicKey ed -> side + "-signature " + ed.getParams().getName();
            default -> "";
        };
    }
}
