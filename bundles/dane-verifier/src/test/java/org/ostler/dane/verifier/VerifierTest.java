// SPDX-License-Identifier: Apache-2.0
package org.ostler.dane.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.tck.Certificates.Identity;
import org.ostler.mail.tck.Certificates;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.tls.spi.PeerVerifier;

/** RFC 7672 section 3: a root, an intermediate, a server; then one thing changed. */
class VerifierTest {

    private Identity root;
    private Identity intermediate;
    private Identity server;
    private List<X509Certificate> chain;
    private List<String> names = List.of("mx.example.test", "example.test");

    @BeforeEach
    void happy() throws Exception {
        root = Certificates.authority("root").selfSigned();
        intermediate = Certificates.authority("intermediate").signedBy(root);
        server = Certificates.server("mx.example.test").signedBy(intermediate);
        chain = chain(server, intermediate, root);
    }

    private static List<X509Certificate> chain(Identity... identities) {
        return Arrays.stream(identities).map(Identity::certificate).toList();
    }

    private static Tlsa tlsa(int usage, int selector, int type, Identity of) throws Exception {
        byte[] data = selector == 1 ? of.certificate().getPublicKey().getEncoded() : of.certificate().getEncoded();
        Digest digest = Digest.of(type);
        return new Tlsa(usage, selector, type, digest == null ? data : digest.over(data));
    }

    private PeerVerdict verify(Tlsa... records) {
        Usable usable = Usable.of(List.of(records), List.of("sha512", "sha256"));
        return new Verifier().verify(new Proof.Dane(usable.records(), names), chain, new PeerVerifier.Context("smtp", Settings.of(Map.of()), Certificates.NOW));
    }

    private static void good(PeerVerdict verdict) {
        assertThat(verdict).isInstanceOf(PeerVerdict.Verified.class);
    }

    private static void bad(PeerVerdict verdict, TlsResult result) {
        assertThat(verdict).isInstanceOfSatisfying(PeerVerdict.Untrusted.class, untrusted -> assertThat(untrusted.result()).isEqualTo(result));
    }

    @Test
    void every_kind_of_usable_record_matches() throws Exception {
        for (int selector = 0; selector < 2; selector++) {
            for (int type = 0; type < 3; type++) {
                good(verify(tlsa(3, selector, type, server)));
                good(verify(tlsa(2, selector, type, intermediate)));
                good(verify(tlsa(2, selector, type, root)));
            }
        }
    }

    @Test
    void usage_3_checks_neither_names_nor_dates_nor_who_signed() throws Exception {
        server = Certificates.server("elsewhere.test").expired().selfSigned();
        chain = chain(server);
        good(verify(tlsa(3, 1, 1, server)));
    }

    @Test
    void usage_2_checks_names() throws Exception {
        names = List.of("other.test");
        bad(verify(tlsa(2, 0, 1, root)), TlsResult.CERTIFICATE_HOST_MISMATCH);
        names = List.of("other.test", "mx.example.test");
        good(verify(tlsa(2, 0, 1, root)));
    }

    @Test
    void usage_2_checks_the_dates_of_server_intermediate_and_anchor() throws Exception {
        Identity late = Certificates.server("mx.example.test").expired().signedBy(intermediate);
        chain = chain(late, intermediate, root);
        bad(verify(tlsa(2, 0, 1, root)), TlsResult.CERTIFICATE_EXPIRED);
        Identity lateIssuer = Certificates.authority("late").expired().signedBy(root);
        chain = chain(Certificates.server("mx.example.test").signedBy(lateIssuer), lateIssuer, root);
        bad(verify(tlsa(2, 0, 1, root)), TlsResult.CERTIFICATE_EXPIRED);
        bad(verify(tlsa(2, 0, 1, lateIssuer)), TlsResult.CERTIFICATE_EXPIRED);
    }

