// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tck.dns.SignedTree;

/**
 * MTA-STS of the whole server: TXT records on real name servers, policies from an HTTPS server on port 443, mail to a real Postfix with a certificate by an authority that server and JDK trust, and what is counted for TLS reports. Each
 * domain is a case. The server's process has an {@code /etc/hosts} and a list of authorities of its own.
 */
@Timeout(240)
class MtaStsIT {

    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final String WRONG = "3 1 1 " + "00".repeat(32);

    /** By domain: its policy, which would keep the mail where it is taken but must not be, what becomes of a message, and what is counted: kind of policy and result. */
    private record Case(String policy, String fate, String counted) {}

    private static final Map<String, Case> CASES = new LinkedHashMap<>();

    static {
        add("good", policy("enforce", "mx.good.test"), "sent tls=secure Verified", "STS");
        add("wild", policy("enforce", "*.wild.test"), "sent tls=secure Verified", "STS");
        add("deep", policy("enforce", "*.deep.test"), "deferred MX host mx.a.deep.test is not in the MTA-STS policy of deep.test", "STS VALIDATION_FAILURE");
        add("unlisted", policy("enforce", "mx.other.test"), "deferred MX host mx.unlisted.test is not in the MTA-STS policy of unlisted.test", "STS VALIDATION_FAILURE");
        add("othercert", policy("enforce", "mx.othercert.test"), "deferred Server certificate not verified", "STS CERTIFICATE_HOST_MISMATCH");
        add("testing", policy("testing", "mx.other.test"), "sent tls=may Trusted", "STS VALIDATION_FAILURE");
        add("testcert", policy("testing", "mx.testcert.test"), "sent tls=may Trusted", "STS");
        add("none", policy("none", "mx.other.test"), "sent tls=may Trusted", "NO_POLICY_FOUND");
        add("redirect", "redirect " + policy("enforce", "mx.other.test"), "sent tls=may Trusted", "STS STS_POLICY_FETCH_ERROR");
        add("html", "html " + policy("enforce", "mx.other.test"), "sent tls=may Trusted", "STS STS_POLICY_FETCH_ERROR");
        add("ageless", "version: STSv1\nmode: enforce\nmx: mx.other.test\n", "sent tls=may Trusted", "STS STS_POLICY_INVALID");
        add("hostless", "version: STSv1\nmode: enforce\nmax_age: 86400\n", "sent tls=may Trusted", "STS STS_POLICY_INVALID");
        add("wrongweb", policy("enforce", "mx.other.test"), "sent tls=may Trusted", "STS STS_WEBPKI_INVALID");
        add("norecord", policy("enforce", "mx.other.test"), "sent tls=may Trusted", "NO_POLICY_FOUND");
        // DANE outranks it: good records need no policy, and no policy mends bad ones.
        add("dane", policy("enforce", "mx.other.test"), "sent tls=dane Verified", "TLSA");
        add("daneout", policy("enforce", "mx.daneout.test"), "deferred Server certificate not verified", "TLSA VALIDATION_FAILURE");
    }

    private static PostfixPeer target;
    private static SignedTree tree;
    private static PolicyHosts web;
    private static Server ostler;
    private static Path pki;

    private static void add(String name, String policy, String fate, String counted) {
        CASES.put(name, new Case(policy, fate, counted));
    }

    private static String policy(String mode, String mx) {
        return "version: STSv1\nmode: " + mode + "\nmx: " + mx + "\nmax_age: 86400\n";
    }

