// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ostler.mail.access.AccessSession;
import org.ostler.mail.access.ClientInfo;
import org.ostler.mail.access.Verdict;
import org.ostler.mail.access.spi.AccessRule;
import org.ostler.mail.access.spi.RuleContext;
import org.ostler.mail.access.spi.RuleResult;
import org.ostler.mail.config.Settings;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.dns.Mx;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Reply;
import org.ostler.trivial.rewrite.TrivialRewrite;

/** What the recorded conversations do not show: unsafe lists, rules as services, DNS, log lines, what a session keeps. */
class AccessControlTest {

    private static final Settings BASE = Settings.parse("""
        compatibility_level = 3.11
        myhostname = mx.home.example
        mydestination = local.example
        inet_interfaces = 127.0.0.1
        mynetworks = 127.0.0.0/8
        local_recipient_maps = inline:{{alice=x}}
        """);

    private final TextTables tables = new TextTables();
    private final AccessControl access = new AccessControl(tables, new TrivialRewrite(tables));
    private final List<String> logged = new ArrayList<>();
    private AutoCloseable sink;

    @BeforeEach
    void listen() {
        sink = MailLog.attach((when, severity, tag, text) -> logged.add(severity.prefix() + text));
    }

    @AfterEach
    void silence() throws Exception {
        sink.close();
    }

    private AccessSession session(String address, Map<String, String> more) {
        InetAddress from = AddressText.parse(address).orElseThrow();
        AccessSession session = access.open(new ClientInfo(from, 4711, "client.example", "client.example", 2, 2, AddressText.parse("127.0.0.1").orElseThrow(), 25),
                BASE.with(more));
        session.attribute("protocol_name", "ESMTP");
        session.connect();
        session.helo("helo.example");
        session.mail(Address.of("from@else.example"), 0);
        return session;
    }

    private static String reply(Verdict verdict) {
        return verdict instanceof Verdict.Refuse(var reply, var log, var gone) ? reply.toString() : "ok";
    }

    private String rcpt(String to, Map<String, String> more) {
        return reply(session("192.0.2.1", more).rcpt(Address.of(to)));
    }

    @Test
    void without_a_word_that_denies_relaying_nothing_is_accepted() {
        for (String list : new String[] {"", "permit_mynetworks", "permit_mynetworks, permit", "warn_if_reject reject_unauth_destination", "permit, reject"}) {
            logged.clear();
            assertThat(rcpt("alice@local.example", Map.of("smtpd_relay_restrictions", list))).as(list).isEqualTo("451 4.3.5 Server configuration error");
            assertThat(logged).anyMatch(line -> line.startsWith("fatal: in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify"));
        }
        assertThat(rcpt("alice@local.example", Map.of("smtpd_relay_restrictions", "", "smtpd_recipient_restrictions", "strict",
                "smtpd_restriction_classes", "strict", "strict", "reject_unauth_destination"))).isEqualTo("ok");
    }

    @Test
    void a_rule_that_comes_as_a_service_is_a_word_at_once() {
        access.rule("reject_mondays", new AccessRule() {
            @Override
            public RuleResult check(RuleContext context) {
                return context.arguments().equals(List.of("monday")) ? new RuleResult.Reject(Reply.of(554, "5.7.1", "no mail on mondays")) : RuleResult.DUNNO;
            }

            @Override
            public int arguments() {
                return 1;
            }
        });
        assertThat(rcpt("alice@local.example", Map.of("smtpd_recipient_restrictions", "reject_mondays monday"))).isEqualTo("554 5.7.1 no mail on mondays");
        assertThat(rcpt("alice@local.example", Map.of("smtpd_recipient_restrictions", "reject_mondays friday, permit"))).isEqualTo("ok");
    }

    @Test
    void a_word_that_nobody_knows_answers_451_and_is_named() {
        assertThat(rcpt("alice@local.example", Map.of("smtpd_recipient_restrictions", "reject_blue_mail"))).isEqualTo("451 4.3.5 Server configuration error");
        assertThat(logged).contains("warning: unknown smtpd restriction: \"reject_blue_mail\"");
    }

    @Test
    void a_restriction_class_that_names_itself_ends_in_451() {
        assertThat(rcpt("alice@local.example", Map.of("smtpd_restriction_classes", "a", "a", "a", "smtpd_recipient_restrictions", "a")))
                .isEqualTo("451 4.3.5 Server configuration error");
    }

