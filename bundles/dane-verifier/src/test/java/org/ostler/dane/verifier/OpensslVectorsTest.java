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
import java.util.stream.Collectors;
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

    /** What is to become of a vector. */
    enum Fate { UNUSABLE, VERIFIED, REFUSED }

    @ParameterizedTest
    @MethodSource("vectors")
    void agrees(Vector vector) {
        Usable usable = Usable.of(vector.records, PREFERENCES);
        assertThat(fate(usable, vector)).as("%s, OpenSSL says %d", usable.notes(), vector.result).isEqualTo(expected(vector));
    }

    private static Fate fate(Usable usable, Vector vector) {
        if (usable.records().isEmpty()) {
            return Fate.UNUSABLE;
        }
        PeerVerdict verdict = new Verifier().verify(new Proof.Dane(usable.records(), List.of(vector.name)), vector.chain, new PeerVerifier.Context("smtp", Settings.of(Map.of()), NOW));
        return verdict instanceof PeerVerdict.Verified ? Fate.VERIFIED : Fate.REFUSED;
    }

    /** By the file alone: no part of the program says which records count. */
    private static Fate expected(Vector vector) {
        if (vector.records.stream().allMatch(record -> record.usage() < 2)) {
            return Fate.UNUSABLE;
        }
        // A wrong name is nothing that mail looks at with usage 3; OpenSSL does where it is not told otherwise.
        boolean nameless = vector.result == WRONG_NAME && vector.records.stream().allMatch(record -> record.usage() == Usable.END_ENTITY);
        return vector.result == OK || nameless ? Fate.VERIFIED : Fate.REFUSED;
    }

    /** 28 that OpenSSL verifies and the one of usage 3 with a wrong name; 4 that match nothing and 2 of usage 2 with a wrong name; 20 of usages 0 and 1. */
    @Test
    void every_vector_is_judged() throws IOException {
        assertThat(vectors().collect(Collectors.groupingBy(OpensslVectorsTest::expected, Collectors.counting())))
                .isEqualTo(Map.of(Fate.VERIFIED, 29L, Fate.REFUSED, 6L, Fate.UNUSABLE, 20L));
        // None has records of both sorts, of which OpenSSL might have matched the one that mail may not use.
        assertThat(vectors()).allMatch(vector -> vector.records.stream().map(record -> record.usage() < 2).distinct().count() == 1);
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
