// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tck.Zone;
import org.ostler.smtp.client.Chains.Identity;
import org.ostler.tls.JsseTls;

/**
 * Mail to servers whose TLSA records name an authority (usage 2), over a signed tree and in the {@link ThreeWays}: the anchor is sent, or only in the DNS, or nowhere; the certificate is for the host, for the domain, or for
 * somebody else; or it is over. RFC 7672 sections 3.1.2 and 3.2; points 5 to 8 of the list that other implementations were reviewed by.
 */
@Timeout(120)
@TestInstance(Lifecycle.PER_CLASS)
class DaneAnchorsTest {

    private static final String WRONG_KEY = "3 1 1 " + "00".repeat(32);

    private final List<String> log = new CopyOnWriteArrayList<>();
    private Identity root;
    private Identity stranger;
    private Map<String, FakeServer> servers;
    private ThreeWays ways;
    private Path rootFile;

    /** A server whose chain is for {@code mx.NAME.test} unless other hosts are given. */
    private static FakeServer showing(Path chain) throws Exception {
        return FakeServer.start(Sessions.OFFERS + Sessions.ENCRYPTED + Sessions.TAKES + Sessions.QUIT).with(new JsseTls(), Settings.of(Map.of("smtpd_tls_chain_files", chain.toString())));
    }

    private Zone zone(String name, String server, String... records) {
        Zone zone = Zone.of(name + ".test").mx(10, "mx").a("mx", "127.0.0.1").signed();
        for (String record : records) {
            zone.tlsa("_" + servers.get(server).port() + "._tcp.mx", record);
        }
        return zone;
    }

    @BeforeAll
    void start(@TempDir Path dir) throws Exception {
        root = Chains.authority("root", null);
        stranger = Chains.authority("stranger", null);
        Identity middle = Chains.authority("middle", root);
        String[] hosts = List.of("cert", "key", "middle", "all", "wholecert", "wholekey", "middlecert", "middlekey", "digest", "stranger", "either", "eitherone", "web", "aliashost", "aliasname", "aliastlsa").stream()
                .map(name -> "mx." + name + ".test").toArray(String[]::new);
        Identity server = Chains.server(middle, hosts);
        Identity relay = Chains.server(middle, "mx.relay.test");
        Identity domain = Chains.server(middle, "domain.test", "list.test", "insecure.test");
        Identity elsewhere = Chains.server(middle, "elsewhere.test");
        Identity expired = Chains.expired(middle, "mx.expired.test", "mx.expired3.test", "mx.expiredboth.test");
        servers = Map.of("whole", showing(server.chain(dir, middle, root)), "short", showing(server.chain(dir, middle)), "alone", showing(server.chain(dir)),
                "domain", showing(domain.chain(dir, middle, root)), "elsewhere", showing(elsewhere.chain(dir, middle, root)), "relay", showing(relay.chain(dir, middle, root)), "expired", showing(expired.chain(dir, middle, root)));
        rootFile = root.file(dir);
        Zone zones = zone("cert", "whole", root.tlsa(2, 0, 1)).and(zone("key", "whole", root.tlsa(2, 1, 1))).and(zone("middle", "short", middle.tlsa(2, 1, 1)))
                .and(zone("all", "whole", root.tlsa(2, 0, 0)))
                .and(zone("wholecert", "short", root.tlsa(2, 0, 0))).and(zone("wholekey", "short", root.tlsa(2, 1, 0)))
                .and(zone("middlecert", "alone", middle.tlsa(2, 0, 0))).and(zone("middlekey", "alone", middle.tlsa(2, 1, 0)))
                .and(zone("digest", "short", root.tlsa(2, 0, 1), root.tlsa(2, 1, 1)))
                .and(zone("stranger", "whole", stranger.tlsa(2, 0, 1), stranger.tlsa(2, 1, 1))).and(zone("web", "whole", stranger.tlsa(2, 0, 0)))
                .and(zone("either", "whole", WRONG_KEY, root.tlsa(2, 1, 1))).and(zone("eitherone", "whole", stranger.tlsa(2, 0, 0), server.tlsa(3, 1, 1)))
                .and(zone("wrongname", "elsewhere", root.tlsa(2, 0, 1), root.tlsa(2, 1, 1))).and(zone("wrongname3", "elsewhere", elsewhere.tlsa(3, 1, 1)))
                .and(zone("wrongboth", "elsewhere", WRONG_KEY, root.tlsa(2, 1, 1)))
                .and(zone("domain", "domain", root.tlsa(2, 1, 1))).and(Zone.of("list.test").mx(10, "mx.domain.test.").signed()).and(Zone.of("other.test").mx(10, "mx.domain.test.").signed())
                .and(Zone.of("insecure.test").mx(10, "mx.domain.test."))
                .and(zone("expired", "expired", root.tlsa(2, 0, 1))).and(zone("expired3", "expired", expired.tlsa(3, 1, 1))).and(zone("expiredboth", "expired", root.tlsa(2, 0, 1), expired.tlsa(3, 0, 1)))
                .and(Zone.of("alias.test").mx(10, "mx").cname("mx", "mx.aliashost.test.").signed()).and(zone("aliashost", "whole", root.tlsa(2, 0, 1)))
                .and(Zone.of("aliasname.test").mx(10, "mx").cname("mx", "mx.behind.test.").signed()).and(zone("behind", "whole", root.tlsa(2, 0, 1)))
                .and(Zone.of("aliastlsa.test").mx(10, "mx").a("mx", "127.0.0.1").cname("_" + servers.get("whole").port() + "._tcp.mx", "anchor.shared.test.").signed())
                .and(Zone.of("shared.test").tlsa("anchor", root.tlsa(2, 0, 1)).signed())
                .and(Zone.of("relay.test").mx(10, "mx").cname("mx", "mx.relayend.test.").signed()).and(zone("relayend", "relay", root.tlsa(2, 0, 1)))
                .and(Zone.of("next.test").mx(10, "mx.wrongname.test.").mx(20, "mx.second.test.").signed()).and(Zone.of("mx.second.test").a("@", "127.0.0.1")
                        .tlsa("_" + servers.get("elsewhere").port() + "._tcp", elsewhere.tlsa(3, 1, 1)).signed());
        ways = ThreeWays.of(zones, Map.of());
    }