    @Test
    void networks_that_cannot_be_read_are_temporary_trouble() {
        assertThat(rcpt("a@b.example", Map.of("mynetworks", "127.0.0.1/8"))).isEqualTo("451 4.3.0 <a@b.example>: Temporary lookup failure");
        assertThat(rcpt("a@b.example", Map.of("relay_domains", "fail:x"))).isEqualTo("451 4.3.0 <a@b.example>: Temporary lookup failure");
    }

    @Test
    void a_certificate_that_could_not_be_judged_is_temporary_trouble() {
        for (var each : Map.of("yes", "ok", "unknown", "451 4.3.0 <a@b.example>: Temporary lookup failure", "", "454 4.7.1 <a@b.example>: Relay access denied").entrySet()) {
            AccessSession session = session("192.0.2.1", Map.of("smtpd_relay_restrictions", "permit_tls_all_clientcerts, defer_unauth_destination"));
            session.attribute("ccert_trusted", each.getKey());
            assertThat(reply(session.rcpt(Address.of("a@b.example")))).as(each.getKey()).isEqualTo(each.getValue());
        }
    }

    /** Asked in TLS and for ETRN alone; the others are in TablesDownIT. */
    @Test
    void tables_of_certificates_and_of_ETRN_that_cannot_answer_are_temporary_trouble() {
        for (String table : List.of("permit_tls_clientcerts, reject", "check_ccert_access fail:x, reject")) {
            AccessSession session = session("192.0.2.1", Map.of("smtpd_relay_restrictions", table, "relay_clientcerts", "fail:x"));
            session.attribute("ccert_fingerprint", "AB:CD");
            assertThat(reply(session.rcpt(Address.of("a@b.example")))).as(table).startsWith("451 4.3.");
        }
        AccessSession session = session("192.0.2.1", Map.of("smtpd_etrn_restrictions", "check_etrn_access fail:x, reject"));
        assertThat(reply(session.etrn("example.org"))).startsWith("451 4.3.");
    }

    @Test
    void a_common_name_with_line_ends_stands_in_one_line() {
        AccessSession session = session("192.0.2.1", Map.of("smtpd_recipient_restrictions", "check_ccert_access inline:{{AB:CD=REJECT no}}"));
        session.attribute("ccert_fingerprint", "AB:CD");
        session.attribute("ccert_name", "evil\r\n250 ok");
        assertThat(reply(session.rcpt(Address.of("alice@local.example")))).isEqualTo("554 5.7.1 <evil??250 ok>: Client certificate rejected: no");
    }

    @Test
    void a_hold_is_kept_for_the_message_and_logged_as_Postfix_does() {
        AccessSession session = session("127.0.0.1", Map.of("smtpd_recipient_restrictions", "check_recipient_access inline:{{alice@local.example=HOLD}}"));
        session.attribute("queue_id", "ABC123");
        assertThat(reply(session.rcpt(Address.of("alice@local.example")))).isEqualTo("ok");
        assertThat(session.actions()).containsExactly(new AccessSession.Action("HOLD", ""));
        assertThat(logged).contains("ABC123: hold: RCPT from client.example[127.0.0.1]: <alice@local.example>: Recipient address triggers HOLD action; "
                + "from=<from@else.example> to=<alice@local.example> proto=ESMTP helo=<helo.example>");
        session.reset();
        assertThat(session.actions()).isEmpty();
    }

    @Test
    void after_discard_every_recipient_is_welcome() {
        AccessSession session = session("127.0.0.1", Map.of("smtpd_sender_restrictions", "check_sender_access inline:{{else.example=DISCARD}}"));
        assertThat(reply(session.rcpt(Address.of("nobody@local.example")))).isEqualTo("ok");
        assertThat(session.actions()).extracting(AccessSession.Action::name).containsOnly("DISCARD");
    }

    @Test
    void a_session_that_takes_the_place_of_another_goes_on_with_what_that_had_collected() {
        AccessSession session = session("192.0.2.1", Map.of());
        assertThat(reply(session.rcpt(Address.of("a@b.example")))).contains("Relay access denied");
        session.resume(List.of(new AccessSession.Action("HOLD", ""), new AccessSession.Action("DISCARD", "")));
        assertThat(reply(session.rcpt(Address.of("a@b.example")))).isEqualTo("ok");
        assertThat(session.actions()).extracting(AccessSession.Action::name).containsExactly("HOLD", "DISCARD");
        session.mail(Address.of("from@else.example"), 0);
        assertThat(session.actions()).as("another message").isEmpty();
        assertThat(reply(session.rcpt(Address.of("a@b.example")))).contains("Relay access denied");
    }

