// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tck.Certificates;
import org.ostler.mail.tck.Certificates.Identity;
import org.ostler.mail.tls.CertificateDigest;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.tls.spi.PeerVerifier.Context;

/** Authorities and fingerprints: happy by default, one thing changed. */
@Timeout(60)
class VerifierTest {

    @TempDir Path dir;
    private final Map<String, String> settings = new HashMap<>();
    private final AuthorityVerifier authority = new AuthorityVerifier();
    private String prefix = "smtp";
    private Instant now = Instant.now();
    private Identity root;
    private Identity middle;
    private Identity server;

    @BeforeEach
    void certificates() throws Exception {
        root = Certificates.authority("root").selfSigned();
        middle = Certificates.authority("middle").signedBy(root);
        server = Certificates.server("mx.example.test", "*.wild.test").called("CN of mx.example.test").signedBy(middle);
        settings.put("smtp_tls_CAfile", root.certificateFile(dir.resolve("root.pem")).toString());
    }

    private PeerVerdict judge(List<X509Certificate> chain, String... names) {
        return judge(new Proof.Authority(List.of(names), List.of(), false), chain);
    }

    private PeerVerdict judge(Proof proof, List<X509Certificate> chain) {
        return authority.verify(proof, chain, new Context(prefix, Settings.of(settings), now));
    }

    private static void untrusted(PeerVerdict verdict, TlsResult result, String why) {
        assertThat(verdict).isInstanceOfSatisfying(PeerVerdict.Untrusted.class, untrusted -> {
            assertThat(untrusted.why()).contains(why);
            assertThat(untrusted.result()).isEqualTo(result);
        });
    }

    @Test
    void a_chain_and_a_name_verify_and_a_chain_alone_is_trusted() {
        assertThat(judge(Certificates.chain(server, middle), "other.test", "mx.example.test")).isInstanceOf(PeerVerdict.Verified.class);
        assertThat(judge(Certificates.chain(server, middle, root), ".example.test")).isInstanceOf(PeerVerdict.Verified.class);
        assertThat(judge(Certificates.chain(server, middle), "other.test")).isInstanceOfSatisfying(PeerVerdict.Trusted.class, trusted ->
                assertThat(trusted.why()).isEqualTo("the certificate is for mx.example.test, *.wild.test and not for other.test"));
        assertThat(judge(Certificates.chain(server, middle))).isInstanceOf(PeerVerdict.Trusted.class);
    }

    @Test
    void the_order_of_the_chain_and_certificates_too_many_do_not_matter() throws Exception {
        Identity stranger = Certificates.authority("stranger").selfSigned();
        assertThat(judge(Certificates.chain(server, stranger, root, middle), "mx.example.test")).isInstanceOf(PeerVerdict.Verified.class);
    }

    @Test
    void wildcards_stand_for_several_labels_where_Postfix_lets_them() {
        assertThat(judge(Certificates.chain(server, middle), "a.wild.test")).isInstanceOf(PeerVerdict.Verified.class);
        assertThat(judge(Certificates.chain(server, middle), "a.b.wild.test")).isInstanceOf(PeerVerdict.Verified.class);
        settings.put("tls_wildcard_matches_multiple_labels", "no");
        assertThat(judge(Certificates.chain(server, middle), "a.b.wild.test")).isInstanceOf(PeerVerdict.Trusted.class);
    }

    /** RFC 8461 section 4.2 wants a DNS name; Postfix's own levels count a common name where there is nothing else. */
    @Test
    void a_common_name_is_none_for_MTA_STS() throws Exception {
        List<X509Certificate> chain = Certificates.chain(Certificates.commonName("mx.example.test").signedBy(middle), middle);
        assertThat(judge(chain, "mx.example.test")).isEqualTo(new PeerVerdict.Verified("matched peername: mx.example.test"));
        var mtaSts = new Proof.Authority(List.of("mx.example.test"), List.of(dir.resolve("root.pem").toString()), true);
        assertThat(judge(mtaSts, chain)).isInstanceOf(PeerVerdict.Trusted.class);
        assertThat(judge(mtaSts, Certificates.chain(server, middle))).isInstanceOf(PeerVerdict.Verified.class);
    }

