// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Generation;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Dns.Family;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.DnsAnswer.Security;
import org.ostler.mail.dns.Mx;
import org.ostler.mail.tck.Zone;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** The resolver against a name server on loopback. */
@Timeout(30)
class DnsServiceTest {

    @TempDir Path dir;
    private final AtomicLong nanos = new AtomicLong();
    private final Map<String, String> mainCf = new HashMap<>(Map.of("dns_attempt_timeout", "5s", "dns_attempts", "1"));
    private final List<String> systemKnows = new ArrayList<>();
    private ZoneServer server;
    private DnsService dns;

    @BeforeEach
    void start() throws Exception {
        server = new ZoneServer(Zone.of("example.test")
                .mx(20, "backup").mx(10, "mx").a("mx", "127.0.0.1", "::1").a("backup", "127.0.0.2").a("only4", "127.0.0.4")
                .cname("alias", "mx").cname("dangling", "gone").cname("loop", "pool").cname("pool", "loop")
                .txt("@", "v=spf1 -all").tlsa("_25._tcp.mx", "3 1 1 00ff").servfail("broken").ptr("127.0.0.9", "nine"));
        mainCf.put("dns_servers", server.address());
        Files.writeString(dir.resolve("resolv.conf"), "");
        Files.writeString(dir.resolve("hosts"), "127.0.0.7 Seven.example.test seven # comment\n::1 seven\nnonsense here\n");
        dns = new DnsService(() -> Settings.of(mainCf), dir.resolve("resolv.conf"), dir.resolve("hosts"), this::system, nanos::get);
    }

    @AfterEach
    void stop() throws Exception {
        dns.close();
        server.close();
    }

    private InetAddress[] system(String host) throws UnknownHostException {
        systemKnows.add(host);
        return switch (host) {
            case "both.example.test" -> new InetAddress[] {InetAddress.ofLiteral("127.0.0.3"), InetAddress.ofLiteral("::3")};
            case "later.example.test" -> throw new UnknownHostException(host + ": Temporary failure in name resolution");
            default -> throw new UnknownHostException(host + ": Name or service not known");
        };
    }

    private <T> List<T> records(DnsAnswer<T> answer) {
        return answer instanceof DnsAnswer.Records<T> r ? r.records() : List.of();
    }

    @Test
    void every_kind_of_record_is_read() {
        assertThat(records(dns.mx("example.test", false))).containsExactlyInAnyOrder(new Mx(20, "backup.example.test"), new Mx(10, "mx.example.test"));
        assertThat(records(dns.addresses("mx.example.test", Family.IPV4, false))).containsExactly(InetAddress.ofLiteral("127.0.0.1"));
        assertThat(records(dns.addresses("MX.Example.TEST", Family.IPV6, false))).containsExactly(InetAddress.ofLiteral("::1"));
        assertThat(records(dns.txt("example.test", false))).containsExactly("v=spf1 -all");
        assertThat(records(dns.cname("alias.example.test", false))).containsExactly("mx.example.test");
        assertThat(records(dns.ptr(InetAddress.ofLiteral("127.0.0.9")))).containsExactly("nine.example.test");
        assertThat(records(dns.tlsa("_25._tcp.mx.example.test"))).singleElement().satisfies(t -> {
            assertThat(t.usage()).isEqualTo(3);
            assertThat(t.data()).containsExactly(0, 255);
        });
    }

    @Test
    void a_null_MX_is_told_as_such() throws Exception {
        try (var none = new ZoneServer(Zone.of("example.test").nullMx())) {
            mainCf.put("dns_servers", none.address());
            assertThat(records(dns.mx("example.test", false))).singleElement().matches(Mx::isNull);
        }
    }

    @Test
    void an_alias_is_followed_and_the_last_name_is_told() {
        assertThat(dns.addresses("alias.example.test", Family.IPV4, false))
                .isInstanceOfSatisfying(DnsAnswer.Records.class, r -> assertThat(r.name()).isEqualTo("mx.example.test"));
    }

    @Test
    void no_such_name_and_no_such_record_and_no_answer_are_three_things() {
        assertThat(dns.addresses("nowhere.example.test", Family.IPV4, false)).isInstanceOf(DnsAnswer.NoSuchName.class);
        assertThat(dns.addresses("dangling.example.test", Family.IPV4, false)).isInstanceOf(DnsAnswer.NoSuchName.class);
        assertThat(dns.addresses("only4.example.test", Family.IPV6, false)).isInstanceOf(DnsAnswer.NoData.class);
        assertThat(dns.mx("broken.example.test", false)).isInstanceOf(DnsAnswer.Failed.class);
        assertThat(dns.addresses("loop.example.test", Family.IPV4, false)).isInstanceOf(DnsAnswer.Failed.class);
    }

