// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.tck.GoldenFile;
import org.ostler.mail.tck.lookup.Specs;

/** Kerberos: a private realm with MIT's server, and a slapd that is known in it. Left out by name where Debian's krb5-kdc, krb5-admin-server, slapd or libsasl2-modules-gssapi-mit is not installed. */
@Timeout(120)
@EnabledIf("programsAreHere")
class GssapiTest {

    private static final String CONFIGURATION = "java.security.krb5.conf";

    @TempDir
    static Path dir;
    private static Process kdc;
    private static Slapd slapd;
    private static String before;
    private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());

    static boolean programsAreHere() {
        return SaslTest.hasModule("libgssapiv2.so") && List.of("krb5kdc", "kdb5_util", "kadmin.local").stream().allMatch(name -> Files.isExecutable(Path.of("/usr/sbin", name)));
    }

    private static Map<String, String> environment() {
        return Map.of("KRB5_CONFIG", dir.resolve("krb5.conf").toString(), "KRB5_KDC_PROFILE", dir.resolve("kdc.conf").toString(), "KRB5_KTNAME", dir.resolve("ldap.keytab").toString(), "KRB5RCACHETYPE", "none");
    }

    @BeforeAll
    static void start() throws Exception {
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Files.writeString(dir.resolve("krb5.conf"), """
                [libdefaults]
                default_realm = EXAMPLE.TEST
                dns_lookup_kdc = false
                dns_lookup_realm = false
                rdns = false
                dns_canonicalize_hostname = false
                udp_preference_limit = 1
                [realms]
                EXAMPLE.TEST = {
                  kdc = 127.0.0.1:%d
                }
                """.formatted(port));
        Files.writeString(dir.resolve("kdc.conf"), """
                [kdcdefaults]
                kdc_listen = 127.0.0.1:%d
                kdc_tcp_listen = 127.0.0.1:%d
                [realms]
                EXAMPLE.TEST = {
                  database_name = %s/principal
                  key_stash_file = %s/stash
                  acl_file = %s/acl
                }
                [logging]
                kdc = FILE:%s/kdc.log
                """.formatted(port, port, dir, dir, dir, dir));
        run("kdb5_util", "create", "-s", "-r", "EXAMPLE.TEST", "-P", "master");
        run("kadmin.local", "-q", "addprinc -pw annapw anna");
        run("kadmin.local", "-q", "addprinc -pw bertpw bert");
        run("kadmin.local", "-q", "addprinc -randkey ldap/localhost");
        run("kadmin.local", "-q", "ktadd -k " + dir.resolve("ldap.keytab") + " ldap/localhost");
        kdc = process("krb5kdc", "-n", "-P", dir.resolve("kdc.pid").toString());
        awaitPort(port);
        before = System.getProperty(CONFIGURATION);
        System.setProperty(CONFIGURATION, dir.resolve("krb5.conf").toString());
        GoldenFile golden = GoldenFile.load("ldap/slapd");
        slapd = new Slapd(dir, golden.text("slapd.conf") + "access to * by users read by anonymous auth\n", golden.text("data.ldif"),
                "sasl-host localhost\nsasl-realm EXAMPLE.TEST\nauthz-regexp uid=([^,]*),.*cn=auth cn=$1,ou=people,dc=example,dc=test\n", environment());
    }

    private static Process process(String program, String... arguments) throws IOException {
        var command = new ArrayList<>(List.of("/usr/sbin/" + program));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(dir.resolve(program + ".log").toFile());
        builder.environment().putAll(environment());
        return builder.start();
    }

    private static void run(String program, String... arguments) throws Exception {
        Process process = process(program, arguments);
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(program + ": " + Files.readString(dir.resolve(program + ".log")));
        }
    }

    private static void awaitPort(int port) throws Exception {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30); System.nanoTime() < end;) {
            try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException e) {
                // Not yet; the process that ends is the other way out.
                if (kdc.waitFor(20, TimeUnit.MILLISECONDS)) {
                    throw new IOException("krb5kdc: " + Files.readString(dir.resolve("krb5kdc.log")), e);
                }
            }
        }
        throw new IOException("krb5kdc does not listen");
    }

    @AfterAll
    static void stop() throws Exception {
        if (slapd != null) {
            slapd.close();
        }
        if (before == null) {
            System.clearProperty(CONFIGURATION);
        } else {
            System.setProperty(CONFIGURATION, before);
        }
        kdc.destroy();
        if (!kdc.waitFor(20, TimeUnit.SECONDS)) {
            kdc.destroyForcibly();
        }
    }

    private Answer ask(String more) throws Exception {
        return ask("./t.cf", more);
    }

    private Answer ask(String file, String more) throws Exception {
        Files.writeString(dir.resolve(file), "server_host = localhost:" + slapd.port + "\nsearch_base = ou=people,dc=example,dc=test\nquery_filter = (mail=%s)\nresult_attribute = description\nbind = sasl\n"
                + "sasl_mechs = GSSAPI\n" + more);
        try (Table table = new LdapFactory().open(Specs.of("ldap", file, dir, warnings::add))) {
            return table.find("anna@example.test");
        }
    }

    @Test
    void a_password_fetches_a_ticket_and_the_ticket_is_what_the_server_sees() throws Exception {
        assertThat(ask("bind_dn = anna\nbind_pw = annapw\n")).isEqualTo(Answer.found("anna@store.test"));
        assertThat(ask("bind_dn = anna\nsasl_realm = EXAMPLE.TEST\nbind_pw = annapw\n")).isEqualTo(Answer.found("anna@store.test"));
        assertThat(ask("bind_dn = anna@EXAMPLE.TEST\nbind_pw = annapw\n")).isEqualTo(Answer.found("anna@store.test"));
        assertThat(ask("bind_dn = anna\nbind_pw = wrongpw\n")).isInstanceOfSatisfying(Answer.Unavailable.class, no -> assertThat(no.reason()).contains("with dn anna: ").doesNotContain("wrongpw"));
        assertThat(ask("bind_dn = nobody\nbind_pw = annapw\n")).isInstanceOf(Answer.Unavailable.class);
    }

    /** RFC 4752 section 3.1: what follows is signed, or encrypted. */
    @Test
    void the_connection_is_as_strong_as_asked_for() throws Exception {
        for (int bits : new int[] {1, 56}) {
            assertThat(ask("bind_dn = anna\nbind_pw = annapw\nsasl_minssf = " + bits + "\n")).as("%d bits", bits).isEqualTo(Answer.found("anna@store.test"));
        }
    }

    /** The library tells the JDK through properties of the whole process who logs in. */
    @Test
    void logins_of_different_tables_at_a_time_are_not_mixed_up() throws Exception {
        var answers = new ArrayList<Future<Answer>>();
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (int i = 0; i < 20; i++) {
                String file = "./t" + i + ".cf";
                String name = i % 2 == 0 ? "anna" : "bert";
                answers.add(threads.submit(() -> ask(file, "bind_dn = " + name + "\nbind_pw = " + name + "pw\n")));
            }
        }
        for (Future<Answer> each : answers) {
            assertThat(each.get()).isEqualTo(Answer.found("anna@store.test"));
        }
    }
}