    @Test
    void of_several_common_names_each_counts_and_none_beside_a_DNS_name() throws Exception {
        List<X509Certificate> chain = Certificates.chain(Certificates.commonName("first.test,CN=second.test").signedBy(middle), middle);
        assertThat(judge(chain, "first.test")).isInstanceOf(PeerVerdict.Verified.class);
        assertThat(judge(chain, "second.test")).isInstanceOf(PeerVerdict.Verified.class);
        assertThat(judge(Certificates.chain(server, middle), "CN of mx.example.test")).isInstanceOf(PeerVerdict.Trusted.class);
    }

    @Test
    void missing_strange_and_expired_links_are_named() throws Exception {
        untrusted(judge(Certificates.chain(server), "mx.example.test"), TlsResult.CERTIFICATE_NOT_TRUSTED, "CN=middle");
        untrusted(judge(Certificates.chain(Certificates.server("mx.example.test").selfSigned())), TlsResult.CERTIFICATE_NOT_TRUSTED, "self-signed certificate");
        Identity old = Certificates.authority("middle").expired().signedBy(root);
        untrusted(judge(Certificates.chain(Certificates.server("mx.example.test").signedBy(old), old)), TlsResult.CERTIFICATE_EXPIRED, "expired");
        untrusted(judge(Certificates.chain(Certificates.server("mx.example.test").expired().signedBy(middle), middle)), TlsResult.CERTIFICATE_EXPIRED, "expired");
        now = now.plusSeconds(20 * 86_400);
        untrusted(judge(Certificates.chain(server, middle)), TlsResult.CERTIFICATE_EXPIRED, "expired");
    }

    @Test
    void what_was_good_once_is_judged_anew_when_anything_has_changed() throws Exception {
        Identity lower = Certificates.authority("lower").signedBy(middle);
        List<X509Certificate> chain = Certificates.chain(Certificates.server("mx.example.test").signedBy(lower), lower, middle);
        assertThat(judge(chain, "mx.example.test")).isInstanceOf(PeerVerdict.Verified.class);
        assertThat(judge(chain, "mx.example.test")).isInstanceOf(PeerVerdict.Verified.class);
        assertThat(judge(chain, "other.test")).as("another name").isInstanceOf(PeerVerdict.Trusted.class);
        settings.put("smtp_tls_scert_verifydepth", "0");
        untrusted(judge(chain), TlsResult.CERTIFICATE_NOT_TRUSTED, "certificate chain too long");
        settings.remove("smtp_tls_scert_verifydepth");
        Instant then = now;
        now = then.plusSeconds(20 * 86_400);
        untrusted(judge(chain), TlsResult.CERTIFICATE_EXPIRED, "expired");
        now = then.minusSeconds(20 * 86_400);
        untrusted(judge(chain), TlsResult.CERTIFICATE_EXPIRED, "not yet valid");
        now = then;
        Certificates.authority("another root").selfSigned().certificateFile(dir.resolve("root.pem"));
        untrusted(judge(chain), TlsResult.CERTIFICATE_NOT_TRUSTED, "CN=root");
    }

    @Test
    void an_impostor_of_the_same_name_is_not_the_authority() throws Exception {
        Identity impostor = Certificates.authority("root").selfSigned();
        untrusted(judge(Certificates.chain(Certificates.server("mx.example.test").signedBy(impostor), impostor)), TlsResult.CERTIFICATE_NOT_TRUSTED, "CN=root");
        Identity noAuthority = Certificates.server("sub.example.test").signedBy(root);
        untrusted(judge(Certificates.chain(Certificates.server("mx.example.test").signedBy(noAuthority), noAuthority)), TlsResult.CERTIFICATE_NOT_TRUSTED, "");
        untrusted(judge(Certificates.chain(Certificates.server("mx.example.test").purpose(KeyPurposeId.id_kp_clientAuth).signedBy(root))), TlsResult.CERTIFICATE_NOT_TRUSTED, "may not be used");
    }