    @Test
    void a_name_that_cannot_exist_is_answered_without_a_question() {
        assertThat(dns.mx("x".repeat(64) + ".test", false)).isInstanceOf(DnsAnswer.NoSuchName.class);
        assertThat(dns.mx("a..test", false)).isInstanceOf(DnsAnswer.NoSuchName.class);
        assertThat(dns.mx("", false)).isInstanceOf(DnsAnswer.NoSuchName.class);
        assertThat(server.questions()).isEmpty();
    }

    @Test
    void a_cut_answer_is_asked_for_again_over_TCP() {
        server.truncatingUdp();
        assertThat(records(dns.mx("example.test", false))).hasSize(2);
        assertThat(server.questions()).containsExactly("udp example.test MX", "tcp example.test MX");
    }

    @Test
    void a_silent_server_is_a_failure_and_not_an_absent_name() {
        server.silent(true);
        mainCf.put("dns_attempt_timeout", "1s");
        assertThat(dns.mx("example.test", false)).isInstanceOfSatisfying(DnsAnswer.Failed.class, f -> assertThat(f.reason()).contains("no answer from 127.0.0.1"));
    }

    @Test
    void the_next_server_is_asked_where_one_is_lame() throws Exception {
        try (var lame = new ZoneServer(Zone.of("example.test"))) {
            lame.twist(m -> {
                m.getHeader().setRcode(Rcode.REFUSED);
                return m;
            });
            mainCf.put("dns_servers", lame.address() + " " + server.address());
            assertThat(records(dns.mx("example.test", false))).hasSize(2);
        }
    }

    @Test
    void an_answer_to_another_question_is_not_believed() {
        mainCf.put("dns_attempt_timeout", "1s");
        server.twist(m -> {
            var other = m.clone();
            other.getHeader().setID(m.getHeader().getID() ^ 1);
            return other;
        });
        assertThat(dns.mx("example.test", false)).isInstanceOf(DnsAnswer.Failed.class);
    }

    @Test
    void a_referral_is_not_taken_for_an_empty_answer() {
        server.twist(m -> {
            var out = new Message(m.getHeader().getID());
            out.getHeader().setFlag(Flags.QR);
            out.addRecord(m.getQuestion(), Section.QUESTION);
            try {
                out.addRecord(org.xbill.DNS.Record.fromString(org.xbill.DNS.Name.fromString("test."), org.xbill.DNS.Type.NS, 1, 60, "ns.test.", org.xbill.DNS.Name.root), Section.AUTHORITY);
            } catch (java.io.IOException e) {
                throw new AssertionError(e);
            }
            return out;
        });
        assertThat(dns.mx("example.test", false)).isInstanceOf(DnsAnswer.Failed.class);
    }

    @Test
    void answers_are_kept_for_their_time_and_no_longer() {
        server.ttl(60, 30);
        dns.mx("example.test", false);
        dns.mx("EXAMPLE.test", false);
        dns.mx("nowhere.example.test", false);
        dns.mx("nowhere.example.test", false);
        assertThat(server.questions()).hasSize(2);
        nanos.addAndGet(Duration.ofSeconds(31).toNanos());
        dns.mx("example.test", false);
        dns.mx("nowhere.example.test", false);
        assertThat(server.questions()).hasSize(3);
        nanos.addAndGet(Duration.ofSeconds(30).toNanos());
        dns.mx("example.test", false);
        assertThat(server.questions()).hasSize(4);
    }

    @Test
    void the_cache_is_bounded_in_time_and_number() {
        mainCf.put("dns_cache_size", "2");
        mainCf.put("dns_cache_max_ttl", "10s");
        dns.addresses("mx.example.test", Family.IPV4, false);
        dns.addresses("backup.example.test", Family.IPV4, false);
        dns.addresses("only4.example.test", Family.IPV4, false);
        dns.addresses("mx.example.test", Family.IPV4, false);
        assertThat(server.questions()).hasSize(4);
        nanos.addAndGet(Duration.ofSeconds(11).toNanos());
        dns.addresses("mx.example.test", Family.IPV4, false);
        assertThat(server.questions()).hasSize(5);
    }

    @Test
    void a_failure_is_remembered_for_a_few_seconds_only() {
        dns.mx("broken.example.test", false);
        dns.mx("broken.example.test", false);
        assertThat(server.questions()).hasSize(1);
        nanos.addAndGet(Duration.ofSeconds(6).toNanos());
        dns.mx("broken.example.test", false);
        assertThat(server.questions()).hasSize(2);
    }