    /** What a list of the new policy discards in the middle of a transaction that another has begun would else permit anybody anything, and be no action either. */
    @Test
    void what_the_one_before_has_not_discarded_is_judged() {
        AccessSession session = session("192.0.2.1", Map.of("smtpd_delay_reject", "no", "smtpd_sender_restrictions", "check_sender_access inline:{{else.example=DISCARD}}"));
        session.resume(List.of());
        assertThat(session.actions()).isEmpty();
        assertThat(reply(session.rcpt(Address.of("a@b.example")))).contains("Relay access denied");
    }

    @Test
    void with_STARTTLS_the_name_is_forgotten_and_what_a_list_made_of_it() {
        for (String delay : List.of("yes", "no")) {
            for (String action : List.of("DEFER_IF_PERMIT not now", "REJECT no")) {
                AccessSession session = access.open(new ClientInfo(AddressText.parse("127.0.0.1").orElseThrow(), 4711, "client.example", "client.example", 2, 2,
                        AddressText.parse("127.0.0.1").orElseThrow(), 25), BASE.with(Map.of("smtpd_delay_reject", delay, "smtpd_helo_restrictions", "check_helo_access inline:{{helo.example=" + action + "}}")));
                session.connect();
                session.helo("helo.example");
                session.forgetHelo();
                assertThat(reply(session.mail(Address.of("from@else.example"), 0))).isEqualTo("ok");
                assertThat(reply(session.rcpt(Address.of("alice@local.example")))).as(delay + " " + action).isEqualTo("ok");
                session.helo("helo.example");
                session.mail(Address.of("from@else.example"), 0);
                boolean refusedBefore = delay.equals("no") && action.startsWith("REJECT");
                assertThat(reply(session.rcpt(Address.of("alice@local.example")))).as(delay + " " + action).matches(refusedBefore ? "ok" : "[45]5. .*");
            }
        }
    }

    @Test
    void routing_in_the_local_part_does_not_relay() {
        Map<String, String> relay = Map.of("relay_domains", "relay.example");
        assertThat(rcpt("a%b.example@local.example", relay)).isEqualTo("454 4.7.1 <a%b.example@local.example>: Relay access denied");
        assertThat(rcpt("a%b.example@relay.example", relay)).isEqualTo("454 4.7.1 <a%b.example@relay.example>: Relay access denied");
        assertThat(rcpt("a@b.example@local.example", relay)).isEqualTo("454 4.7.1 <a@b.example@local.example>: Relay access denied");
        assertThat(rcpt("a@relay.example", relay)).isEqualTo("ok");
        assertThat(rcpt("a%b.example@relay.example", Map.of("relay_domains", "relay.example", "smtpd_relay_restrictions",
                "check_recipient_access inline:{{relay.example=OK}}, reject"))).startsWith("554 5.7.1");
    }

    @Test
    void unknown_domains_are_refused_and_a_dns_that_is_silent_defers() {
        access.dns(new FakeDns());
        Map<String, String> words = Map.of("smtpd_recipient_restrictions", "reject_unknown_recipient_domain", "smtpd_relay_restrictions", "permit_mynetworks, defer_unauth_destination");
        assertThat(reply(session("127.0.0.1", words).rcpt(Address.of("a@good.example")))).isEqualTo("ok");
        assertThat(reply(session("127.0.0.1", words).rcpt(Address.of("a@none.example")))).isEqualTo("450 4.1.2 <a@none.example>: Recipient address rejected: Domain not found");
        assertThat(reply(session("127.0.0.1", words).rcpt(Address.of("a@silent.example")))).isEqualTo("450 4.1.2 <a@silent.example>: Recipient address rejected: Domain not found");
        assertThat(reply(session("127.0.0.1", words).rcpt(Address.of("a@null.example"))))
                .isEqualTo("556 5.1.10 <a@null.example>: Recipient address rejected: Domain null.example does not accept mail (nullMX)");
        assertThat(reply(session("127.0.0.1", words).rcpt(Address.of("alice@local.example")))).isEqualTo("ok");
    }

