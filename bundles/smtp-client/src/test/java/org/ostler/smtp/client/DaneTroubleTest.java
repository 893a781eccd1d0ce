// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tck.Zone;
import org.ostler.mail.tck.Zone.Signing;
import org.ostler.mail.tck.dns.Tap;
import org.ostler.mail.tck.dns.Tap.Fault;

/**
 * Name servers that are lame, silent, broken or lying, and what becomes of mail: the host is skipped or the mail waits, the log says why, and nothing goes to a server that was not asked to prove itself.
 *
 * <p>Each domain is a case. Its server would take the mail: the one that offers TLS has the very certificate that a liar vouches for, the other no TLS at all. Faults sit between the authority and either resolver, so that own
 * validation has a resolver that passes lies on, and the AD bit one that is lied to.
 */
@Timeout(120)
class DaneTroubleTest extends DaneGround {

    private static final String NO_HOST = "- deferred 4.4.3 (Host or domain name not found. Name service error for name=%s type=%s: Host not found, try again)";
    private static final String NO_TLSA = "unknown? deferred 4.7.5 (TLSA lookup error for mx.%s.test:25)";
    private static final Set<String> HASTY = Set.of("silent");
    private static final String REFUSAL = "SERVFAIL from 127.0.0.1";
    private static final int A = 1;
    private static final int NS = 2;
    private static final int MX = 15;
    private static final int AAAA = 28;
    private static final int TLSA = 52;
    private static final int ALL = 0;
    private static final int SERVFAIL = 2;
    private static final int NXDOMAIN = 3;
    private static final int REFUSED = 5;

    /** For silence, which costs all the time there is. Others must not be short of it, or a busy machine is taken for a silent server. */
    private ThreeWays hasty;
    private final Map<String, Fault> faults = new ConcurrentHashMap<>();
    private final List<String> log = new CopyOnWriteArrayList<>();

    @BeforeAll
    void start(@TempDir Path dir) throws Exception {
        servers(dir);
        Zone zones = zone("good", Rules.EE).and(Zone.of("lamehost.test").mx(10, "mx.lame.test.").signed()).and(Zone.of("next.test").mx(10, "mx.lame.test.").mx(20, "mx.good.test.").signed());
        for (String name : List.of("lame", "referral", "silent", "slow", "servfail", "refused", "cut", "family", "noname", "nodata", "nomx", "falsemx", "falsehost", "stripped")) {
            zones.and(zone(name, Rules.EE));
        }
        zones.and(zone("falsetlsa", WRONG));
        for (Signing how : List.of(Signing.EXPIRED, Signing.NOT_YET_VALID, Signing.BOGUS, Signing.WRONG_KEY, Signing.STRIPPED)) {
            String name = how.name().toLowerCase(java.util.Locale.ROOT).replace("_", "");
            zones.and(zone("zone" + name, Rules.EE).signing(how)).and(Zone.of("host" + name + ".test").mx(10, "mx.zone" + name + ".test.").signed())
                    .and(Zone.of("next" + name + ".test").mx(10, "mx.zone" + name + ".test.").mx(20, "mx.good.test.").signed());
        }
        zones.and(zone("large", "3 0 0 " + "5a".repeat(30_000), Rules.EE)).and(zone("largeonly", "3 0 0 " + "5a".repeat(30_000))).and(zone("many", many())).and(zone("strange", "4 1 1 " + "00".repeat(32), "3 2 1 00", "3 1 255 00", "3 1 1 0000"))
                .and(zone("strangegood", "4 1 1 " + "00".repeat(32), "255 255 255 00", Rules.EE)).and(zone("short", Rules.EE)).and(zone("shortgood", Rules.EE));
        ways = ThreeWays.of(zones, Map.of("dns_attempt_timeout", "5s", "dns_attempts", "2", "dns_deadline", "10s"));
        hasty = ways.asking(Map.of("dns_attempt_timeout", "1s", "dns_attempts", "1", "dns_deadline", "2s"));
        lie();
        ways.tree().authority().fault((question, query, answer) -> faults.getOrDefault(domain(question.name()), ways.tree()::answer).answer(question, query, answer));
    }

