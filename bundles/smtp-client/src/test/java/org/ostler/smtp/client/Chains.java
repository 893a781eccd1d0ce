// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HexFormat;
import org.ostler.mail.tck.Certificates;

/** Certificates of servers and authorities for tests, and the TLSA records that name them. */
final class Chains {

    /** A certificate with the key that it is for. */
    record Identity(X509Certificate certificate, KeyPair keys) {

        /** {@code 2 1 1 0123abcd}; matching types 0 and 1. */
        String tlsa(int usage, int selector, int type) throws Exception {
            byte[] data = selector == 1 ? certificate.getPublicKey().getEncoded() : certificate.getEncoded();
            byte[] shown = type == 0 ? data : MessageDigest.getInstance("SHA-256").digest(data);
            return usage + " " + selector + " " + type + " " + HexFormat.of().formatHex(shown);
        }

        /** In the form of smtpd_tls_chain_files. */
        Path chain(Path dir, Identity... issuers) throws Exception {
            var text = new StringBuilder(pem("PRIVATE KEY", keys.getPrivate().getEncoded())).append(certificates(this));
            return Files.writeString(Files.createTempFile(dir, "chain", ".pem"), text.append(certificates(issuers)));
        }

        Path file(Path dir) throws Exception {
            return Files.writeString(Files.createTempFile(dir, "certificate", ".pem"), certificates(this));
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
        Certificates.Identity made = issuer == null ? what.selfSigned() : what.signedBy(new Certificates.Identity(issuer.certificate, issuer.keys));
        return new Identity(made.certificate(), made.keys());
    }

    private static String certificates(Identity... all) throws Exception {
        var text = new StringBuilder();
        for (Identity each : all) {
            text.append(pem("CERTIFICATE", each.certificate.getEncoded()));
        }
        return text.toString();
    }

    private static String pem(String label, byte[] der) throws IOException {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
    }
}