    @Test
    void many_callers_with_one_question_ask_once() throws Exception {
        var held = new CountDownLatch(1);
        server.twist(m -> {
            try {
                held.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return m;
        });
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Integer> ask = () -> records(dns.mx("example.test", false)).size();
            var all = java.util.stream.IntStream.range(0, 20).mapToObj(_ -> threads.submit(ask)).toList();
            held.countDown();
            for (var one : all) {
                assertThat(one.get(20, TimeUnit.SECONDS)).isEqualTo(2);
            }
        }
        assertThat(server.questions()).hasSize(1);
    }

    @Test
    void the_AD_bit_of_a_server_on_this_machine_is_taken() {
        mainCf.put("dnssec_validation", "resolver");
        server.twist(m -> {
            m.getHeader().setFlag(Flags.AD);
            return m;
        });
        assertThat(dns.mx("example.test", true)).isInstanceOfSatisfying(DnsAnswer.Records.class, r -> assertThat(r.status()).isEqualTo(Security.SECURE));
        assertThat(dns.mx("example.test", false)).isInstanceOfSatisfying(DnsAnswer.Records.class, r -> assertThat(r.status()).isEqualTo(Security.UNCHECKED));
    }

    @Test
    void resolv_conf_is_read_again_when_it_changes() throws Exception {
        Path file = dir.resolve("resolv.conf");
        Files.writeString(file, "search a.test b.test\n");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
        assertThat(dns.searchList()).containsExactly("a.test", "b.test");
        Files.writeString(file, "domain c.test\nnameserver 192.0.2.1\nnameserver nonsense\n");
        assertThat(dns.searchList()).containsExactly("c.test");
        assertThat(ResolvConf.parse(Files.readAllLines(file)).servers()).hasSize(1);
        assertThat(ResolvConf.parse(List.of()).servers().getFirst().getAddress().isLoopbackAddress()).isTrue();
    }

    @Test
    void native_names_come_from_the_hosts_file_first() {
        assertThat(records(dns.nativeAddresses("SEVEN", Family.IPV4))).containsExactly(InetAddress.ofLiteral("127.0.0.7"));
        assertThat(records(dns.nativeAddresses("seven", Family.IPV6))).containsExactly(InetAddress.ofLiteral("::1"));
        assertThat(records(dns.nativeName(InetAddress.ofLiteral("127.0.0.7")))).containsExactly("seven.example.test");
        assertThat(records(dns.nativeName(InetAddress.ofLiteral("127.0.0.9")))).containsExactly("nine.example.test");
        assertThat(systemKnows).isEmpty();
    }

    @Test
    void native_names_unknown_to_the_hosts_file_go_to_the_system() {
        assertThat(records(dns.nativeAddresses("both.example.test", Family.IPV6))).containsExactly(InetAddress.ofLiteral("::3"));
        assertThat(dns.nativeAddresses("none.example.test", Family.IPV4)).isInstanceOf(DnsAnswer.NoSuchName.class);
        assertThat(dns.nativeAddresses("later.example.test", Family.IPV4)).isInstanceOf(DnsAnswer.Failed.class);
    }

    @Test
    void server_addresses_take_an_optional_port() {
        assertThat(ResolvConf.server("192.0.2.1").getPort()).isEqualTo(53);
        assertThat(ResolvConf.server("192.0.2.1:5353").getPort()).isEqualTo(5353);
        assertThat(ResolvConf.server("[2001:db8::1]:5353").getPort()).isEqualTo(5353);
        assertThat(ResolvConf.server("2001:db8::1").getPort()).isEqualTo(53);
        assertThatThrownBy(() -> ResolvConf.server("ns.example.test")).hasMessageContaining("bad name server address");
    }

    /** Whether the name servers are looked at as soon as the server runs. */
    @Test
    void proofs_may_be_wanted_by_one_transport_of_master_cf_alone() {
        var none = new ServiceRow("smtp", "unix", true, true, true, "-", OptionalInt.empty(), "smtp", List.of(), Map.of(), "master.cf", 1);
        var own = new ServiceRow("dane", "unix", true, true, true, "-", OptionalInt.empty(), "smtp", List.of(), Map.of("smtp_dns_support_level", "$level", "level", "dnssec"), "master.cf", 2);
        assertThat(DnsService.isProofWanted(new Generation(1, Path.of("/etc/postfix"), Settings.of(Map.of()), List.of(none)))).isFalse();
        assertThat(DnsService.isProofWanted(new Generation(1, Path.of("/etc/postfix"), Settings.of(Map.of()), List.of(none, own)))).isTrue();
        assertThat(DnsService.isProofWanted(new Generation(1, Path.of("/etc/postfix"), Settings.of(Map.of("lmtp_dns_support_level", "DNSSEC")), List.of()))).isTrue();
    }
}
