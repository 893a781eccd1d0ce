// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.tck.GoldenFile;
import org.ostler.mail.tck.lookup.Specs;

/** Certificates on both sides, and directories of authorities, in front of a real slapd. Left out by name where Debian's slapd or openssl is not installed. */
@Timeout(120)
@EnabledIf("programsAreHere")
class CertificateTest {

    private static final Path OPENSSL = Path.of("/usr/bin/openssl");

    @TempDir
    static Path dir;
    private static Slapd slapd;
    private final List<String> warnings = new ArrayList<>();

    static boolean programsAreHere() {
        return Slapd.isHere() && Files.isExecutable(OPENSSL);
    }

    @BeforeAll
    static void start() throws Exception {
        for (String authority : List.of("ca", "other-ca")) {
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", authority + ".key", "-out", authority + ".pem", "-subj", "/CN=" + authority, "-days", "2");
        }
        Files.writeString(dir.resolve("names"), "subjectAltName = DNS:localhost\n");
        certificate("server", "localhost", "ca");
        certificate("anna", "anna", "ca");
        certificate("stranger", "stranger", "other-ca");
        // As older tools write a key.
        openssl("rsa", "-traditional", "-in", "anna.key", "-out", "anna-rsa.key");
        openssl("rsa", "-traditional", "-aes128", "-passout", "pass:secret", "-in", "anna.key", "-out", "locked-rsa.key");
        openssl("pkcs8", "-topk8", "-passout", "pass:secret", "-in", "anna.key", "-out", "locked.key");
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ec.key");
        openssl("req", "-new", "-key", "ec.key", "-out", "ec.csr", "-subj", "/CN=anna");
        openssl("x509", "-req", "-in", "ec.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-text", "-out", "ec.pem");
        Files.writeString(dir.resolve("anna-both.pem"), Files.readString(dir.resolve("anna.pem")) + Files.readString(dir.resolve("anna.key")));
        for (String authority : List.of("ca", "other-ca")) {
            Path directory = Files.createDirectories(dir.resolve(authority + ".d"));
            Files.copy(dir.resolve(authority + ".pem"), directory.resolve(authority + ".pem"));
            Files.writeString(directory.resolve("README"), "no certificate\n");
            openssl("rehash", directory.toString());
        }
        Files.createDirectories(dir.resolve("empty.d"));
        Files.writeString(dir.resolve("broken.key"), "-----BEGIN RSA PRIVATE KEY-----\nYWJj\n-----END RSA PRIVATE KEY-----\n");
        Files.writeString(dir.resolve("broken.pem"), "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n");
        String tls = "TLSCertificateFile " + dir.resolve("server.pem") + "\nTLSCertificateKeyFile " + dir.resolve("server.key") + "\nTLSCACertificateFile " + dir.resolve("ca.pem")
                + "\nTLSVerifyClient try\nauthz-regexp ^cn=anna$ cn=anna,ou=people,dc=example,dc=test\n";
        GoldenFile golden = GoldenFile.load("ldap/slapd");
        slapd = new Slapd(dir, golden.text("slapd.conf") + "access to * by dn.exact=cn=anna,ou=people,dc=example,dc=test read by * auth\n", golden.text("data.ldif"), tls);
    }

