// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.util.HashSet;
import java.util.Set;

/**
 * A JSSE cipher suite and the words by which OpenSSL's cipher lists mean it (openssl-ciphers(1)).
 *
 * @param jsse  its name in the JDK
 * @param words keywords and names that stand for it; none for suites of TLS 1.3, of which cipher lists do not speak
 * @param bits  strength, for sorting
 */
record CipherSuite(String jsse, Set<String> words, int bits) {

    static CipherSuite of(String jsse) {
        int with = jsse.indexOf("_WITH_");
        var words = new HashSet<String>();
        if (with > 0) {
            String exchange = jsse.substring(4, with);
            String cipher = jsse.substring(with + 6);
            words.add(jsse);
            words.add(CipherNames.openssl(jsse));
            exchange(exchange, words);
            cipher(cipher, words);
            hash(exchange, cipher, words);
        }
        return new CipherSuite(jsse, Set.copyOf(words), CipherNames.algorithmBits(jsse));
    }

    boolean isTls13() {
        return words.isEmpty();
    }

    boolean is(String word) {
        return words.contains(word);
    }

    private static void exchange(String exchange, Set<String> words) {
        switch (exchange.substring(0, exchange.indexOf('_') < 0 ? exchange.length() : exchange.indexOf('_'))) {
            case "ECDHE" -> add(words, "kECDHE kEECDH ECDHE EECDH ECDH");
            case "DHE" -> add(words, "kDHE kEDH DHE EDH DH");
            case "RSA" -> add(words, "kRSA RSA aRSA");
            case "ECDH" -> add(words, exchange.endsWith("anon") ? "AECDH kECDHE kEECDH ECDH aNULL" : "kECDH kECDHr kECDHe aECDH ECDH");
            case "DH" -> add(words, exchange.endsWith("anon") ? "ADH kDHE kEDH DH aNULL" : "kDH kDHr kDHd aDH DH");
            default -> words.add("k" + exchange); // PSK and Kerberos: nothing that this JDK speaks
        }
        if (exchange.endsWith("E_RSA")) {
            words.add("aRSA");
        } else if (exchange.endsWith("E_ECDSA")) {
            add(words, "aECDSA ECDSA");
        } else if (exchange.endsWith("E_DSS")) {
            add(words, "aDSS DSS");
        }
    }

    private static void cipher(String cipher, Set<String> words) {
        if (cipher.startsWith("NULL")) {
            add(words, "eNULL NULL COMPLEMENTOFALL");
            return;
        }
        words.add("ALL");
        words.add(words.contains("aNULL") ? "COMPLEMENTOFDEFAULT" : "DEFAULT");
        if (cipher.startsWith("AES_")) {
            add(words, "AES HIGH " + (cipher.startsWith("AES_128") ? "AES128" : "AES256"));
            if (cipher.contains("GCM")) {
                words.add("AESGCM");
            } else if (cipher.contains("CCM")) {
                words.add("AESCCM");
                if (cipher.endsWith("CCM_8")) {
                    words.add("AESCCM8");
                }
            }
        } else if (cipher.startsWith("CAMELLIA_") || cipher.startsWith("ARIA_")) {
            String kind = cipher.substring(0, cipher.indexOf('_'));
            add(words, "HIGH " + kind + " " + kind + (cipher.contains("_128_") ? "128" : "256"));
            if (kind.equals("ARIA") && cipher.contains("GCM")) {
                words.add("ARIAGCM");
            }
        } else if (cipher.startsWith("CHACHA20")) {
            add(words, "CHACHA20 HIGH");
        } else if (cipher.startsWith("3DES")) {
            add(words, "3DES MEDIUM");
        } else if (cipher.startsWith("RC4_128")) {
            add(words, "RC4 MEDIUM");
        } else {
            add(words, cipher.startsWith("DES_CBC") ? "DES LOW" : "EXPORT LOW");
        }
    }

    /** The version is that of the first TLS that has the suite; {@code SHA256} and {@code SHA384} mean the code over each record, which GCM has not. */
    private static void hash(String exchange, String cipher, Set<String> words) {
        boolean sealed = cipher.contains("_GCM_") || cipher.startsWith("CHACHA20") || cipher.contains("_CCM");
        if (sealed || cipher.endsWith("SHA256") || cipher.endsWith("SHA384")) {
            words.add("TLSv1.2");
        } else {
            words.add(exchange.startsWith("ECDH") ? "TLSv1.0" : "SSLv3");
            words.add("TLSv1");
        }
        if (cipher.endsWith("_MD5")) {
            words.add("MD5");
        } else if (cipher.endsWith("_SHA")) {
            add(words, "SHA SHA1");
        } else if (!sealed) {
            words.add(cipher.substring(cipher.lastIndexOf('_') + 1));
        }
    }

    private static void add(Set<String> to, String words) {
        to.addAll(Set.of(words.split(" ")));
    }
}
