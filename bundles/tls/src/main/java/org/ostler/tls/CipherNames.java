// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.OptionalInt;

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
     * How keys were agreed on under TLS 1.3: {@code key-exchange x25519}, by the names that OpenSSL has for groups.
     *
     * @param group by its number in the registry of IANA; one that nobody knows has no name here
     */
    static String keyExchange(OptionalInt group) {
        String name = switch (group.orElse(0)) {
            case 0x0017 -> "secp256r1";
            case 0x0018 -> "secp384r1";
            case 0x0019 -> "secp521r1";
            case 0x001d -> "x25519";
            case 0x001e -> "x448";
            case 0x0100 -> "ffdhe2048";
            case 0x0101 -> "ffdhe3072";
            case 0x0102 -> "ffdhe4096";
            case 0x0103 -> "ffdhe6144";
            case 0x0104 -> "ffdhe8192";
            case 0x11eb -> "SecP256r1MLKEM768";
            case 0x11ec -> "X25519MLKEM768";
            case 0x11ed -> "SecP384r1MLKEM1024";
            default -> "";
        };
        return name.isEmpty() ? "" : "key-exchange " + name;
    }

    /**
     * What can be said of a signature under TLS 1.3, where the certificate's key decides it: {@code server-signature ECDSA (prime256v1) server-digest SHA256}. JSSE does not tell the digest of an RSA
     * signature; Postfix too leaves out what it does not know.
     *
     * @param side {@code server} or {@code client}
     */
    static String signature(String side, Certificate[] chain) {
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
