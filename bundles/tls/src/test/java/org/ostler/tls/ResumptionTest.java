// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.Arguments.ArgumentSet;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.tck.Certificates;
import org.ostler.mail.tck.Certificates.Identity;
import org.ostler.mail.tls.CertificateDigest;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsLevel;

/** The same policy resumes; any difference does not. Bouncy Castle's engine resumes TLS 1.2 only. */
@Timeout(60)
@ParameterizedClass
@ValueSource(strings = {"jsse", "bc"})
class ResumptionTest {

    @Parameter String engine;
    @TempDir Path dir;
    private Identity server;
    private Pair pair;

    @BeforeEach
    void start() throws Exception {
        server = Certificates.server("mx.example.test").selfSigned();
        pair = new Pair().by(engine);
        pair.protocols = engine.equals("bc") ? "TLSv1.2" : ">=TLSv1.2";
        pair.server.put("smtpd_tls_chain_files", server.chainFile(dir.resolve("server.pem")).toString());
        pair.client.put("smtp_tls_session_cache_database", "btree:${data_directory}/smtp_scache");
        pair.client.put("lmtp_tls_session_cache_database", "btree:${data_directory}/lmtp_scache");
    }

    @AfterEach
    void stop() throws Exception {
        pair.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void the_same_policy_resumes_and_both_sides_know(String version) throws Exception {
        pair.protocols = version;
        Pair.Both first = pair.connect();
        assertThat(first.client().resumed()).isFalse();
        assertThat(first.server().resumed()).isFalse();
        Pair.Both second = pair.connect();
        if (engine.equals("bc") && version.equals("TLSv1.3")) {
            assertThat(second.client().resumed() || second.server().resumed()).as("it knows no tickets").isFalse();
            return;
        }
        assertThat(second.client().resumed()).isTrue();
        assertThat(second.server().resumed()).isTrue();
        assertThat(second.client().chain()).isEqualTo(first.client().chain());
        assertThat(pair.connect().client().resumed()).isTrue();
    }

    interface Change {
        void in(Pair pair);
    }

    static Stream<ArgumentSet> differences() {
        return Stream.of(
                Arguments.argumentSet("level", (Change) pair -> pair.level = TlsLevel.MAY),
                Arguments.argumentSet("host", (Change) pair -> pair.host = "mx2.example.test"),
                Arguments.argumentSet("server name", (Change) pair -> pair.serverName = "example.test"),
                Arguments.argumentSet("prefix", (Change) pair -> pair.prefix = "lmtp"),
                Arguments.argumentSet("protocols", (Change) pair -> pair.protocols = ">=TLSv1.1"),
                Arguments.argumentSet("grade", (Change) pair -> pair.grade = "high"),
                Arguments.argumentSet("exclusions", (Change) pair -> pair.exclude = "MD5"),
                Arguments.argumentSet("proof", (Change) pair -> pair.proof = new Proof.Fingerprints("sha256", List.of("00:11"))),
                Arguments.argumentSet("names", (Change) pair -> pair.proof = new Proof.Authority(List.of("example.test"), List.of(), false)),
                Arguments.argumentSet("cipher list", (Change) pair -> pair.client.put("tls_medium_cipherlist", "HIGH")),
                Arguments.argumentSet("lifetime", (Change) pair -> pair.client.put("smtp_tls_session_cache_timeout", "3601s")),
                Arguments.argumentSet("no cache", (Change) pair -> pair.client.remove("smtp_tls_session_cache_database")));
    }

    @ParameterizedTest
    @MethodSource("differences")
    void any_difference_makes_a_new_session(Change change) throws Exception {
        pair.connect();
        assertThat(pair.connect().client().resumed()).as("without a difference").isTrue();
        change.in(pair);
        assertThat(pair.connect().client().resumed()).isFalse();
    }

    private static final byte[] DIGEST = {1, 2, 3};

    static Stream<ArgumentSet> otherRecords() {
        return Stream.of(
                Arguments.argumentSet("another key", dane(List.of(new Tlsa(3, 1, 1, new byte[] {1, 2, 4})), "mx.example.test")),
                Arguments.argumentSet("another usage", dane(List.of(new Tlsa(2, 1, 1, DIGEST)), "mx.example.test")),
                Arguments.argumentSet("one more", dane(List.of(new Tlsa(3, 1, 1, DIGEST), new Tlsa(3, 1, 1, new byte[] {1, 2, 4})), "mx.example.test")),
                Arguments.argumentSet("another name", dane(List.of(new Tlsa(3, 1, 1, DIGEST)), "mx2.example.test")));
    }

    private static Proof dane(List<Tlsa> records, String name) {
        return new Proof.Dane(records, List.of(name));
    }

    @ParameterizedTest
    @MethodSource("otherRecords")
    void other_TLSA_records_make_a_new_session(Proof others) throws Exception {
        // What records prove is the bundle dane-verifier's; here they only tell one policy from another.
        pair.clientTls.bindVerifier((_, _, _) -> new PeerVerdict.Verified("a stand-in"), "dane");
        pair.level = TlsLevel.DANE;
        pair.proof = dane(List.of(new Tlsa(3, 1, 1, DIGEST)), "mx.example.test");
        pair.connect();
        pair.proof = dane(List.of(new Tlsa(3, 1, 1, DIGEST.clone())), "mx.example.test");
        assertThat(pair.connect().client().resumed()).as("the same records, looked up again").isTrue();
        pair.proof = others;
        assertThat(pair.connect().client().resumed()).isFalse();
        assertThat(pair.connect().client().resumed()).as("those under their own policy").isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void without_a_cache_nothing_is_resumed(String version) throws Exception {
        pair.client.clear();
        pair.protocols = version;
        for (int i = 0; i < 3; i++) {
            assertThat(pair.connect().client().resumed()).isFalse();
        }
    }

    @Test
    void a_resumed_session_is_judged_again() throws Exception {
        String digest = CertificateDigest.ofKey(server.certificate(), "sha256");
        pair.level = TlsLevel.FINGERPRINT;
        pair.proof = new Proof.Fingerprints("sha256", List.of(digest));
        assertThat(pair.connect().client().verdict()).isInstanceOf(PeerVerdict.Verified.class);
        // The verifier that comes in the meantime is stricter.
        pair.clientTls.bindVerifier((_, _, _) -> new PeerVerdict.Untrusted("changed my mind", org.ostler.mail.tls.TlsResult.VALIDATION_FAILURE), "fingerprints");
        Pair.Both second = pair.connect();
        assertThat(second.client().resumed()).isTrue();
        assertThat(second.client().verdict()).isInstanceOf(PeerVerdict.Untrusted.class);
    }

    @Test
    void a_server_with_lifetime_0_or_without_tickets_does_not_resume() throws Exception {
        for (String version : engine.equals("bc") ? List.of("TLSv1.2") : List.of("TLSv1.2", "TLSv1.3")) {
            pair.protocols = version;
            for (var parameter : List.of(List.of("smtpd_tls_session_cache_timeout", "0"), List.of("tls_ssl_options", "NO_TICKET"))) {
                pair.server.put(parameter.get(0), parameter.get(1));
                pair.connect();
                assertThat(pair.connect().server().resumed()).as(version + " " + parameter).isFalse();
                pair.server.remove(parameter.get(0));
            }
            pair.connect();
            assertThat(pair.connect().server().resumed()).as(version).isTrue();
        }
    }

    @Test
    void new_certificates_end_old_sessions() throws Exception {
        pair.connect();
        Identity next = Certificates.server("mx.example.test").selfSigned();
        next.chainFile(dir.resolve("server.pem"));
        Pair.Both after = pair.connect();
        assertThat(after.client().resumed()).isFalse();
        assertThat(after.client().chain()).containsExactly(next.certificate());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void new_certificates_break_no_open_connection(String version) throws Exception {
        pair.protocols = version;
        Pair.Both open = pair.open();
        try (Socket client = open.client().socket(); Socket mx = open.server().socket()) {
            exchange(client, mx, "before");
            Identity next = Certificates.server("mx.example.test").selfSigned();
            next.chainFile(dir.resolve("server.pem"));
            assertThat(pair.connect().client().chain()).containsExactly(next.certificate());
            exchange(client, mx, "after");
            assertThat(open.client().chain()).containsExactly(server.certificate());
        }
    }

    private static void exchange(Socket client, Socket mx, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        client.getOutputStream().write(bytes);
        assertThat(mx.getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
        mx.getOutputStream().write(bytes);
        assertThat(client.getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
    }
}