    /** The JDK minds it below the authorities of its own list only. */
    @Test
    void a_signature_by_SHA_1_proves_nothing_but_an_authority_s_own_is_nobody_s_proof() throws Exception {
        untrusted(judge(Certificates.chain(Certificates.server("mx.example.test").sha1().signedBy(middle), middle)), TlsResult.CERTIFICATE_NOT_TRUSTED, "SHA-1");
        Identity weak = Certificates.authority("weak").rsa().sha1().signedBy(root);
        untrusted(judge(Certificates.chain(Certificates.server("mx.example.test").signedBy(weak), weak)), TlsResult.CERTIFICATE_NOT_TRUSTED, "SHA-1");
        Identity old = Certificates.authority("old").sha1().selfSigned();
        settings.put("smtp_tls_CAfile", old.certificateFile(dir.resolve("old.pem")).toString());
        assertThat(judge(Certificates.chain(Certificates.server("mx.example.test").signedBy(old), old), "mx.example.test")).isInstanceOf(PeerVerdict.Verified.class);
    }

    /** Or permit_tls_all_clientcerts would let in whoever has a certificate of the web. */
    @Test
    void the_system_s_authorities_are_appended_to_those_that_are_named_and_to_nothing_else() {
        settings.put("tls_append_default_CA", "yes");
        assertThat(Authorities.Source.of("smtpd", false, Settings.of(settings)).isEmpty()).isTrue();
        assertThat(Authorities.Source.of("smtp", false, Settings.of(settings)).system()).isTrue();
        settings.put("lmtp_tls_CApath", dir.toString());
        assertThat(Authorities.Source.of("lmtp", false, Settings.of(settings)).system()).isTrue();
        assertThat(Authorities.Source.of("smtpd", true, Settings.of(settings)).system()).as("MTA-STS").isTrue();
        settings.remove("tls_append_default_CA");
        assertThat(Authorities.Source.of("smtp", false, Settings.of(settings)).system()).isFalse();
    }

    @Test
    void depth_counts_the_certificates_between_and_lets_one_more_pass_as_Postfix_does() throws Exception {
        settings.put("smtp_tls_scert_verifydepth", "0");
        assertThat(judge(Certificates.chain(server, middle))).isInstanceOf(PeerVerdict.Trusted.class);
        Identity lower = Certificates.authority("lower").signedBy(middle);
        List<X509Certificate> deep = Certificates.chain(Certificates.server("mx.example.test").signedBy(lower), lower, middle);
        untrusted(judge(deep), TlsResult.CERTIFICATE_NOT_TRUSTED, "certificate chain too long");
        settings.put("smtp_tls_scert_verifydepth", "1");
        assertThat(judge(deep)).isInstanceOf(PeerVerdict.Trusted.class);
    }

    @Test
    void an_authority_speaks_for_the_names_that_it_may() throws Exception {
        Identity ours = Certificates.authority("ours").onlyFor("example.test").selfSigned();
        settings.put("smtp_tls_CAfile", ours.certificateFile(dir.resolve("ours.pem")).toString());
        assertThat(judge(Certificates.chain(Certificates.server("mx.example.test").signedBy(ours), ours), "mx.example.test")).isInstanceOf(PeerVerdict.Verified.class);
        assertThat(judge(Certificates.chain(Certificates.commonName("mx.example.test").signedBy(ours)), "mx.example.test")).isInstanceOf(PeerVerdict.Verified.class);
        untrusted(judge(Certificates.chain(Certificates.server("mx.other.test").signedBy(ours), ours), "mx.other.test"), TlsResult.CERTIFICATE_NOT_TRUSTED, "may not speak for");
        untrusted(judge(Certificates.chain(Certificates.server("mx.example.test", "mx.other.test").signedBy(ours)), "mx.example.test"), TlsResult.CERTIFICATE_NOT_TRUSTED, "may not speak for");
        untrusted(judge(Certificates.chain(Certificates.commonName("mx.other.test").signedBy(ours)), "mx.other.test"), TlsResult.CERTIFICATE_NOT_TRUSTED, "may not speak for");
    }

