// SPDX-License-Identifier: Apache-2.0
package org.ostler.dane.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.spi.PeerVerifier;

/**
 * OpenSSL's own DANE tests (see {@code openssl-dane/README.md}), held to the rules of RFC 7672: usages 0 and 1 are unusable for mail, and names are never checked for usage 3.
 */
class OpensslVectorsTest {

    /** Within the vectors' own dates, which end in 3015; some certificates expired in 2015. */
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final int OK = 0;
    private static final int WRONG_NAME = 62;
    private static final List<String> PREFERENCES = List.of("sha256", "sha512");

    record Vector(String file, int number, List<Tlsa> records, List<X509Certificate> chain, boolean withoutNames, int result, String name) {
        @Override
        public String toString() {
            return file + " " + number + " " + records.stream().map(Usable::brief).toList();
        }
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void agrees(Vector vector) {
        Usable usable = Usable.of(vector.records, PREFERENCES);
        boolean pkix = vector.records.stream().anyMatch(record -> record.usage() < 2);
        boolean expected = vector.result == OK;
        if (usable.records().isEmpty()) {
            assertThat(pkix || !expected).as("records that nobody may use: %s", usable.notes()).isTrue();
            return;
        }
        PeerVerdict verdict = new Verifier().verify(new Proof.Dane(usable.records(), List.of(vector.name)), vector.chain, new PeerVerifier.Context("smtp", Settings.of(Map.of()), NOW));
        if (pkix && !(verdict instanceof PeerVerdict.Verified)) {
            return; // OpenSSL may have matched a record that mail must not use
        }
        boolean byName = !vector.withoutNames && usable.records().stream().anyMatch(record -> record.usage() == Usable.END_ENTITY);
        if (byName && vector.result == WRONG_NAME) {
            expected = true; // a wrong name, which mail does not look at for usage 3
        }
        assertThat(verdict instanceof PeerVerdict.Verified).as("%s, OpenSSL says %d", verdict, vector.result).isEqualTo(expected);
    }

    @Test
    void most_of_the_vectors_are_of_use() throws IOException {
        List<Vector> all = vectors().toList();
        assertThat(all).hasSize(55);
        assertThat(all.stream().filter(v -> !Usable.of(v.records, PREFERENCES).records().isEmpty()).count()).isGreaterThanOrEqualTo(34);
    }

    static Stream<Vector> vectors() throws IOException {
        return Stream.concat(read("danetest.in", "example.com").stream(), read("dane-cross.in", "server.example").stream());
    }

    private static List<Vector> read(String file, String name) throws IOException {
        var vectors = new ArrayList<Vector>();
        try (var in = new BufferedReader(new InputStreamReader(OpensslVectorsTest.class.getResourceAsStream("/openssl-dane/" + file), StandardCharsets.US_ASCII))) {
            for (String line = next(in); line != null; line = next(in)) {
                String[] head = line.split("\\s+");
                var records = new ArrayList<Tlsa>();
                for (int i = 0; i < Integer.parseInt(head[0]); i++) {
                    records.add(tlsa(next(in)));
                }
                var chain = new ArrayList<X509Certificate>();
                for (int i = 0; i < Integer.parseInt(head[1]); i++) {
                    chain.add(certificate(in));
                }
                vectors.add(new Vector(file, vectors.size() + 1, records, chain, head[2].equals("1"), Integer.parseInt(head[3]), name));
            }
        }
        return vectors;
    }

    private static String next(BufferedReader in) throws IOException {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (!line.isBlank() && !line.startsWith("#")) {
                return line.strip();
            }
        }
        return null;
    }

    private static Tlsa tlsa(String line) {
        String[] parts = line.split("\\s+", 4);
        byte[] data = parts.length < 4 ? new byte[0] : HexFormat.of().parseHex(parts[3].replace(" ", ""));
        return new Tlsa(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]), data);
    }

    private static X509Certificate certificate(BufferedReader in) throws IOException {
        var pem = new StringBuilder();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (!pem.isEmpty() || line.startsWith("-----BEGIN")) {
                pem.append(line).append('\n');
            }
            if (line.startsWith("-----END")) {
                break;
            }
        }
        byte[] bytes = pem.toString().getBytes(StandardCharsets.US_ASCII);
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(bytes));
        } catch (CertificateException _) {
            // Without subject and issuer: the JDK refuses such a certificate, other TLS engines do not.
            try {
                return (X509Certificate) CertificateFactory.getInstance("X.509", new BouncyCastleProvider()).generateCertificate(new ByteArrayInputStream(bytes));
            } catch (CertificateException e) {
                throw new IOException(e);
            }
        }
    }
}