    @AfterEach
    void honest() throws Exception {
        ways.tree().forwarder().honest();
        ways.tree().resolver().honest();
    }

    @AfterAll
    void stopAsking() {
        if (hasty != null) {
            hasty.stopAsking();
        }
    }

    private static String[] many() {
        var all = new String[60];
        for (int i = 0; i < all.length; i++) {
            all[i] = "3 1 1 " + "%02x".formatted(i).repeat(32);
        }
        all[0] = Rules.EE;
        return all;
    }

    // --- Faults --------------------------------------------------------------------------------------------------

    /** {@code lame} of {@code _25._tcp.mx.lame.test}. */
    private static String domain(String name) {
        String[] labels = name.split("\\.");
        return labels.length < 2 ? "" : labels[labels.length - 2];
    }

    /** For questions of one type; {@link #ALL}: for the domain and all below it. */
    private void on(String domain, int type, Fault fault) {
        faults.put(domain, (question, query, answer) -> type == ALL || question.type() == type ? fault.answer(question, query, answer) : Optional.of(answer));
    }

    private void lie() {
        on("lame", ALL, (_, query, _) -> Optional.of(Tap.error(query, REFUSED)));
        on("referral", ALL, (_, query, _) -> Optional.of(record(query, 1, name("test"), NS, name("ns.test"))));
        on("silent", TLSA, (_, _, _) -> Optional.empty());
        on("servfail", TLSA, (_, query, _) -> Optional.of(Tap.error(query, SERVFAIL)));
        on("refused", TLSA, (_, query, _) -> Optional.of(Tap.error(query, REFUSED)));
        on("cut", TLSA, (question, query, _) -> question.protocol().equals("udp") ? Optional.of(Tap.truncated(query)) : Optional.empty());
        on("family", AAAA, (_, query, _) -> Optional.of(Tap.error(query, 0)));
        on("noname", TLSA, (_, query, _) -> Optional.of(Tap.error(query, NXDOMAIN)));
        on("nodata", TLSA, (_, query, _) -> Optional.of(Tap.error(query, 0)));
        on("nomx", MX, (_, query, _) -> Optional.of(Tap.error(query, 0)));
        on("falsetlsa", TLSA, (_, query, _) -> Optional.of(record(query, 0, new byte[] {(byte) 0xc0, 12}, TLSA, HexFormat.of().parseHex(Rules.EE.replace(" ", "").replaceFirst("311", "030101")))));
        on("falsemx", MX, (_, query, _) -> Optional.of(record(query, 0, new byte[] {(byte) 0xc0, 12}, MX, join(new byte[] {0, 10}, name("mx.good.test")))));
        on("falsehost", A, (_, query, _) -> Optional.of(record(query, 0, new byte[] {(byte) 0xc0, 12}, A, InetAddress.ofLiteral("127.0.0.1").getAddress())));
        // Everything as from an unsigned zone: no keys, no signatures, and the true records.
        on("stripped", ALL, (question, query, _) -> Optional.of(switch (question.type()) {
            case MX -> record(query, 0, new byte[] {(byte) 0xc0, 12}, MX, join(new byte[] {0, 10}, name("mx.stripped.test")));
            case A -> record(query, 0, new byte[] {(byte) 0xc0, 12}, A, InetAddress.ofLiteral("127.0.0.1").getAddress());
            default -> Tap.error(query, 0);
        }));
    }

    private static byte[] join(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
    }

