// SPDX-License-Identifier: Apache-2.0
package org.ostler.dane.verifier;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Matching types that are digests (RFC 6698 section 7.4). */
enum Digest {

    SHA256(1, 32, "SHA-256"),
    SHA512(2, 64, "SHA-512");

    private final int matchingType;
    /** Bytes. */
    final int length;
    private final String algorithm;

    Digest(int matchingType, int length, String algorithm) {
        this.matchingType = matchingType;
        this.length = length;
        this.algorithm = algorithm;
    }

    /** Null for a type that is none of these. */
    static Digest of(int matchingType) {
        return matchingType == 1 ? SHA256 : matchingType == 2 ? SHA512 : null;
    }

    /** By the word in {@code tls_dane_digests}, which may carry a number behind an equal sign; null for others. */
    static Digest named(String word) {
        String name = word.indexOf('=') < 0 ? word : word.substring(0, word.indexOf('='));
        return switch (name.toLowerCase(java.util.Locale.ROOT)) {
            case "sha256", "sha2-256" -> SHA256;
            case "sha512", "sha2-512" -> SHA512;
            default -> null;
        };
    }

    byte[] over(byte[] data) {
        try {
            return MessageDigest.getInstance(algorithm).digest(data);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm + " for matching type " + matchingType, e);
        }
    }
}