    /** The JDK has an exception for it, which would have been trouble of ours: a bug in the log, and mail that waits. */
    @Test
    void an_authority_whose_names_cannot_be_compared_speaks_for_nobody_who_has_such_a_name() throws Exception {
        Identity ours = Certificates.authority("ours").onlyForUser("ann@example.test").selfSigned();
        settings.put("smtp_tls_CAfile", ours.certificateFile(dir.resolve("ours.pem")).toString());
        assertThat(judge(Certificates.chain(Certificates.server("mx.example.test").signedBy(ours)), "mx.example.test")).as("no name of that kind").isInstanceOf(PeerVerdict.Verified.class);
        untrusted(judge(Certificates.chain(Certificates.server("mx.example.test").user("ann@example.test").signedBy(ours)), "mx.example.test"), TlsResult.CERTIFICATE_NOT_TRUSTED, "may not speak for");
    }

    @Test
    void the_depth_of_a_client_s_chain_is_a_parameter_of_the_server_s() throws Exception {
        Identity lower = Certificates.authority("lower").signedBy(middle);
        List<X509Certificate> ofServer = Certificates.chain(Certificates.server("mx.example.test").signedBy(lower), lower, middle);
        List<X509Certificate> ofClient = Certificates.chain(Certificates.server().purpose(KeyPurposeId.id_kp_clientAuth).signedBy(lower), lower, middle);
        settings.put("smtpd_tls_CAfile", dir.resolve("root.pem").toString());
        settings.put("smtpd_tls_ccert_verifydepth", "0");
        assertThat(judge(ofServer)).isInstanceOf(PeerVerdict.Trusted.class);
        prefix = "smtpd";
        untrusted(judge(ofClient), TlsResult.CERTIFICATE_NOT_TRUSTED, "certificate chain too long");
        settings.put("smtpd_tls_ccert_verifydepth", "1");
        settings.put("smtp_tls_scert_verifydepth", "0");
        assertThat(judge(ofClient)).isInstanceOf(PeerVerdict.Trusted.class);
        prefix = "smtp";
        untrusted(judge(ofServer), TlsResult.CERTIFICATE_NOT_TRUSTED, "certificate chain too long");
    }

    @Test
    void a_directory_is_read_whatever_its_files_are_called_and_again_when_it_changes() throws Exception {
        Path folder = Files.createDirectory(dir.resolve("ca"));
        Files.writeString(folder.resolve("README"), "nothing to see");
        settings.put("smtp_tls_CAfile", "");
        settings.put("smtp_tls_CApath", folder.toString());
        untrusted(judge(Certificates.chain(server, middle)), TlsResult.CERTIFICATE_NOT_TRUSTED, "CN=root");
        root.certificateFile(folder.resolve("5ed36f99.0"));
        Files.setLastModifiedTime(folder, java.nio.file.attribute.FileTime.from(Instant.now().plusSeconds(5)));
        assertThat(judge(Certificates.chain(server, middle))).isInstanceOf(PeerVerdict.Trusted.class);
    }

    @Test
    void an_authority_that_did_not_sign_itself_helps_in_CAfile_and_is_an_anchor_in_an_anchor_file() throws Exception {
        String file = middle.certificateFile(dir.resolve("middle.pem")).toString();
        settings.put("smtp_tls_CAfile", file);
        untrusted(judge(Certificates.chain(server)), TlsResult.CERTIFICATE_NOT_TRUSTED, "");
        assertThat(judge(new Proof.Authority(List.of("mx.example.test"), List.of(file), false), Certificates.chain(server))).isInstanceOf(PeerVerdict.Verified.class);
        Files.writeString(dir.resolve("both.pem"), Files.readString(dir.resolve("middle.pem")) + Files.readString(dir.resolve("root.pem")));
        settings.put("smtp_tls_CAfile", dir.resolve("both.pem").toString());
        assertThat(judge(Certificates.chain(server))).as("the missing link is in CAfile").isInstanceOf(PeerVerdict.Trusted.class);
        String leaf = server.certificateFile(dir.resolve("leaf.pem")).toString();
        assertThat(judge(new Proof.Authority(List.of("mx.example.test"), List.of(leaf), false), Certificates.chain(server))).isInstanceOf(PeerVerdict.Verified.class);
    }