    /** OpenSSL refuses it below any anchor, the JDK below those of its own list only. */
    @Test
    void usage_2_takes_no_signature_by_SHA_1_and_usage_3_does_not_look() throws Exception {
        Identity weak = Certificates.authority("weak").sha1().signedBy(root);
        Identity below = Certificates.server("mx.example.test").signedBy(weak);
        chain = chain(below, weak, root);
        bad(verify(tlsa(2, 0, 1, root)), TlsResult.VALIDATION_FAILURE);
        bad(verify(tlsa(2, 1, 0, root)), TlsResult.VALIDATION_FAILURE);
        good(verify(tlsa(2, 0, 1, weak)));
        Identity server = Certificates.server("mx.example.test").sha1().signedBy(intermediate);
        chain = chain(server, intermediate);
        bad(verify(tlsa(2, 0, 1, intermediate)), TlsResult.VALIDATION_FAILURE);
        good(verify(tlsa(3, 1, 1, server)));
    }

    @Test
    void an_anchor_that_only_the_DNS_has_is_enough() throws Exception {
        chain = chain(server, intermediate);
        good(verify(tlsa(2, 0, 0, root)));
        good(verify(tlsa(2, 1, 0, root)));
        bad(verify(tlsa(2, 0, 1, root)), TlsResult.VALIDATION_FAILURE);
        chain = chain(server);
        good(verify(tlsa(2, 0, 0, intermediate)));
        good(verify(tlsa(2, 1, 0, intermediate)));
        bad(verify(tlsa(2, 1, 0, root)), TlsResult.VALIDATION_FAILURE);
    }

    @Test
    void the_order_of_the_chain_does_not_matter_and_strangers_in_it_do_no_harm() throws Exception {
        Identity stranger = Certificates.authority("intermediate").selfSigned();
        chain = chain(server, stranger, root, intermediate);
        good(verify(tlsa(2, 0, 1, root)));
        bad(verify(tlsa(2, 0, 1, stranger)), TlsResult.VALIDATION_FAILURE);
    }

    @Test
    void of_two_ways_to_an_anchor_the_good_one_is_found() throws Exception {
        Identity oldRoot = Certificates.authority("old root").expired().selfSigned();
        Identity cross = Certificates.authority("intermediate").keyOf(intermediate).signedBy(oldRoot);
        chain = chain(server, cross, oldRoot, intermediate, root);
        good(verify(tlsa(2, 0, 1, root)));
        good(verify(tlsa(2, 0, 1, oldRoot), tlsa(2, 0, 1, root)));
        bad(verify(tlsa(2, 0, 1, oldRoot)), TlsResult.CERTIFICATE_EXPIRED);
    }

    @Test
    void records_are_alternatives_whatever_their_order() throws Exception {
        Identity other = Certificates.server("mx.example.test").selfSigned();
        good(verify(tlsa(3, 1, 1, other), tlsa(2, 0, 1, root)));
        good(verify(tlsa(2, 0, 1, other), tlsa(3, 1, 1, server)));
        good(verify(tlsa(2, 1, 1, other), tlsa(2, 0, 1, intermediate)));
        bad(verify(tlsa(3, 1, 1, other), tlsa(2, 0, 1, other)), TlsResult.VALIDATION_FAILURE);
    }

    @Test
    void an_anchor_must_be_an_authority_and_the_path_no_longer_than_it_says() throws Exception {
        Identity meek = Certificates.server("meek.test").signedBy(root);
        Identity below = Certificates.server("mx.example.test").signedBy(meek);
        chain = chain(below, meek, root);
        bad(verify(tlsa(2, 0, 1, meek)), TlsResult.VALIDATION_FAILURE);
        bad(verify(tlsa(2, 0, 1, root)), TlsResult.VALIDATION_FAILURE);
        Identity shortRoot = Certificates.authority("short").pathLength(0).selfSigned();
        Identity middle = Certificates.authority("middle").signedBy(shortRoot);
        chain = chain(Certificates.server("mx.example.test").signedBy(middle), middle, shortRoot);
        bad(verify(tlsa(2, 0, 1, shortRoot)), TlsResult.VALIDATION_FAILURE);
        good(verify(tlsa(2, 0, 1, middle)));
    }

