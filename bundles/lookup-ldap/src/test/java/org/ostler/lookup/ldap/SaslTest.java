// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.GoldenFile;
import org.ostler.mail.tck.lookup.Specs;

/** ldapi and SASL against a real slapd that shows its people to no stranger. Left out by name where Debian's slapd or the mechanisms are not installed. */
@EnabledIf(value = "slapdIsHere", disabledReason = "slapd is not installed")
class SaslTest {

    private static final String RULES = """
            authz-regexp gidNumber=.*,cn=peercred,cn=external,cn=auth cn=anna,ou=people,dc=example,dc=test
            authz-regexp uid=([^,]*),.*cn=auth cn=$1,ou=people,dc=example,dc=test
            password-hash {CLEARTEXT}
            """;

    @TempDir
    static Path dir;
    private static Slapd slapd;
    private final List<String> warnings = new ArrayList<>();

    static boolean slapdIsHere() {
        return Slapd.isHere();
    }

    static boolean mechanismsAreHere() {
        return hasModule("libdigestmd5.so");
    }

    static boolean scramIsHere() {
        return hasModule("libscram.so");
    }

    static boolean hasModule(String name) {
        return Slapd.isHere() && Files.exists(Path.of("/usr/lib/" + System.getProperty("os.arch").replace("amd64", "x86_64") + "-linux-gnu/sasl2/" + name));
    }

    @BeforeAll
    static void start() throws Exception {
        GoldenFile golden = GoldenFile.load("ldap/slapd");
        // At the end of the configuration: rules of the database.
        slapd = new Slapd(dir, golden.text("slapd.conf") + "access to attrs=userPassword by anonymous auth\naccess to * by users read by anonymous auth\n", golden.text("data.ldif"), RULES);
    }

    @AfterAll
    static void stop() throws Exception {
        slapd.close();
    }

    private Answer ask(String more) throws Exception {
        Files.writeString(dir.resolve("t.cf"), "search_base = ou=people,dc=example,dc=test\nquery_filter = (mail=%s)\nresult_attribute = description\nbind = sasl\n" + more);
        try (Table table = new LdapFactory().open(Specs.of("ldap", "./t.cf", dir, warnings::add))) {
            return table.find("anna@example.test");
        }
    }

    private static String tcp() {
        return "server_host = 127.0.0.1:" + slapd.port + "\nbind_dn = anna\nbind_pw = annapw\n";
    }

    private static String unix() {
        return "server_host = ldapi://" + slapd.socket.toString().replace("/", "%2f") + "\n";
    }

    @Test
    void external_over_a_socket_is_the_user_of_the_process() throws Exception {
        assertThat(ask(unix() + "sasl_mechs = EXTERNAL\n")).isEqualTo(Answer.found("anna@store.test"));
        assertThat(ask(unix() + "sasl_mechs = external\nsasl_minssf = 71\n")).isEqualTo(Answer.found("anna@store.test"));
        assertThat(ask(unix())).isEqualTo(Answer.found("anna@store.test"));
        assertThat(ask(unix() + "bind = no\n")).isInstanceOf(Answer.Unavailable.class);
    }

    @Test
    void what_is_too_weak_is_refused_before_anything_is_sent() throws Exception {
        assertThat(ask(unix() + "sasl_mechs = EXTERNAL\nsasl_minssf = 72\n")).isInstanceOfSatisfying(Answer.Unavailable.class, no -> assertThat(no.reason()).contains("-6 (Unknown authentication method)"));
    }

    @Test
    @EnabledIf(value = "mechanismsAreHere", disabledReason = "slapd with DIGEST-MD5 (Debian packages slapd, libsasl2-modules) is not installed")
    void passwords_with_digest_and_with_encryption_of_its_own() throws Exception {
        for (String mechanism : List.of("DIGEST-MD5", "CRAM-MD5", "PLAIN DIGEST-MD5")) {
            assertThat(ask(tcp() + "sasl_mechs = " + mechanism + "\n")).as(mechanism).isEqualTo(Answer.found("anna@store.test"));
        }
        assertThat(ask(tcp() + "sasl_mechs = DIGEST-MD5\nsasl_minssf = 1\n")).isEqualTo(Answer.found("anna@store.test"));
        assertThat(ask(tcp() + "sasl_mechs = DIGEST-MD5\nbind_pw = wrongpw\n")).isInstanceOfSatisfying(Answer.Unavailable.class,
                no -> assertThat(no.reason()).contains("with dn anna: 49 (Invalid credentials)").doesNotContain("wrongpw"));
    }

    /** RFC 5802, RFC 7677: the password stays here. */
    @Test
    @EnabledIf("scramIsHere")
    void passwords_that_are_proven_and_not_sent() throws Exception {
        for (String mechanism : List.of("SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512", "NONSENSE SCRAM-SHA-256 PLAIN")) {
            assertThat(ask(tcp() + "sasl_mechs = " + mechanism + "\n")).as(mechanism).isEqualTo(Answer.found("anna@store.test"));
            assertThat(ask(tcp() + "sasl_mechs = " + mechanism + "\nbind_pw = wrongpw\n")).as(mechanism).isInstanceOfSatisfying(Answer.Unavailable.class,
                    no -> assertThat(no.reason()).contains("with dn anna: ").doesNotContain("wrongpw"));
        }
        // Without a layer of its own it is as weak as the connection.
        assertThat(ask(tcp() + "sasl_mechs = SCRAM-SHA-256\nsasl_minssf = 1\n")).isInstanceOfSatisfying(Answer.Unavailable.class, no -> assertThat(no.reason()).contains("-6 (Unknown authentication method)"));
    }

    @Test
    void a_mechanism_that_nobody_has_is_said() throws Exception {
        assertThat(ask(tcp() + "sasl_mechs = NONSENSE\n")).isInstanceOfSatisfying(Answer.Unavailable.class, no -> assertThat(no.reason()).contains("no mechanism NONSENSE"));
    }
}
