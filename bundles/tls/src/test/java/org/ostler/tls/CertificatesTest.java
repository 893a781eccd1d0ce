// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.tck.Certificates;
import org.ostler.mail.tck.Certificates.Identity;
import org.ostler.mail.tls.CertificateDigest;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsResult;
import org.ostler.tls.bc.BouncyCastleEngine;

/** Which certificates are shown, and what becomes of those that are seen, between two Ostlers: by the JDK's TLS and by Bouncy Castle's. */
@Timeout(60)
@ParameterizedClass
@ValueSource(strings = {"jsse", "bc"})
class CertificatesTest {

    @Parameter String engine;
    @TempDir Path dir;
    private Identity root;
    private Identity server;
    private Pair pair;

    @BeforeEach
    void start() throws Exception {
        root = Certificates.authority("root").selfSigned();
        server = Certificates.server("mx.example.test").signedBy(root);
        pair = new Pair().by(engine);
        pair.server.put("smtpd_tls_chain_files", server.chainFile(dir.resolve("server.pem")).toString());
        root.certificateFile(dir.resolve("root.pem"));
    }

    @AfterEach
    void stop() throws Exception {
        pair.close();
    }

    private void client(Identity identity) throws Exception {
        pair.client.put("smtp_tls_chain_files", identity.chainFile(dir.resolve("client.pem")).toString());
    }

    @Test
    void the_verdict_is_by_the_proof_and_no_certificate_breaks_a_handshake() throws Exception {
        assertThat(pair.connect().client().trust()).isEqualTo("Untrusted");
        pair.client.put("smtp_tls_CAfile", dir.resolve("root.pem").toString());
        assertThat(pair.connect().client().trust()).as("nothing is asked: the log tells all the same").isEqualTo("Trusted");
        pair.level = TlsLevel.VERIFY;
        pair.proof = new Proof.Authority(List.of("mx.example.test"), List.of(), false);
        assertThat(pair.connect().client().trust()).isEqualTo("Verified");
        pair.proof = new Proof.Authority(List.of("example.test"), List.of(), false);
        assertThat(pair.connect().client().trust()).isEqualTo("Trusted");
        Certificates.server("mx.example.test").expired().signedBy(root).chainFile(dir.resolve("server.pem"));
        assertThat(pair.connect().client().verdict()).isInstanceOfSatisfying(PeerVerdict.Untrusted.class, v -> assertThat(v.result()).isEqualTo(TlsResult.CERTIFICATE_EXPIRED));
    }

    @Test
    void a_proof_that_nobody_can_judge_is_trouble_and_never_a_pass() throws Exception {
        var lonely = new JsseTls(InstantSource.system(), Duration.ZERO);
        try (var other = new Pair(lonely, Pair.wired()).by(engine)) {
            lonely.bindEngine(new BouncyCastleEngine(), "bc");
            other.server.putAll(pair.server);
            other.proof = new Proof.Dane(List.of(new Tlsa(3, 1, 1, new byte[32])), List.of("mx.example.test"));
            assertThat(other.connect().client().verdict()).as("nothing but a report depends on it").isInstanceOf(PeerVerdict.Unjudged.class);
            other.level = TlsLevel.DANE;
            assertThatThrownBy(other::connect).isInstanceOf(IOException.class).hasMessageContaining("the verifier of certificates by dane is not available").hasCauseInstanceOf(UnavailableException.class);
            lonely.bindVerifier((_, chain, _) -> new PeerVerdict.Verified("chain of " + chain.size()), "dane");
            assertThat(other.connect().client().verdict()).isEqualTo(new PeerVerdict.Verified("chain of 1"));
            lonely.bindVerifier((_, _, _) -> {
                throw new IllegalStateException("a bug");
            }, "dane");
            assertThatThrownBy(other::connect).as("\"no record matches\" would be an answer").isInstanceOf(IOException.class).hasMessageContaining("could not be judged").hasCauseInstanceOf(UnavailableException.class);
            other.level = TlsLevel.MAY;
            assertThat(other.connect().client().verdict()).isInstanceOf(PeerVerdict.Unjudged.class);
        }
    }

    @Test
    void a_client_s_certificate_is_judged_and_its_fingerprints_are_told() throws Exception {
        Identity client = Certificates.server("client.example.test").signedBy(root);
        client(client);
        assertThat(pair.connect().server().trust()).as("not asked for").isEqualTo("Anonymous");
        pair.server.put("smtpd_tls_ask_ccert", "yes");
        assertThat(pair.connect().server().trust()).isEqualTo("Untrusted");
        pair.server.put("smtpd_tls_CAfile", dir.resolve("root.pem").toString());
        Pair.Both both = pair.connect();
        assertThat(both.server().trust()).isEqualTo("Trusted");
        assertThat(both.server().details()).contains("server-signature ECDSA (prime256v1) server-digest SHA256 client-signature ECDSA (prime256v1) client-digest SHA256");
        assertThat(both.server().fingerprints("sha256")).containsExactly(CertificateDigest.ofCertificate(client.certificate(), "sha256"), CertificateDigest.ofKey(client.certificate(), "sha256"));
        pair.client.clear();
        assertThat(pair.connect().server().trust()).isEqualTo("Anonymous");
    }