    /** RFC 7672 section 3.1.2: constraints of the anchor count as those of an authority below it do. */
    @Test
    void an_authority_speaks_for_the_names_that_it_may() throws Exception {
        Identity ours = Certificates.authority("ours").onlyFor("example.test").selfSigned();
        chain = chain(Certificates.server("mx.example.test").signedBy(ours), ours);
        good(verify(tlsa(2, 0, 1, ours)));
        Identity others = Certificates.authority("others").onlyFor("other.test").selfSigned();
        chain = chain(Certificates.server("mx.example.test").signedBy(others), others);
        bad(verify(tlsa(2, 0, 1, others)), TlsResult.VALIDATION_FAILURE);
        bad(verify(tlsa(2, 0, 0, others)), TlsResult.VALIDATION_FAILURE);
        chain = chain(Certificates.commonName("mx.example.test").signedBy(others), others);
        bad(verify(tlsa(2, 0, 1, others)), TlsResult.VALIDATION_FAILURE);
        Identity between = Certificates.authority("between").onlyFor("other.test").signedBy(root);
        chain = chain(Certificates.server("mx.example.test").signedBy(between), between, root);
        bad(verify(tlsa(2, 0, 1, root)), TlsResult.VALIDATION_FAILURE);
    }

    @Test
    void a_certificate_for_something_else_is_none_for_a_server() throws Exception {
        chain = chain(Certificates.server("mx.example.test").purpose(KeyPurposeId.id_kp_clientAuth).signedBy(intermediate), intermediate, root);
        bad(verify(tlsa(2, 0, 1, root)), TlsResult.VALIDATION_FAILURE);
        chain = chain(Certificates.server("mx.example.test").purpose(KeyPurposeId.id_kp_serverAuth).signedBy(intermediate), intermediate, root);
        good(verify(tlsa(2, 0, 1, root)));
    }

    @Test
    void a_wildcard_stands_for_one_label() throws Exception {
        chain = chain(Certificates.server("*.example.test").signedBy(intermediate), intermediate, root);
        names = List.of("mx.example.test");
        good(verify(tlsa(2, 0, 1, root)));
        names = List.of("a.mx.example.test", "example.test");
        bad(verify(tlsa(2, 0, 1, root)), TlsResult.CERTIFICATE_HOST_MISMATCH);
    }

    /** RFC 7672 section 3.2.3: the whole first label or nothing. */
    @Test
    void a_part_of_a_label_is_no_wildcard() throws Exception {
        names = List.of("smtp1.example.test", "mx.example.test");
        for (String name : List.of("smtp*.example.test", "*1.example.test", "*smtp1.example.test", "s*1.example.test", "smtp1.*.test", "*.*.test", "m*.example.test")) {
            chain = chain(Certificates.server(name).signedBy(intermediate), intermediate, root);
            bad(verify(tlsa(2, 0, 1, root)), TlsResult.CERTIFICATE_HOST_MISMATCH);
            chain = chain(Certificates.commonName(name).signedBy(intermediate), intermediate, root);
            bad(verify(tlsa(2, 0, 1, root)), TlsResult.CERTIFICATE_HOST_MISMATCH);
        }
    }

    /** RFC 7672 section 3.2.3. */
    @Test
    void a_common_name_counts_where_there_is_no_other() throws Exception {
        chain = chain(Certificates.commonName("mx.example.test").signedBy(intermediate), intermediate, root);
        good(verify(tlsa(2, 0, 1, root)));
        chain = chain(Certificates.server("other.test").called("mx.example.test").signedBy(intermediate), intermediate, root);
        bad(verify(tlsa(2, 0, 1, root)), TlsResult.CERTIFICATE_HOST_MISMATCH);
    }

    /** 50 authorities of one name, each signed by all the others' name: a search without a bound would not end. */
    @Test
    void a_maze_of_certificates_ends() throws Exception {
        var maze = new ArrayList<X509Certificate>();
        Identity key = Certificates.authority("maze").selfSigned();
        maze.add(Certificates.server("mx.example.test").signedBy(key).certificate());
        for (int i = 0; i < 60; i++) {
            maze.add(Certificates.authority("maze").keyOf(key).signedBy(key).certificate());
        }
        chain = maze;
        bad(verify(tlsa(2, 0, 1, root)), TlsResult.VALIDATION_FAILURE);
    }
}
