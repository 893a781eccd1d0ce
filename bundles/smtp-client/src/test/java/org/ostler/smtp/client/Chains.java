// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import org.ostler.mail.tck.Certificates;

/** Certificates of servers and authorities for tests, and the TLSA records that name them. */
final class Chains {

    /** A certificate with the key that it is for. */
    record Identity(Certificates.Identity made) {

        /** {@code 2 1 1 0123abcd}; matching types 0 and 1. */
        String tlsa(int usage, int selector, int type) throws Exception {
            X509Certificate certificate = made.certificate();
            byte[] data = selector == 1 ? certificate.getPublicKey().getEncoded() : certificate.getEncoded();
            byte[] shown = type == 0 ? data : MessageDigest.getInstance("SHA-256").digest(data);
            return usage + " " + selector + " " + type + " " + HexFormat.of().formatHex(shown);
        }

        /** In the form of smtpd_tls_chain_files. */
        Path chain(Path dir, Identity... issuers) throws Exception {
            return made.chainFile(Files.createTempFile(dir, "chain", ".pem"), Arrays.stream(issuers).map(Identity::made).toArray(Certificates.Identity[]::new));
        }

        Path file(Path dir) throws Exception {
            return made.certificateFile(Files.createTempFile(dir, "certificate", ".pem"));
        }
    }

    private Chains() {}

    /** @param issuer null: itself */
    static Identity authority(String name, Identity issuer) throws Exception {
        return made(Certificates.authority(name), issuer);
    }

    static Identity server(Identity issuer, String... hosts) throws Exception {
        return made(Certificates.server(hosts).called("a server"), issuer);
    }

    static Identity expired(Identity issuer, String... hosts) throws Exception {
        return made(Certificates.server(hosts).called("an old server").expired(), issuer);
    }

    private static Identity made(Certificates what, Identity issuer) throws Exception {
        return new Identity(issuer == null ? what.selfSigned() : what.signedBy(issuer.made));
    }
}
