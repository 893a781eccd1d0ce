// SPDX-License-Identifier: Apache-2.0
package org.ostler.sql.mariadb;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A private key in PEM: {@code PRIVATE KEY} (PKCS #8, any algorithm) or {@code RSA PRIVATE KEY} (PKCS #1), not encrypted. */
final class PemKey {

    private static final Pattern BLOCK = Pattern.compile("-----BEGIN (RSA )?PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END (RSA )?PRIVATE KEY-----");
    /** Version 0 and the algorithm rsaEncryption: what PKCS #8 puts before a PKCS #1 key (RFC 5208 section 5). */
    private static final byte[] RSA_PREFIX = {2, 1, 0, 0x30, 0x0d, 6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0};

    private PemKey() {}

    static PrivateKey read(Path file) throws IOException, GeneralSecurityException {
        Matcher block = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        if (!block.find()) {
            throw new InvalidKeyException("no unencrypted PRIVATE KEY or RSA PRIVATE KEY in " + file);
        }
        byte[] der = Base64.getMimeDecoder().decode(block.group(2));
        var spec = new PKCS8EncodedKeySpec(block.group(1) == null ? der : wrapped(der));
        for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (GeneralSecurityException e) {
                // Not one of this kind; the encoding says so only to the factory.
                continue;
            }
        }
        throw new InvalidKeyException("neither RSA, EC nor EdDSA: " + file);
    }

    private static byte[] wrapped(byte[] rsa) {
        var octets = new ByteArrayOutputStream();
        octets.writeBytes(RSA_PREFIX);
        element(octets, 4, rsa);
        var whole = new ByteArrayOutputStream();
        element(whole, 0x30, octets.toByteArray());
        return whole.toByteArray();
    }

    private static void element(ByteArrayOutputStream out, int tag, byte[] content) {
        out.write(tag);
        if (content.length < 128) {
            out.write(content.length);
        } else {
            out.write(0x82);
            out.write(content.length >> 8);
            out.write(content.length);
        }
        out.writeBytes(content);
    }
}
