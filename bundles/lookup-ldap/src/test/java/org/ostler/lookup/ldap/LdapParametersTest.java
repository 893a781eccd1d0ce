// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import static org.assertj.core.api.Assertions.assertThat;

import com.unboundid.ldap.listener.InMemoryListenerConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLServerSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.GoldenFile;
import org.ostler.mail.tck.lookup.Specs;

/** Parameters of ldap_table(5) that no recording shows. {@code docs/testing/tables.md} has all of them. */
@Timeout(120)
class LdapParametersTest {

    @TempDir
    Path dir;
    private final List<String> warnings = new ArrayList<>();

    static boolean slapdIsHere() {
        return Slapd.isHere();
    }

    static boolean digestIsHere() {
        return SaslTest.mechanismsAreHere();
    }

    private Answer ask(String cf, String key) throws Exception {
        Files.writeString(dir.resolve("t.cf"), cf);
        try (Table table = new LdapFactory().open(Specs.of("ldap", "./t.cf", dir, warnings::add))) {
            return table.find(key);
        }
    }

    /** A server that speaks one suite, and only up to TLS 1.2, where a name of OpenSSL's is a single suite. */
    private static SSLServerSocketFactory only(String suite, SSLServerSocketFactory all) {
        return new SSLServerSocketFactory() {
            private ServerSocket limited(ServerSocket socket) {
                ((SSLServerSocket) socket).setEnabledProtocols(new String[] {"TLSv1.2"});
                ((SSLServerSocket) socket).setEnabledCipherSuites(new String[] {suite});
                return socket;
            }

            @Override
            public ServerSocket createServerSocket(int port) throws IOException {
                return limited(all.createServerSocket(port));
            }

            @Override
            public ServerSocket createServerSocket(int port, int backlog) throws IOException {
                return limited(all.createServerSocket(port, backlog));
            }

            @Override
            public ServerSocket createServerSocket(int port, int backlog, InetAddress address) throws IOException {
                return limited(all.createServerSocket(port, backlog, address));
            }

            @Override
            public String[] getDefaultCipherSuites() {
                return new String[] {suite};
            }

            @Override
            public String[] getSupportedCipherSuites() {
                return new String[] {suite};
            }
        };
    }

    @Test
    void suites_have_OpenSSLs_names_or_the_JDKs() throws Exception {
        Memory.Identity identity = Memory.Identity.create(dir);
        SSLServerSocketFactory one = only("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", identity.context().getServerSocketFactory());
        try (Memory memory = new Memory(InMemoryListenerConfig.createLDAPSConfig("tls", InetAddress.getLoopbackAddress(), 0, one, null)).with(Map.of("k", "v"))) {
            String cf = memory.cf() + "server_host = ldaps://localhost:" + memory.port() + "\ntls_cipher_suite = ";
            for (String right : List.of("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384", "HIGH:!aNULL", "DEFAULT", "")) {
                assertThat(ask(cf + right + "\n", "k")).as(right).isEqualTo(Answer.found("v"));
            }
            for (String other : List.of("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_AES_256_GCM_SHA384")) {
                assertThat(ask(cf + other + "\n", "k")).as(other).isInstanceOf(Answer.Unavailable.class);
            }
        }
    }

    @Test
    void what_means_nothing_here_is_named() throws Exception {
        try (Memory memory = new Memory().with(Map.of("k", "v"))) {
            assertThat(ask(memory.cf() + "tls_random_file = /dev/urandom\n", "k")).isEqualTo(Answer.found("v"));
            assertThat(warnings).containsExactly("dict_ldap_open: ./t.cf ignoring tls_random_file");
        }
    }

    @Test
    void debugging_shows_each_search_and_no_password() throws Exception {
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        try (Memory memory = new Memory().with(Map.of("k", "v")); AutoCloseable log = MailLog.attach((_, _, _, text) -> lines.add(text))) {
            String cf = memory.cf() + "bind_dn = cn=admin\nbind_pw = adminpw\n";
            ask(cf, "k");
            assertThat(lines).noneMatch(line -> line.contains("dict_ldap_debug"));
            ask(cf + "debuglevel = 1\n", "k");
            assertThat(lines).filteredOn(line -> line.contains("dict_ldap_debug")).singleElement().asString()
                    .isEqualTo("dict_ldap_debug: ldap:./t.cf: ldap://127.0.0.1:" + memory.port() + " base=\"" + Memory.BASE + "\" scope=SUB filter=\"(mail=k)\" entries=1");
            assertThat(lines.toString()).doesNotContain("adminpw");
        }
    }

    /** Only Bert may read, and Anna may act for him. */
    @Test
    @EnabledIf(value = "slapdIsHere", disabledReason = "slapd is not installed")
    void who_logs_in_acts_for_another_by_mechanisms_that_can_say_so() throws Exception {
        GoldenFile golden = GoldenFile.load("ldap/slapd");
        String data = golden.text("data.ldif").replace("userPassword: annapw\n", "userPassword: annapw\nauthzTo: dn.exact:cn=bert,ou=people,dc=example,dc=test\n");
        String rules = """
                authz-policy to
                authz-regexp gidNumber=.*,cn=peercred,cn=external,cn=auth cn=anna,ou=people,dc=example,dc=test
                authz-regexp uid=([^,]*),.*cn=auth cn=$1,ou=people,dc=example,dc=test
                password-hash {CLEARTEXT}
                """;
        try (var slapd = new Slapd(dir, golden.text("slapd.conf") + "access to * by dn.exact=cn=bert,ou=people,dc=example,dc=test read by * auth\n", data, rules)) {
            String cf = "search_base = ou=people,dc=example,dc=test\nquery_filter = (mail=%s)\nresult_attribute = description\nbind = sasl\n";
            String external = cf + "server_host = ldapi://" + slapd.socket.toString().replace("/", "%2f") + "\nsasl_mechs = EXTERNAL\n";
            String password = cf + "server_host = 127.0.0.1:" + slapd.port + "\nbind_dn = anna\nbind_pw = annapw\nsasl_mechs = ";
            String forBert = "sasl_authz_id = dn:cn=bert,ou=people,dc=example,dc=test\n";
            assertThat(ask(external, "anna@example.test")).as("herself").isNotInstanceOf(Answer.Found.class);
            assertThat(ask(external + forBert, "anna@example.test")).isEqualTo(Answer.found("anna@store.test"));
            assertThat(ask(external + "sasl_authz_id = dn:cn=carla,ou=people,dc=example,dc=test\n", "anna@example.test")).as("for whom she may not act").isInstanceOf(Answer.Unavailable.class);
            for (String mechanism : List.of("SCRAM-SHA-256", "CRAM-MD5")) {
                assertThat(ask(password + mechanism + "\n" + forBert, "anna@example.test")).isInstanceOfSatisfying(Answer.Unavailable.class,
                        no -> assertThat(no.reason()).contains(mechanism + " cannot act for another: sasl_authz_id = dn:cn=bert"));
            }
            if (digestIsHere()) {
                assertThat(ask(password + "CRAM-MD5 DIGEST-MD5\n" + forBert, "anna@example.test")).as("the first that can").isEqualTo(Answer.found("anna@store.test"));
            }
        }
    }
}