    private static void certificate(String name, String subject, String authority) throws Exception {
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + subject);
        openssl("x509", "-req", "-in", name + ".csr", "-CA", authority + ".pem", "-CAkey", authority + ".key", "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", name + ".pem");
    }

    private static void openssl(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of(OPENSSL.toString()));
        command.addAll(List.of(arguments));
        Path log = dir.resolve("openssl.log");
        Process process = new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(command + ": " + Files.readString(log));
        }
    }

    @AfterAll
    static void stop() throws Exception {
        slapd.close();
    }

    private Answer ask(String more) throws Exception {
        Files.writeString(dir.resolve("t.cf"), "search_base = ou=people,dc=example,dc=test\nquery_filter = (mail=%s)\nresult_attribute = description\nbind = sasl\nsasl_mechs = EXTERNAL\n" + more);
        try (Table table = new LdapFactory().open(Specs.of("ldap", "./t.cf", dir, warnings::add))) {
            return table.find("anna@example.test");
        }
    }

    private static String direct() {
        return "server_host = ldaps://localhost:" + slapd.tlsPort + "\n";
    }

    private static String trust(String authorities) {
        return "tls_require_cert = yes\n" + authorities.replace("{dir}", dir.toString()) + "\n";
    }

    private static String ours(String cert, String key) {
        return "tls_cert = " + dir.resolve(cert) + "\n" + (key.isEmpty() ? "" : "tls_key = " + dir.resolve(key) + "\n");
    }

    @Test
    void our_certificate_says_who_we_are() throws Exception {
        String trust = trust("tls_ca_cert_file = {dir}/ca.pem");
        for (String how : List.of(direct(), "server_host = ldap://localhost:" + slapd.port + "\nstart_tls = yes\n")) {
            for (String[] files : new String[][] {{"anna.pem", "anna.key"}, {"anna.pem", "anna-rsa.key"}, {"anna-both.pem", ""}, {"ec.pem", "ec.key"}}) {
                assertThat(ask(how + trust + ours(files[0], files[1]))).as(how + String.join(" ", files)).isEqualTo(Answer.found("anna@store.test"));
            }
            assertThat(ask(how + trust)).as("without one").isInstanceOf(Answer.Unavailable.class);
            assertThat(ask(how + trust + ours("stranger.pem", "stranger.key"))).as("of an authority that the server does not know").isInstanceOf(Answer.Unavailable.class);
        }
    }

    @Test
    void authorities_may_stand_in_a_directory() throws Exception {
        String ours = ours("anna.pem", "anna.key");
        assertThat(ask(direct() + ours + trust("tls_ca_cert_dir = {dir}/ca.d"))).isEqualTo(Answer.found("anna@store.test"));
        assertThat(ask(direct() + ours + trust("tls_ca_cert_dir = {dir}/other-ca.d"))).isInstanceOfSatisfying(Answer.Unavailable.class,
                no -> assertThat(no.reason()).startsWith("dict_ldap_connect: Unable to bind to server ldaps://localhost:" + slapd.tlsPort));
        // ldap_table(5): the file takes precedence.
        assertThat(ask(direct() + ours + trust("tls_ca_cert_file = {dir}/ca.pem\ntls_ca_cert_dir = {dir}/other-ca.d"))).isEqualTo(Answer.found("anna@store.test"));
        assertThat(ask(direct() + ours + trust("tls_ca_cert_file = {dir}/other-ca.pem\ntls_ca_cert_dir = {dir}/ca.d"))).isInstanceOf(Answer.Unavailable.class);
    }

    @Test
    void what_cannot_be_read_is_said_when_the_table_is_opened() {
        for (String[] wrong : new String[][] {{trust("tls_ca_cert_dir = {dir}/empty.d"), "no certificate in " + dir.resolve("empty.d")}, {trust("tls_ca_cert_dir = {dir}/none.d"), "No such file or directory"},
            {trust("tls_ca_cert_file = {dir}/names"), "no certificate in " + dir.resolve("names")}, {ours("none.pem", "anna.key"), "open " + dir.resolve("none.pem") + ": No such file or directory"},
            {ours("anna.pem", "names"), "no key in " + dir.resolve("names")}, {ours("names", "anna.key"), "no certificate in " + dir.resolve("names")},
            {ours("anna.pem", "locked.key"), "locked.key: the private key is encrypted"}, {ours("anna.pem", "locked-rsa.key"), "locked-rsa.key: the private key is encrypted"},
            {ours("anna.pem", "broken.key"), "broken.key: bad private key"}, {trust("tls_ca_cert_file = {dir}/broken.pem"), "broken.pem: bad certificate"}}) {
            assertThatThrownBy(() -> ask(direct() + wrong[0])).as(wrong[0]).isInstanceOf(TableOpenException.class).hasMessageContaining(wrong[1]);
        }
    }
}