    @AfterAll
    void stop() throws Exception {
        if (ways != null) {
            ways.close();
        }
        for (FakeServer server : servers.values()) {
            server.close();
        }
    }

    private String fate(Dns dns, String level, String domain, String server) throws Exception {
        try (var attached = MailLog.attach((_, _, _, text) -> log.add(text)); var scenario = ThreeWays.scenario(dns, level).set("smtp_tls_CAfile", rootFile.toString())) {
            return ThreeWays.fate(scenario, domain + ".test", servers.get(server));
        }
    }

    private void everywhere(String domain, String server, String expected) throws Exception {
        for (var way : ways.all().entrySet()) {
            assertThat(fate(way.getValue(), "dane", domain, server)).as(domain + " by " + way.getKey()).isEqualTo(expected);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        // the anchor is sent: its certificate, its key, an authority below the root (which then need not be sent), the whole certificate
        "cert       | whole",
        "key        | whole",
        "middle     | short",
        "all        | whole",
        // the anchor is not sent: whole certificate or bare key in the DNS, of the root or of the one that signed the server's
        "wholecert  | short",
        "wholekey   | short",
        "middlecert | alone",
        "middlekey  | alone",
        // records are alternatives: 3 fails and 2 matches, and the other way round
        "either     | whole",
        "eitherone  | whole",
        // the certificate names the domain and not the host
        "domain     | domain",
        "list       | domain",
        // the name behind an alias
        "alias      | whole",
        // the records are behind an alias of their own: the name stays that of the host
        "aliastlsa  | whole",
        // usage 3 asks neither for a name nor for a date
        "wrongname3 | elsewhere",
        "expired3   | expired",
        "expiredboth | expired",
        // the next host may do what the first does not
        "next       | elsewhere"})
    void mail_goes(String domain, String server) throws Exception {
        everywhere(domain, server, "dane sent");
        assertThat(fate(ways.literal(), "dane-only", domain, server)).isEqualTo("dane-only sent");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        // a digest of an anchor that is not sent leads nowhere
        "digest     | no TLSA record matches a certificate of the chain | short",
        "stranger   | no TLSA record matches a certificate of the chain | whole",
        // an authority that the operator trusts for other ends does not count here
        "web        | no TLSA record matches a certificate of the chain | whole",
        "wrongname  | the certificate is for elsewhere.test and not for mx.wrongname.test or wrongname.test | elsewhere",
        "wrongboth  | the certificate is for elsewhere.test and not for | elsewhere",
        // the certificate is for the alias that the MX record names, and the records are at its end
        "aliasname  | and not for mx.behind.test or aliasname.test | whole",
        // another domain with the same host: its name is not in the certificate
        "other      | the certificate is for domain.test, list.test, insecure.test and not for mx.domain.test or other.test | domain",
        "expired    | expired | expired"})
    void mail_waits(String domain, String why, String server) throws Exception {
        log.clear();
        int contents = servers.get(server).contents().size();
        everywhere(domain, server, "!dane deferred 4.7.5 (Server certificate not verified)");
        assertThat(log).filteredOn(line -> line.startsWith("certificate verification failed for ")).hasSize(3).allMatch(line -> line.contains(why));
        assertThat(fate(ways.literal(), "dane-only", domain, server)).isEqualTo("!dane-only deferred 4.7.5 (Server certificate not verified)");
        assertThat(servers.get(server).contents()).hasSize(contents);
    }

    /** Its certificate has the name that was configured, and its records are at the end of the alias; named by an MX record the same host is known by that end only (RFC 7672 section 3.2.2). */
    @Test
    void a_configured_host_that_is_an_alias_may_show_its_own_name() throws Exception {
        for (var way : ways.all().entrySet()) {
            try (var scenario = ThreeWays.scenario(way.getValue(), "dane")) {
                assertThat(Scenario.fate(scenario.deliver("[mx.relay.test]:" + servers.get("relay").port()))).as(way.getKey()).isEqualTo("dane sent");
            }
        }
        everywhere("relay", "relay", "!dane deferred 4.7.5 (Server certificate not verified)");
    }

    /** MX records that nobody signed prove no domain: who forges them would choose the name that his certificate has (RFC 7672 section 3.2.2). */
    @Test
    void a_domain_found_by_unsigned_MX_records_is_no_name() throws Exception {
        everywhere("insecure", "domain", "!half-dane deferred 4.7.5 (Server certificate not verified)");
    }
}