    @Test
    void host_names_in_HELO_are_judged_as_Postfix_judges_them() throws IOException {
        try (var in = getClass().getResourceAsStream("helo-postfix-3.12.tsv")) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#")).map(line -> line.split("\t")).forEach(line ->
                    assertThat(helo(line[0], line[1])).as(line[0] + " " + line[1]).isEqualTo(line[2].startsWith("250") ? "ok" : line[2]));
        }
        access.dns(new FakeDns());
        assertThat(helo("reject_unknown_helo_hostname", "good.example")).isEqualTo("ok");
        assertThat(helo("reject_unknown_helo_hostname", "none.example")).isEqualTo("450 4.7.1 <none.example>: Helo command rejected: Host not found");
    }

    private String helo(String words, String name) {
        AccessSession session = session("127.0.0.1", Map.of("smtpd_delay_reject", "no", "smtpd_helo_restrictions", words));
        return reply(session.helo(name));
    }

    @Test
    void a_client_without_a_verified_name_is_refused_on_request() {
        InetAddress from = AddressText.parse("192.0.2.1").orElseThrow();
        Settings settings = BASE.with(Map.of("smtpd_client_restrictions", "reject_unknown_client_hostname", "smtpd_delay_reject", "no"));
        assertThat(reply(access.open(new ClientInfo(from, 1, "unknown", "x.example", 5, 2, from, 25), settings).connect()))
                .isEqualTo("450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]");
        assertThat(reply(access.open(new ClientInfo(from, 1, "unknown", "unknown", 5, 5, from, 25),
                settings.with(Map.of("smtpd_client_restrictions", "reject_unknown_reverse_client_hostname", "unknown_client_reject_code", "550"))).connect()))
                .isEqualTo("550 5.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]");
    }

    @Test
    void an_authenticated_client_may_relay() {
        AccessSession session = session("192.0.2.1", Map.of());
        session.attribute("sasl_username", "joe");
        assertThat(reply(session.rcpt(Address.of("a@b.example")))).isEqualTo("ok");
        session.client(new ClientInfo(AddressText.parse("192.0.2.9").orElseThrow(), 1, "x", "x", 2, 2, AddressText.parse("127.0.0.1").orElseThrow(), 25));
        assertThat(reply(session.rcpt(Address.of("a@b.example")))).isEqualTo("454 4.7.1 <a@b.example>: Relay access denied");
    }

    @Test
    void addresses_that_make_no_sense_are_a_syntax_error() {
        AccessSession session = session("127.0.0.1", Map.of());
        assertThat(reply(session.rcpt(Address.of("a@b..c")))).isEqualTo("501 5.1.3 Bad recipient address syntax");
        assertThat(reply(session.mail(Address.of("a@1.2.3.4"), 0))).isEqualTo("501 5.1.7 Bad sender address syntax");
    }

    /** good has an MX, null a null MX, none nothing; silent does not answer. */
    private static final class FakeDns implements Dns {

        @Override
        public DnsAnswer<Mx> mx(String domain, boolean secure) {
            return switch (domain) {
                case "good.example" -> new DnsAnswer.Records<>(List.of(new Mx(10, "mx.good.example")), domain, Duration.ofHours(1), DnsAnswer.Security.UNCHECKED);
                case "null.example" -> new DnsAnswer.Records<>(List.of(new Mx(0, ".")), domain, Duration.ofHours(1), DnsAnswer.Security.UNCHECKED);
                default -> any(domain);
            };
        }

        private static <T> DnsAnswer<T> any(String domain) {
            return domain.equals("silent.example") ? new DnsAnswer.Failed<>("timeout", false) : new DnsAnswer.NoSuchName<>(Duration.ofHours(1), DnsAnswer.Security.UNCHECKED);
        }

        @Override
        public DnsAnswer<InetAddress> addresses(String host, Family family, boolean secure) {
            return any(host);
        }

        @Override
        public DnsAnswer<String> ptr(InetAddress address) {
            return any("");
        }

        @Override
        public DnsAnswer<String> txt(String name, boolean secure) {
            return any(name);
        }

        @Override
        public DnsAnswer<Tlsa> tlsa(String name) {
            return any(name);
        }

        @Override
        public DnsAnswer<String> cname(String name, boolean secure) {
            return any(name);
        }

        @Override
        public DnsAnswer<InetAddress> nativeAddresses(String host, Family family) {
            return any(host);
        }

        @Override
        public DnsAnswer<String> nativeName(InetAddress address) {
            return any("");
        }
    }
}