    @Test
    void the_client_takes_up_new_files() throws Exception {
        pair.server.put("smtpd_tls_ask_ccert", "yes");
        Identity first = Certificates.server("client.example.test").signedBy(root);
        client(first);
        assertThat(pair.connect().server().chain()).containsExactly(first.certificate());
        Identity second = Certificates.server("client.example.test").rsa().signedBy(root);
        client(second);
        assertThat(pair.connect().server().chain()).containsExactly(second.certificate());
        Files.writeString(dir.resolve("client.pem"), "torn");
        assertThat(pair.connect().server().chain()).as("the last good one stays").containsExactly(second.certificate());
    }

    @Test
    void where_TLS_is_mandatory_req_ccert_asks_for_a_certificate_and_elsewhere_it_counts_for_nothing() throws Exception {
        pair.server.putAll(Map.of("smtpd_tls_security_level", "encrypt", "smtpd_tls_req_ccert", "yes", "smtpd_tls_CAfile", dir.resolve("root.pem").toString()));
        client(Certificates.server("client.example.test").selfSigned());
        assertThat(pair.connect().server().verdict()).isEqualTo(new PeerVerdict.Untrusted("self-signed certificate", TlsResult.CERTIFICATE_NOT_TRUSTED));
        client(Certificates.server("client.example.test").signedBy(root));
        assertThat(pair.connect().server().trust()).isEqualTo("Trusted");
        pair.server.put("smtpd_tls_security_level", "may");
        assertThat(pair.connect().server().trust()).as("not asked for").isEqualTo("Anonymous");
        for (Map<String, String> words : List.of(Map.of("smtpd_tls_wrappermode", "Yes"), Map.of("smtpd_tls_security_level", "Encrypt"), Map.of("smtpd_tls_security_level", "", "smtpd_enforce_tls", "YES"))) {
            pair.server.putAll(Map.of("smtpd_tls_wrappermode", "no", "smtpd_tls_security_level", "may"));
            pair.server.putAll(words);
            assertThat(pair.connect().server().trust()).as(words.toString()).isEqualTo("Trusted");
        }
    }

    @Test
    void a_certificate_that_nobody_is_there_to_judge_is_not_called_bad() throws Exception {
        var lonely = new JsseTls(InstantSource.system(), Duration.ZERO);
        try (var other = new Pair(Pair.wired(), lonely).by(engine)) {
            lonely.bindEngine(new BouncyCastleEngine(), "bc");
            other.server.putAll(pair.server);
            other.server.putAll(Map.of("smtpd_tls_ask_ccert", "yes", "smtpd_tls_CAfile", dir.resolve("root.pem").toString()));
            other.client.put("smtp_tls_chain_files", Certificates.server("client.example.test").signedBy(root).chainFile(dir.resolve("client.pem")).toString());
            assertThat(other.connect().server().verdict()).isInstanceOf(PeerVerdict.Unjudged.class);
        }
    }

    /** Keys and what they stand for. A value that begins with "?" is a table that cannot answer. */
    private record Map2Tables(Map<String, String> entries) implements Tables {

        @Override
        public TableList open(String maps, String title) {
            return new TableList() {
                @Override
                public Answer find(String key) {
                    String value = entries.get(key);
                    return value == null ? Answer.NOT_FOUND : value.startsWith("?") ? Answer.unavailable(value) : Answer.found(value);
                }

                @Override
                public Answer findExact(String key) {
                    return find(key);
                }

                @Override
                public boolean isEmpty() {
                    return false;
                }

                @Override
                public String text() {
                    return maps;
                }
            };
        }

        @Override
        public List<String> check(String maps, String title) {
            return List.of();
        }
    }

