// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.ostler.mail.config.Settings;

/** Scripts of sessions with TLS, for {@link FakeServer}, and the certificate of its side: for mx.example.test, signed by itself. */
final class Sessions {

    static final String OFFERS = """
            S: 220 mx ESMTP
            C: EHLO *
            S: 250-mx
            S: 250 STARTTLS
            """;
    static final String OFFERS_NOTHING = """
            S: 220 mx ESMTP
            C: EHLO *
            S: 250-mx
            S: 250 PIPELINING
            """;
    static final String ENCRYPTED = """
            C: STARTTLS
            S: 220 go ahead
            TLS
            C: EHLO *
            S: 250-mx
            S: 250 PIPELINING
            """;
    static final String TAKES = """
            C: MAIL *
            C: RCPT *
            C: DATA
            S: 250 ok
            S: 250 ok
            S: 354 go
            CONTENT
            S: 250 2.0.0 taken
            """;
    static final String QUIT = "C: QUIT\n";

    private Sessions() {}

    /** Settings with the certificate, put into a directory. */
    static Settings server(Path dir) throws IOException {
        for (String name : List.of("rsa-cert.pem", "rsa-pkcs8.pem")) {
            try (var in = Sessions.class.getResourceAsStream(name)) {
                Files.copy(in, dir.resolve(name));
            }
        }
        return Settings.of(Map.of("smtpd_tls_cert_file", dir.resolve("rsa-cert.pem").toString(), "smtpd_tls_key_file", dir.resolve("rsa-pkcs8.pem").toString()));
    }
}
