// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.interop.DaneCases.Case;
import org.ostler.mail.tck.dns.SignedTree;

/**
 * DANE of the whole server, with Postfix as oracle: both send mail for the same domains over the same signed tree to the same servers, Postfix with Unbound's AD bit, Ostler with its own validation. A domain is a case
 * ({@link DaneCases}); its fate is whether mail went, the reason why not, and how sure the sender was of the server.
 *
 * <p>What Postfix 3.7 did is recorded in {@code dane-oracle.txt} ({@code -Ddane.record=true}), so that only the second test needs it. Where Ostler does otherwise, {@link #OTHERWISE} says why.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DaneOracleIT {

    private static final Path GOLDEN = Path.of("src/test/resources/dane-oracle.txt");

    /**
     * By domain: what Ostler does, where it is not what Postfix 3.7 did. {@code tainsecure}: MX records that nobody signed lead to a host whose certificate names the domain only. Postfix takes the domain's name all the same; by
     * RFC 7672 section 3.2.2 the host's name is the only one then, for whoever forges MX records chooses the host. {@code tarelay}: a configured host is an alias of one that has records, and the certificate names the alias. By
     * the same section it must be accepted; Postfix knows the name at the end only.
     */
    private static final Map<String, String> OTHERWISE = Map.of("tainsecure", "deferred 4.7.5 (Server certificate not verified) Untrusted", "tarelay", "sent Verified");

    @TempDir static Path pki;
    private static Server target;
    private static Server ostler;
    private static SignedTree tree;
    private static DaneCases cases;

    @BeforeAll
    static void start() throws Exception {
        cases = new DaneCases(pki);
        tree = SignedTree.of(cases.zones());
        target = Server.plain("dane-target").set("myhostname", "target.test").set("default_transport", "discard:").set("relayhost", "").set("virtual_mailbox_domains", "");
        cases.rows().forEach(target::row);
        target.start();
        ostler = Server.distribution("dane");
        sender().forEach(ostler::set);
        tree.ownValidation().forEach(ostler::set);
        ostler.set("virtual_mailbox_domains", "").row("half-encrypt unix - - n - - smtp -o smtp_tls_dane_insecure_mx_policy=encrypt").row("half-may unix - - n - - smtp -o smtp_tls_dane_insecure_mx_policy=may")
                .row("only unix - - n - - smtp -o smtp_tls_security_level=dane-only").start();
    }

    @AfterAll
    static void stop() throws Exception {
        Closing.all(ostler, target, tree);
    }

    private static Map<String, String> sender() {
        String routes = cases.cases().stream().map(c -> "{" + c.domain() + ".test=" + c.transport() + ":" + c.nextHop() + ":" + cases.port(c.server()) + "}").collect(Collectors.joining(", "));
        return Map.of("relayhost", "", "transport_maps", "inline:{" + routes + "}", "smtp_tls_security_level", "dane", "smtp_dns_support_level", "dnssec", "smtp_host_lookup", "dns",
                "smtp_tls_loglevel", "1", "smtp_tls_dane_insecure_mx_policy", "dane", "minimal_backoff_time", "300s", "smtp_connection_cache_on_demand", "no", "smtp_tls_session_cache_database", "");
    }

    @Test
    @Order(1)
    void every_domain_has_the_fate_that_Postfix_gave_it() throws Exception {
        Map<String, String> expected = recorded();
        expected.putAll(OTHERWISE);
        assertThat(text(fates(ostler.port(), ostler::log))).isEqualTo(text(expected));
    }

    @Test
    @Order(2)
    void Postfix_still_does_what_is_recorded() throws Exception {
        try (var postfix = new PostfixPeer()) {
            sender().forEach(postfix::set);
            try (var resolver = new ResolvConf(postfix.root(), tree.resolver().address())) {
                postfix.set("disable_dns_lookups", "no").resolvConf(resolver.file()).row("half-encrypt unix - - n - - smtp -o smtp_tls_dane_insecure_mx_policy=encrypt")
                        .row("half-may unix - - n - - smtp -o smtp_tls_dane_insecure_mx_policy=may").row("only unix - - n - - smtp -o smtp_tls_security_level=dane-only").start();
                String theirs = text(fates(postfix.port(), postfix::log));
                if (Boolean.getBoolean("dane.record")) {
                    Files.writeString(GOLDEN, theirs);
                }
                assertThat(theirs).isEqualTo(text(recorded()));
            }
        }
    }

    private static String text(Map<String, String> fates) {
        return fates.entrySet().stream().map(e -> e.getKey() + " | " + e.getValue() + "\n").collect(Collectors.joining());
    }

    private static Map<String, String> recorded() throws IOException {
        var all = new LinkedHashMap<String, String>();
        for (String line : Files.readAllLines(GOLDEN, StandardCharsets.UTF_8)) {
            String[] part = line.split(" \\| ", 2);
            all.put(part[0], part[1]);
        }
        return all;
    }

    // --- Mail ----------------------------------------------------------------------------------------------------

    /** One message at a time: the last handshake before the fate is the one that counts. */
    private static Map<String, String> fates(int port, Supplier<String> log) throws IOException {
        var all = new LinkedHashMap<String, String>();
        try (var smtp = new Dialogue(port)) {
            smtp.say("EHLO client.test");
            for (Case one : cases.cases()) {
                smtp.say("MAIL FROM:<probe@client.test>");
                smtp.say("RCPT TO:<probe@" + one.domain() + ".test>");
                smtp.say("DATA");
                assertThat(smtp.say("Subject: probe\r\n\r\nprobe\r\n.")).startsWith("250");
                Eventually.waitFor(() -> !fate(log.get(), one).isEmpty(), () -> one + "\n" + log.get());
                all.put(one.domain(), fate(log.get(), one));
            }
        }
        return all;
    }

    /** {@code sent Verified}, {@code deferred 4.7.5 (Server certificate not verified) Untrusted}; ports are written as 25. */
    private static String fate(String log, Case one) {
        Matcher status = Pattern.compile("to=<probe@" + one.domain() + "\\.test>,.* dsn=([\\d.]+), status=(\\w+) \\((.*)\\)").matcher(log);
        if (!status.find()) {
            return "";
        }
        String before = log.substring(0, status.start());
        Matcher trust = Pattern.compile("(\\w+) TLS connection established to|status=").matcher(before);
        String last = "";
        while (trust.find()) {
            last = trust.group(1) == null ? "" : " " + trust.group(1);
        }
        String why = status.group(2).equals("sent") ? "" : " " + status.group(1) + " (" + status.group(3).replace(":" + cases.port(one.server()), ":25") + ")";
        return status.group(2) + why + last;
    }
}
