// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.finger;

import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/** Certificates of strangers as OpenSSL shows them. Pure functions. */
final class Certificates {

    /** Attributes that RFC 2253 has no word for. */
    private static final Map<String, String> WORDS = Map.of("1.2.840.113549.1.9.1", "emailAddress", "2.5.4.5", "serialNumber", "2.5.4.4", "SN", "2.5.4.42", "GN", "2.5.4.12", "title");
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

    private Certificates() {}

    /** {@code /O=Example/CN=mx.example.org}. */
    static String oneLine(X500Principal name) {
        var out = new StringBuilder();
        for (Rdn part : parts(name)) {
            out.append('/').append(part.getType()).append('=').append(value(part));
        }
        return printable(out.toString());
    }

    /** The common name; of one without: the organisation, as Postfix has it for issuers where {@code orElse} says so. */
    static String common(X500Principal name, String orElse) {
        List<Rdn> parts = parts(name).reversed();
        return printable(parts.stream().filter(part -> part.getType().equalsIgnoreCase("CN")).findFirst()
                .or(() -> parts.stream().filter(part -> part.getType().equalsIgnoreCase(orElse)).findFirst()).map(Certificates::value).orElse(""));
    }

    private static List<Rdn> parts(X500Principal name) {
        try {
            return new LdapName(name.getName(X500Principal.RFC2253, WORDS)).getRdns();
        } catch (InvalidNameException _) {
            return List.of();
        }
    }

    private static String value(Rdn part) {
        return part.getValue() instanceof byte[] bytes ? "#" + java.util.HexFormat.of().formatHex(bytes) : String.valueOf(part.getValue());
    }

    /** PEM, with a line end behind the last line. */
    static String pem(X509Certificate certificate) {
        try {
            return "-----BEGIN CERTIFICATE-----\n" + LINES.encodeToString(certificate.getEncoded()) + "\n-----END CERTIFICATE-----\n";
        } catch (CertificateEncodingException e) {
            return "";
        }
    }

    /** What would steer a terminal becomes a question mark. */
    static String printable(String text) {
        return org.ostler.mail.log.MailLog.printable(text);
    }
}