    @Test
    void the_name_that_a_client_asks_for_chooses_the_certificate() throws Exception {
        Identity own = Certificates.server("own.test").signedBy(root);
        Identity parent = Certificates.server("*.parent.test").rsa().signedBy(root);
        var entries = new HashMap<String, String>();
        String pem = Files.readString(own.chainFile(dir.resolve("own.pem")));
        entries.put("own.test", Base64.getMimeEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII)));
        entries.put(".parent.test", parent.chainFile(dir.resolve("parent.pem")).toString());
        entries.put("broken.test", "not PEM");
        entries.put("away.test", "?database down");
        pair.serverTls.bindTables(new Map2Tables(entries));
        pair.server.put("tls_server_sni_maps", "lmdb:/etc/postfix/sni");
        assertThat(shown("OWN.test")).contains(own.certificate());
        assertThat(shown("a.b.parent.test")).contains(parent.certificate());
        assertThat(shown("unknown.test")).contains(server.certificate());
        assertThat(shown("")).contains(server.certificate());
        assertThatThrownBy(() -> shown("away.test")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> shown("broken.test")).isInstanceOf(IOException.class);
        Identity renewed = Certificates.server("*.parent.test").signedBy(root);
        renewed.chainFile(dir.resolve("parent.pem"));
        assertThat(shown("x.parent.test")).contains(renewed.certificate());
        Files.writeString(dir.resolve("parent.pem"), "torn");
        assertThat(shown("x.parent.test")).as("the last good one stays").contains(renewed.certificate());
        Files.delete(dir.resolve("parent.pem"));
        assertThat(shown("x.parent.test")).contains(renewed.certificate());
        parent.chainFile(dir.resolve("parent.pem"));
        assertThat(shown("x.parent.test")).contains(parent.certificate());
    }

    /** Services with the same certificates share what was loaded for the first of them. */
    @Test
    void what_is_said_of_a_session_has_the_name_of_its_own_service() throws Exception {
        pair.serverTls.bindTables(new Map2Tables(Map.of()));
        pair.server.put("tls_server_sni_maps", "lmdb:/etc/postfix/sni");
        var lines = new java.util.concurrent.CopyOnWriteArrayList<String>();
        try (AutoCloseable _ = MailLog.attach((_, _, tag, text) -> lines.add(tag + ": " + text))) {
            for (String name : List.of("postfix", "postfix/submission")) {
                pair.server.put("syslog_name", name);
                shown("unknown.test");
            }
        }
        assertThat(lines).contains("postfix/smtpd: TLS SNI unknown.test from client.test[192.0.2.1] not matched, using default chain", "postfix/submission/smtpd: TLS SNI unknown.test from client.test[192.0.2.1] not matched, using default chain");
    }

    @Test
    void no_client_is_told_to_begin_where_the_certificate_cannot_be_loaded() throws Exception {
        assertThat(isReady()).isTrue();
        Path file = dir.resolve("nowhere.pem");
        pair.server.put("smtpd_tls_chain_files", file.toString());
        assertThat(isReady()).isFalse();
        assertThatThrownBy(pair::connect).satisfies(e -> assertThat(e.getSuppressed()).extracting(Throwable::getMessage)
                .contains("cannot load certificate or key from " + file + ": No such file or directory"));
        server.chainFile(file);
        assertThat(isReady()).isTrue();
        Files.writeString(file, "torn");
        assertThat(isReady()).as("the last good one stays").isTrue();
        pair.server.put("smtpd_tls_ciphers", "finest");
        assertThat(isReady()).as("no such grade").isFalse();
        pair.server.put("smtpd_tls_ciphers", "high");
        pair.server.put("smtpd_tls_chain_files", "");
        assertThat(isReady()).as("no certificate").isFalse();
    }

    @Test
    void files_that_are_no_good_are_looked_into_once_and_not_again_for_every_client() throws Exception {
        Path file = Files.writeString(dir.resolve("torn.pem"), "torn");
        var now = new AtomicReference<>(Instant.EPOCH);
        var tls = new JsseTls(now::get, Duration.ZERO);
        tls.bindEngine(new BouncyCastleEngine(), "bc");
        pair.server.put("smtpd_tls_chain_files", file.toString());
        var lines = new java.util.concurrent.CopyOnWriteArrayList<String>();
        try (AutoCloseable _ = MailLog.attach((_, _, _, text) -> lines.add(text))) {
            for (int i = 0; i < 3; i++) {
                assertThat(tls.hasServerCertificate(pair.serverSettings())).isFalse();
            }
            now.set(Instant.EPOCH.plusSeconds(11));
            assertThat(tls.hasServerCertificate(pair.serverSettings())).as("still").isFalse();
        }
        assertThat(lines.stream().filter(text -> text.contains(file.toString()))).as("once per change").hasSize(1);
        server.chainFile(file);
        assertThat(tls.hasServerCertificate(pair.serverSettings())).as("another size").isTrue();
    }

    /** Rights, and file descriptors that were short for a moment, leave no trace in a file. */
    @Test
    void a_file_that_has_not_changed_is_tried_again_after_a_while() throws Exception {
        Path file = server.chainFile(dir.resolve("later.pem"));
        FileTime date = Files.getLastModifiedTime(file);
        byte[] good = Files.readAllBytes(file);
        Files.write(file, new byte[good.length]);
        Files.setLastModifiedTime(file, date);
        var now = new AtomicReference<>(Instant.EPOCH);
        var tls = new JsseTls(now::get, Duration.ZERO);
        tls.bindEngine(new BouncyCastleEngine(), "bc");
        pair.server.put("smtpd_tls_chain_files", file.toString());
        assertThat(tls.hasServerCertificate(pair.serverSettings())).isFalse();
        Files.write(file, good);
        Files.setLastModifiedTime(file, date);
        assertThat(tls.hasServerCertificate(pair.serverSettings())).as("the stamp is the same, so nobody looked").isFalse();
        now.set(Instant.EPOCH.plusSeconds(11));
        assertThat(tls.hasServerCertificate(pair.serverSettings())).isTrue();
    }

    /** At level "may" a handshake that fails lets old mail go in the clear; what is wrong with our own side never does. */
    @Test
    void what_is_wrong_with_our_own_side_is_not_the_server_s_fault() throws Exception {
        pair.level = TlsLevel.MAY;
        Path file = dir.resolve("client.pem");
        pair.client.put("smtp_tls_chain_files", file.toString());
        assertOurs("cannot load certificate or key from " + file);
        assertOurs("cannot load certificate or key from " + file);
        Files.writeString(file, "torn");
        assertOurs("");
        pair.client.remove("smtp_tls_chain_files");
        pair.protocols = "TLSv1.2";
        pair.exclude = "ALL";
        assertOurs("no cipher is left");
        pair.exclude = "";
        pair.grade = "finest";
        assertOurs("invalid TLS cipher grade");
        pair.grade = "medium";
        pair.protocols = "TLSv1";
        assertOurs("none of the TLS versions asked for is spoken here");
        pair.protocols = ">=TLSv1.2";
        assertThat(pair.connect().client().protocol()).startsWith("TLSv1");
        pair.clientTls.bindEngine(() -> {
            throw new java.security.NoSuchAlgorithmException("no such thing");
        }, "odd");
        pair.client.put("tls_provider", "odd");
        assertOurs("TLS engine \"odd\"");
    }

    private void assertOurs(String why) {
        assertThatThrownBy(pair::connect).isInstanceOf(IOException.class).hasMessageContaining(why).hasCauseInstanceOf(UnavailableException.class);
    }

    private boolean isReady() {
        return pair.serverTls.hasServerCertificate(pair.serverSettings());
    }

    private Optional<java.security.cert.X509Certificate> shown(String name) throws Exception {
        pair.serverName = name;
        Pair.Both both = pair.connect();
        assertThat(both.client().resumed()).isFalse();
        return both.client().chain().stream().findFirst();
    }

    @Test
    void lists_grades_and_order_are_those_of_the_server_s_parameters() throws Exception {
        String small = "ECDHE-ECDSA-AES128-GCM-SHA256";
        String large = "ECDHE-ECDSA-AES256-GCM-SHA384";
        String other = "ECDHE-ECDSA-CHACHA20-POLY1305";
        pair.protocols = "TLSv1.2";
        pair.client.put("tls_medium_cipherlist", large + ":" + small + ":" + other);
        pair.server.put("tls_medium_cipherlist", small + ":" + large);
        assertThat(pair.connect().client().cipher()).isEqualTo(large);
        pair.server.put("tls_preempt_cipherlist", "yes");
        assertThat(pair.connect().client().cipher()).isEqualTo(small);
        pair.server.putAll(Map.of("smtpd_tls_mandatory_ciphers", "high", "tls_high_cipherlist", small + ":" + other, "smtpd_tls_mandatory_exclude_ciphers", small));
        assertThat(pair.connect().client().cipher()).as("TLS is optional").isEqualTo(small);
        pair.server.put("smtpd_tls_security_level", "encrypt");
        assertThat(pair.connect().client().cipher()).isEqualTo(other);
        pair.server.putAll(Map.of("smtpd_tls_security_level", "may", "smtpd_tls_ciphers", "high"));
        assertThat(pair.connect().client().cipher()).isEqualTo(small);
    }

    @Test
    void ciphers_and_grades_bound_what_is_spoken() throws Exception {
        pair.protocols = "TLSv1.2";
        pair.exclude = "AES256";
        assertThat(pair.connect().client().cipher()).isIn("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305");
        pair.server.put("smtpd_tls_exclude_ciphers", "CHACHA20 AESGCM AESCCM ARIA CAMELLIA");
        assertThat(pair.connect().client().cipher()).isEqualTo("ECDHE-ECDSA-AES128-SHA256");
        pair.exclude = "SHA256, SHA384, SHA1";
        assertThatThrownBy(pair::connect).isInstanceOf(IOException.class);
        pair.grade = "finest";
        assertThatThrownBy(() -> pair.clientTls.client(new java.net.Socket(), pair.policy(), pair.clientSettings()))
                .hasMessage("invalid TLS cipher grade: \"finest\"");
    }
}