    @Test
    void nobody_is_trusted_where_no_authority_is_named_or_the_file_cannot_be_read() {
        settings.put("smtp_tls_CAfile", "");
        untrusted(judge(Certificates.chain(server, middle)), TlsResult.CERTIFICATE_NOT_TRUSTED, "no certification authority is configured");
        settings.put("smtp_tls_CAfile", "/nonexistent/ca.pem");
        assertThat(judge(Certificates.chain(server, middle))).isInstanceOfSatisfying(PeerVerdict.Unjudged.class, ours -> assertThat(ours.why()).contains("/nonexistent/ca.pem"));
        settings.put("smtp_tls_CAfile", "");
        untrusted(judge(new Proof.Authority(List.of(), List.of(), true), Certificates.chain(server, middle)), TlsResult.CERTIFICATE_NOT_TRUSTED, "CN=root");
    }

    @Test
    void twins_and_the_server_s_side_have_parameters_of_their_own() throws Exception {
        prefix = "lmtp";
        untrusted(judge(Certificates.chain(server, middle)), TlsResult.CERTIFICATE_NOT_TRUSTED, "no certification authority");
        prefix = "smtpd";
        settings.put("smtpd_tls_CAfile", dir.resolve("root.pem").toString());
        assertThat(judge(Certificates.chain(Certificates.server().purpose(KeyPurposeId.id_kp_clientAuth).signedBy(root)))).isInstanceOf(PeerVerdict.Trusted.class);
        X509Certificate forServers = Certificates.server().purpose(KeyPurposeId.id_kp_serverAuth).signedBy(root).certificate();
        untrusted(judge(List.of(forServers)), TlsResult.CERTIFICATE_NOT_TRUSTED, "may not be used");
        settings.put("tls_trust_server_ccerts", "yes");
        assertThat(judge(List.of(forServers))).isInstanceOf(PeerVerdict.Trusted.class);
    }

    /** Thirty authorities that have all signed each other: the ways through them are without number. */
    @Test
    void a_thicket_of_cross_certificates_ends_the_search_in_bounded_work() throws Exception {
        Identity key = Certificates.authority("thicket").selfSigned();
        var thicket = new ArrayList<Identity>();
        for (int i = 0; i < 30; i++) {
            thicket.add(Certificates.authority("thicket").keyOf(key).signedBy(key));
        }
        Collections.shuffle(thicket, new Random(1));
        var chain = new ArrayList<X509Certificate>();
        chain.add(Certificates.server("mx.example.test").signedBy(key).certificate());
        thicket.forEach(each -> chain.add(each.certificate()));
        settings.put("smtp_tls_scert_verifydepth", "100");
        untrusted(judge(chain), TlsResult.CERTIFICATE_NOT_TRUSTED, "more than 100 signature checks");
    }

    @Test
    void fingerprints_are_of_the_certificate_or_of_the_key_and_ask_nothing_else() throws Exception {
        X509Certificate expired = Certificates.server("other.test").expired().selfSigned().certificate();
        var context = new Context("smtp", Settings.of(Map.of()), Instant.now());
        var verifier = new FingerprintVerifier();
        for (String algorithm : List.of("sha256", "sha512", "sha1", "md5", "sha3-256")) {
            for (String digest : List.of(CertificateDigest.ofCertificate(expired, algorithm), CertificateDigest.ofKey(expired, algorithm).toLowerCase(java.util.Locale.ROOT))) {
                assertThat(verifier.verify(new Proof.Fingerprints(algorithm, List.of("00", digest)), List.of(expired), context)).isInstanceOf(PeerVerdict.Verified.class);
            }
        }
        untrusted(verifier.verify(new Proof.Fingerprints("sha256", List.of("AA:BB")), List.of(expired), context), TlsResult.CERTIFICATE_NOT_TRUSTED, "none of those");
        assertThat(verifier.verify(new Proof.Fingerprints("crc32", List.of("AA:BB")), List.of(expired), context)).isEqualTo(new PeerVerdict.Unjudged("unknown message digest \"crc32\""));
        // The issuer's digest is not the peer's.
        String issuer = CertificateDigest.ofCertificate(middle.certificate(), "sha256");
        untrusted(verifier.verify(new Proof.Fingerprints("sha256", List.of(issuer)), Certificates.chain(server, middle), context), TlsResult.CERTIFICATE_NOT_TRUSTED, "");
    }
}