    private static byte[] name(String dotted) {
        var out = ByteBuffer.allocate(dotted.length() + 2);
        for (String label : dotted.split("\\.")) {
            out.put((byte) label.length()).put(label.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
        return out.put((byte) 0).array();
    }

    /** The question, and one record without a signature. @param section 0 answer, 1 authority */
    private static byte[] record(byte[] query, int section, byte[] owner, int type, byte[] data) {
        byte[] head = Tap.error(query, 0);
        head[7 + 2 * section] = 1;
        var out = ByteBuffer.allocate(head.length + owner.length + 10 + data.length);
        return out.put(head).put(owner).putShort((short) type).putShort((short) 1).putInt(3600).putShort((short) data.length).put(data).array();
    }

    // --- Deliveries ----------------------------------------------------------------------------------------------

    private String fate(Dns dns, String domain, FakeServer server) throws Exception {
        try (var attached = MailLog.attach((_, _, _, text) -> log.add(text))) {
            return ThreeWays.fate(dns, "dane", domain + ".test", server);
        }
    }

    /** By both ways, to both servers: the same, and neither is even connected to. */
    private void waits(String domain, String expected, String question, Reasons why) throws Exception {
        int before = offering.connections() + plain.connections();
        ThreeWays asked = HASTY.contains(domain) ? hasty : ways;
        for (var way : asked.real().entrySet()) {
            for (FakeServer server : List.of(offering, plain)) {
                log.clear();
                assertThat(fate(way.getValue(), domain, server)).as(domain + " by " + way.getKey()).isEqualTo(expected);
                assertThat(log).as(domain + " by " + way.getKey()).anyMatch(line -> line.replace(":" + server.port(), ":25").replace("_" + server.port() + "._tcp", "_25._tcp")
                        .contains(question + ": " + (way.getValue() == asked.own() ? why.own : why.trusting)));
            }
        }
        assertThat(offering.connections() + plain.connections()).as("connections").isEqualTo(before);
    }

    /** What own validation says of the answer, and what the resolver that checks says. */
    private record Reasons(String own, String trusting) {}

    private static String lookup(String name, String type) {
        return "name lookup of " + name + " type=" + type;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "lame      | lame.test        | MX | SERVFAIL from 127.0.0.1",
        "referral  | referral.test    | MX | DNSSEC: ",
        "lamehost  | mx.lame.test     | A  | SERVFAIL from 127.0.0.1",
        // a resolver that lies, or is lied to
        "nomx      | nomx.test        | MX | DNSSEC: ",
        "falsemx   | falsemx.test     | MX | DNSSEC: ",
        "falsehost | mx.falsehost.test | A | DNSSEC: ",
        "stripped  | stripped.test    | MX | DNSSEC: "})
    void where_no_host_can_be_found_mail_waits(String domain, String name, String type, String why) throws Exception {
        waits(domain, NO_HOST.formatted(name, type), lookup(name, type), new Reasons(why, REFUSAL));
    }

    @ParameterizedTest
    @CsvSource({"expired", "notyetvalid", "bogus", "wrongkey", "stripped"})
    void a_zone_whose_signatures_do_not_hold_has_no_hosts_and_is_none(String how) throws Exception {
        var why = new Reasons("DNSSEC: ", REFUSAL);
        waits("zone" + how, NO_HOST.formatted("zone" + how + ".test", "MX"), lookup("zone" + how + ".test", "MX"), why);
        waits("host" + how, NO_HOST.formatted("mx.zone" + how + ".test", "A"), lookup("mx.zone" + how + ".test", "A"), why);
        for (Dns dns : ways.real().values()) {
            assertThat(fate(dns, "next" + how, offering)).isEqualTo("dane sent");
        }
    }

    @Test
    void where_one_host_is_below_a_lame_zone_the_next_one_gets_the_mail() throws Exception {
        for (Dns dns : ways.real().values()) {
            assertThat(fate(dns, "next", offering)).isEqualTo("dane sent");
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "silent    | no answer from 127.0.0.1 | no answer from 127.0.0.1",
        "servfail  | SERVFAIL from 127.0.0.1 | SERVFAIL from 127.0.0.1",
        "refused   | SERVFAIL from 127.0.0.1 | SERVFAIL from 127.0.0.1",
        "cut       | SERVFAIL from 127.0.0.1 | SERVFAIL from 127.0.0.1",
        // denied without a proof, or other records than those of the zone
        "noname    | DNSSEC: | SERVFAIL from 127.0.0.1",
        "nodata    | DNSSEC: | SERVFAIL from 127.0.0.1",
        "falsetlsa | DNSSEC: | SERVFAIL from 127.0.0.1"})
    void where_the_question_for_TLSA_fails_the_host_is_skipped(String domain, String own, String trusting) throws Exception {
        String host = "mx." + domain + ".test";
        waits(domain, NO_TLSA.formatted(domain), "TLS policy lookup for " + domain + ".test:25/" + host + ": TLSA lookup error for " + host + ":25: TLSA lookup error for _25._tcp." + host,
                new Reasons(own, trusting));
    }

    /** RFC 7672 section 2.1.2 would let a client give up on the host; many a server denies AAAA in a way that does not hold. */
    @Test
    void where_only_IPv6_cannot_be_proved_DANE_goes_on_over_IPv4() throws Exception {
        for (Dns dns : ways.real().values()) {
            assertThat(dns.addresses("mx.family.test", Dns.Family.IPV6, true)).isInstanceOf(DnsAnswer.Failed.class);
            try (var scenario = ThreeWays.scenario(dns, "dane").set("inet_protocols", "all")) {
                assertThat(ThreeWays.fate(scenario, "family.test", offering)).isEqualTo("dane sent");
            }
            try (var scenario = ThreeWays.scenario(dns, "dane").set("inet_protocols", "all")) {
                assertThat(ThreeWays.fate(scenario, "family.test", plain)).startsWith("!dane deferred 4.7.4");
            }
        }
    }

    /** The resolver itself is the liar: own validation believes no bit; where the bit is what is trusted, that resolver is this machine's. */
    @Test
    void a_resolver_that_sets_the_AD_bit_on_a_lie_is_not_believed_by_own_validation() throws Exception {
        ways.tree().forwarder().fault((question, query, answer) -> {
            if (question.type() != TLSA || !domain(question.name()).equals("slow")) {
                return Optional.of(answer);
            }
            byte[] denied = Tap.error(query, 0);
            denied[3] |= 0x20;
            return Optional.of(denied);
        });
        assertThat(fate(ways.own(), "slow", plain)).isEqualTo(NO_TLSA.formatted("slow"));
    }

    // --- Records -------------------------------------------------------------------------------------------------

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "large       | dane sent | !dane deferred 4.7.4 (TLS is required, but was not offered by host mx.large.test)",
        "largeonly   | !dane deferred 4.7.5 (Server certificate not verified) | !dane deferred 4.7.4 (TLS is required, but was not offered by host mx.largeonly.test)",
        "many        | dane sent | !dane deferred 4.7.4 (TLS is required, but was not offered by host mx.many.test)",
        "strange     | encrypt sent | !encrypt deferred 4.7.4 (TLS is required, but was not offered by host mx.strange.test)",
        "strangegood | dane sent | !dane deferred 4.7.4 (TLS is required, but was not offered by host mx.strangegood.test)"})
    void records_that_are_large_or_unknown_make_TLS_a_must_and_hide_no_good_one(String domain, String withTls, String withoutTls) throws Exception {
        for (var way : ways.all().entrySet()) {
            assertThat(fate(way.getValue(), domain, offering)).as(domain + " by " + way.getKey()).isEqualTo(withTls);
            assertThat(fate(way.getValue(), domain, plain)).as(domain + " by " + way.getKey()).isEqualTo(withoutTls);
        }
    }

    /** No authority signs a record that is cut off, so the resolver that is trusted says it. */
    @Test
    void a_record_of_two_bytes_makes_TLS_a_must_and_hides_no_good_one() throws Exception {
        byte[] good = HexFormat.of().parseHex("030101" + Rules.EE.substring(6));
        ways.tree().resolver().fault((question, query, answer) -> {
            boolean both = domain(question.name()).equals("shortgood");
            if (question.type() != TLSA || !both && !domain(question.name()).equals("short")) {
                return Optional.of(answer);
            }
            byte[] out = record(query, 0, new byte[] {(byte) 0xc0, 12}, TLSA, new byte[] {3, 1});
            if (both) {
                byte[] second = record(query, 0, new byte[] {(byte) 0xc0, 12}, TLSA, good);
                out = join(out, Arrays.copyOfRange(second, Tap.error(query, 0).length, second.length));
                out[7] = 2;
            }
            out[3] |= 0x20;
            return Optional.of(out);
        });
        assertThat(fate(ways.trusting(), "short", plain)).isEqualTo("!encrypt deferred 4.7.4 (TLS is required, but was not offered by host mx.short.test)");
        assertThat(fate(ways.trusting(), "short", offering)).isEqualTo("encrypt sent");
        assertThat(fate(ways.trusting(), "shortgood", offering)).isEqualTo("dane sent");
    }
}