    @BeforeAll
    static void start() throws Exception {
        target = new PostfixPeer();
        pki = target.root();
        certificates();
        target.set("smtpd_tls_security_level", "may").set("smtpd_tls_chain_files", pki + "/mail.pem").set("default_transport", "discard:").set("myhostname", "target.test").start();
        tree = SignedTree.of(zones());
        web = new PolicyHosts(keys(), PASSWORD);
        CASES.forEach((name, each) -> web.publish(name + ".test", each.policy));
        Path hosts = Files.writeString(pki.resolve("hosts"), "127.0.0.1 localhost\n" + String.join("", CASES.keySet().stream().map(name -> web.address().getHostAddress() + " mta-sts." + name + ".test\n").toList()));
        ostler = Server.plain("sts").mount(hosts, Path.of("/etc/hosts")).flag("-Djavax.net.ssl.trustStore=" + pki.resolve("trust.p12")).flag("-Djavax.net.ssl.trustStorePassword=changeit");
        if (Files.exists(Path.of("/etc/ssl/certs/ca-certificates.crt"))) {
            ostler.mount(pki.resolve("ca.pem"), Path.of("/etc/ssl/certs/ca-certificates.crt"));
        }
        tree.ownValidation().forEach(ostler::set);
        String routes = "inline:{" + String.join(", ", CASES.keySet().stream().map(name -> "{" + name + ".test=smtp:" + name + ".test:" + target.port() + "}").toList()) + "}";
        Map.of("relayhost", "", "transport_maps", routes, "smtp_tls_security_level", "dane", "smtp_tls_loglevel", "1", "smtp_tls_CAfile", pki + "/ca.pem", "minimal_backoff_time", "300s", "virtual_mailbox_domains", "",
                "smtp_connection_cache_on_demand", "no", "tlsrpt_enable", "yes").forEach(ostler::set);
        ostler.start();
    }

    @AfterAll
    static void stop() throws Exception {
        Closing.all(ostler, web, tree, target);
    }

    private static Zone[] zones() throws Exception {
        String owner = "_" + target.port() + "._tcp.mx";
        var zones = new ArrayList<Zone>();
        for (String name : CASES.keySet()) {
            Zone zone = name.equals("deep") ? Zone.of("deep.test").mx(10, "mx.a").a("mx.a", "127.0.0.1") : Zone.of(name + ".test").mx(10, "mx").a("mx", "127.0.0.1");
            if (!name.equals("norecord")) {
                zone.record("_mta-sts", "TXT", "\"v=STSv1; id=20261127;\"");
            }
            switch (name) {
                case "dane" -> zone.tlsa(owner, "3 1 1 " + digest()).signed();
                case "daneout" -> zone.tlsa(owner, WRONG).signed();
                default -> { /* unsigned: DANE does not apply */ }
            }
            zones.add(zone);
        }
        return zones.toArray(Zone[]::new);
    }

    // --- Certificates --------------------------------------------------------------------------------------------

