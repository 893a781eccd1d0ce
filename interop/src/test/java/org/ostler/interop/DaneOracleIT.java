// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tck.dns.SignedTree;

/**
 * DANE of the whole server, with Postfix as oracle: both send the same mail over the same signed tree to the same Postfix, Postfix with Unbound's AD bit, Ostler with its own validation. Each domain is a case; its fate is
 * whether mail went, and how sure the sender was of the server.
 */
class DaneOracleIT {

    private static final String WRONG = "3 1 1 " + "00".repeat(32);
    private static final String PKIX = "1 1 1 " + "00".repeat(32);

    private static final Map<String, String> CASES = new LinkedHashMap<>(Map.ofEntries(
            Map.entry("good", "sent Verified"), Map.entry("wrong", "deferred Untrusted"), Map.entry("insecuremx", "sent Trusted"), Map.entry("nomx", "sent Verified"),
            Map.entry("unsignedhost", "sent Untrusted"), Map.entry("unsigned", "sent Untrusted"), Map.entry("aliasout", "sent Verified"), Map.entry("alias", "sent Verified"),
            Map.entry("servfail", "deferred"), Map.entry("none", "sent Untrusted"), Map.entry("pkix", "sent Untrusted"), Map.entry("mixed", "sent Verified"), Map.entry("two", "sent Verified")));

    private static PostfixPeer target;
    private static PostfixPeer postfix;
    private static Server ostler;
    private static SignedTree tree;
    private static ResolvConf resolver;

    @BeforeAll
    static void start() throws Exception {
        target = new PostfixPeer();
        postfix = new PostfixPeer();
        Path key = target.root().resolve("key.pem");
        Path certificate = target.root().resolve("cert.pem");
        Program.run(List.of(Program.need("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=elsewhere.test",
                "-keyout", key.toString(), "-out", certificate.toString())).ok();
        target.set("smtpd_tls_security_level", "may").set("smtpd_tls_cert_file", certificate).set("smtpd_tls_key_file", key).set("default_transport", "discard:")
                .set("myhostname", "target.test").start();
        tree = SignedTree.of(zones("3 1 1 " + digest(certificate)));
        resolver = new ResolvConf(target.root(), tree.resolver().address());
        String routes = "inline:{" + String.join(", ", CASES.keySet().stream().map(name -> "{" + name + ".test=smtp:" + name + ".test:" + target.port() + "}").toList()) + "}";
        Map<String, String> common = Map.of("relayhost", "", "transport_maps", routes, "smtp_tls_security_level", "dane", "smtp_dns_support_level", "dnssec", "smtp_host_lookup", "dns",
                "smtp_tls_loglevel", "1", "smtp_tls_dane_insecure_mx_policy", "dane", "minimal_backoff_time", "300s", "smtp_connection_cache_on_demand", "no");
        common.forEach(postfix::set);
        postfix.set("disable_dns_lookups", "no").resolvConf(resolver.file()).start();
        ostler = Server.distribution("dane");
        common.forEach(ostler::set);
        tree.ownValidation().forEach(ostler::set);
        ostler.set("virtual_mailbox_domains", "").start();
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable each : new AutoCloseable[] {postfix, ostler, resolver, tree, target}) {
            if (each != null) {
                each.close();
            }
        }
    }

    private static String digest(Path certificate) throws Exception {
        try (InputStream in = Files.newInputStream(certificate)) {
            byte[] spki = CertificateFactory.getInstance("X.509").generateCertificate(in).getPublicKey().getEncoded();
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(spki));
        }
    }

    private static Zone zone(String name, String... records) {
        Zone zone = Zone.of(name + ".test").mx(10, "mx").a("mx", "127.0.0.1").signed();
        for (String record : records) {
            zone.tlsa("_" + target.port() + "._tcp.mx", record);
        }
        return zone;
    }

    private static Zone[] zones(String good) {
        String owner = "_" + target.port() + "._tcp";
        return new Zone[] {
            zone("good", good), zone("wrong", WRONG), Zone.of("insecuremx.test").mx(10, "mx.signed.test."), zone("signed", good),
            Zone.of("nomx.test").a("@", "127.0.0.1").tlsa(owner, good).signed(),
            Zone.of("unsigned.test").mx(10, "mx").a("mx", "127.0.0.1").a("real", "127.0.0.1").a("plain", "127.0.0.1").servfail(owner + ".plain"),
            Zone.of("unsignedhost.test").mx(10, "plain.unsigned.test.").signed(),
            Zone.of("alias.test").mx(10, "mx").cname("mx", "real").a("real", "127.0.0.1").tlsa(owner + ".real", good).signed(),
            Zone.of("aliasout.test").mx(10, "mx").cname("mx", "real.unsigned.test.").tlsa(owner + ".mx", good).signed(),
            zone("servfail", good).servfail(owner + ".mx"), zone("none"), zone("pkix", PKIX), zone("mixed", PKIX, WRONG, good),
            zone("bad", WRONG), Zone.of("two.test").mx(10, "mx.bad.test.").mx(20, "mx.signed.test.").signed()};
    }

    @Test
    void every_domain_has_the_fate_that_Postfix_gives_it() throws IOException {
        for (int port : new int[] {postfix.port(), ostler.port()}) {
            for (String name : CASES.keySet()) {
                Program.run(List.of(Program.need("smtp-source"), "-m", "1", "-f", "probe@client.test", "-t", "probe@" + name + ".test", "127.0.0.1:" + port)).ok();
                Eventually.waitFor(() -> fate(log(port), name).matches("(sent|deferred).*"), () -> name + "\n" + log(port));
            }
        }
        var theirs = new LinkedHashMap<String, String>();
        var ours = new LinkedHashMap<String, String>();
        CASES.keySet().forEach(name -> {
            theirs.put(name, fate(postfix.log(), name));
            ours.put(name, fate(ostler.log(), name));
        });
        assertThat(theirs).as("Postfix").isEqualTo(CASES);
        assertThat(ours).as("Ostler").isEqualTo(CASES);
    }

    private static String log(int port) {
        return port == postfix.port() ? postfix.log() : ostler.log();
    }

    /** One message at a time: the last handshake before the fate is the one that counts. */
    private static String fate(String log, String name) {
        Matcher status = Pattern.compile("to=<probe@" + name + "\\.test>,.* status=(\\w+)").matcher(log);
        if (!status.find()) {
            return "";
        }
        Matcher trust = Pattern.compile("(\\w+) TLS connection established to|status=").matcher(log.substring(0, status.start()));
        String last = "";
        while (trust.find()) {
            last = trust.group(1) == null ? "" : " " + trust.group(1);
        }
        return status.group(1) + last;
    }
}