    private static void certificates() throws Exception {
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=Authority", "-keyout", pki + "/ca-key.pem", "-out", pki + "/ca.pem");
        String mail = String.join(",", CASES.keySet().stream().filter(name -> !name.equals("othercert") && !name.equals("testing")).map(name -> "DNS:mx." + name + ".test").toList()) + ",DNS:mx.a.deep.test";
        String web = String.join(",", CASES.keySet().stream().filter(name -> !name.equals("wrongweb")).map(name -> "DNS:mta-sts." + name + ".test").toList());
        for (String[] each : new String[][] {{"mail", mail}, {"web", web}}) {
            Path extensions = Files.writeString(pki.resolve(each[0] + ".ext"), "subjectAltName=" + each[1] + "\n");
            String base = pki + "/" + each[0];
            openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + each[0], "-keyout", base + "-key.pem", "-out", base + ".csr");
            openssl("x509", "-req", "-in", base + ".csr", "-CA", pki + "/ca.pem", "-CAkey", pki + "/ca-key.pem", "-set_serial", "7", "-days", "20", "-extfile", extensions.toString(), "-out", base + "-cert.pem");
            Files.writeString(pki.resolve(each[0] + ".pem"), Server.read(Path.of(base + "-key.pem")) + Server.read(Path.of(base + "-cert.pem")));
        }
        openssl("pkcs12", "-export", "-in", pki + "/web.pem", "-out", pki + "/web.p12", "-passout", "pass:changeit");
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("authority", read(pki.resolve("ca.pem")));
        try (var out = Files.newOutputStream(pki.resolve("trust.p12"))) {
            trust.store(out, PASSWORD);
        }
    }

    private static void openssl(String... arguments) {
        Program.run(Stream.concat(Stream.of(Program.need("openssl")), Stream.of(arguments)).toList()).ok();
    }

    private static KeyStore keys() throws Exception {
        return KeyStore.getInstance(pki.resolve("web.p12").toFile(), PASSWORD);
    }

    private static X509Certificate read(Path certificate) throws Exception {
        try (InputStream in = Files.newInputStream(certificate)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static String digest() throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(read(pki.resolve("mail-cert.pem")).getPublicKey().getEncoded()));
    }

    // --- What becomes of mail ------------------------------------------------------------------------------------

    @Test
    void each_domain_has_the_fate_that_its_policy_gives_it_and_it_is_counted() throws IOException {
        for (String name : CASES.keySet()) {
            Program.run(List.of(Program.need("smtp-source"), "-m", "1", "-f", "probe@client.test", "-t", "probe@" + name + ".test", "127.0.0.1:" + ostler.port())).ok();
            Eventually.waitFor(() -> !fate(ostler.log(), name).isEmpty(), () -> name + ": " + ostler.tail());
        }
        var fates = new LinkedHashMap<String, String>();
        var expected = new LinkedHashMap<String, String>();
        CASES.forEach((name, each) -> {
            fates.put(name, fate(ostler.log(), name));
            expected.put(name, each.fate);
        });
        assertThat(fates).as(ostler.log()).isEqualTo(expected);
        assertThat(web.asked()).as("no record, no question; DANE settles it before").contains("good.test", "testing.test").doesNotContain("norecord.test", "dane.test", "daneout.test");
        ostler.stop(); // counts in memory are written down
        var counted = new TreeMap<String, String>();
        CASES.forEach((name, each) -> counted.put(name + ".test", each.counted));
        assertThat(counts()).isEqualTo(counted);
        fingers();
    }

    /** posttls-finger -e decides as the server does, with what the server remembers, and without it running. */
    private static void fingers() {
        Program.Result unlisted = ostler.command("posttls-finger", "-e", "-j", "unlisted.test:" + target.port());
        assertThat(unlisted.exit()).as(unlisted.output()).isEqualTo(75);
        assertThat(unlisted.output()).contains("\"satisfied\": false, \"error\": \"MX host mx.unlisted.test is not in the MTA-STS policy of unlisted.test\"", "\"type\": \"TXT\", \"name\": \"_mta-sts.unlisted.test\"");
        Program.Result testing = ostler.command("posttls-finger", "-e", "-j", "testing.test:" + target.port());
        assertThat(testing.exit()).as(testing.output()).isZero();
        assertThat(testing.output()).contains("\"satisfied\": true", "\"level\": \"may\"", "\"type\": \"sts\", \"domain\": \"testing.test\"");
        assertThat(ostler.command("posttls-finger", "-e", "-c", "dane.test:" + target.port()).output()).contains("TLS policy: dane, names mx.dane.test dane.test, SNI mx.dane.test, by DANE, MX secure, address secure",
                "Verified TLS connection established to mx.dane.test[127.0.0.1]:");
        Program.Result daneout = ostler.command("posttls-finger", "-e", "-j", "daneout.test:" + target.port());
        assertThat(daneout.exit()).as(daneout.output()).isEqualTo(2);
    }

    /** One message to each domain: the last handshake before its fate is its own. */
    private static String fate(String log, String name) {
        Matcher line = Pattern.compile("to=<probe@" + name + "\\.test>,.* tls=(\\S+?),.* status=(\\w+) \\((.*)\\)").matcher(log);
        if (!line.find()) {
            return "";
        }
        if (line.group(2).equals("deferred")) {
            return "deferred " + line.group(3);
        }
        Matcher trust = Pattern.compile("(\\w+) TLS connection established to").matcher(log.substring(0, line.start()));
        String last = "";
        while (trust.find()) {
            last = " " + trust.group(1);
        }
        return line.group(2) + " tls=" + line.group(1) + last;
    }

    /** Of the days' files: kind of policy and result, by domain (bundles/tlsrpt, DayFiles). */
    private static Map<String, String> counts() throws IOException {
        var counts = new TreeMap<String, String>();
        try (Stream<Path> files = Files.list(ostler.home().resolve("lib/tlsrpt"))) {
            for (Path file : files.filter(each -> each.toString().endsWith(".counts")).sorted().toList()) {
                for (String line : Files.readAllLines(file)) {
                    String[] field = line.split("\t", -1);
                    counts.put(field[1], (field[2] + " " + field[6]).strip());
                }
            }
        }
        return counts;
    }
}
