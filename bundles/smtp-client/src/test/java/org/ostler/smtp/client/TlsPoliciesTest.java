// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tls.Protocols;
import org.ostler.mail.tls.TlsReports.Kind;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.tls.spi.TlsPolicySource;
import org.ostler.smtp.client.TlsDecision.Hold;
import org.ostler.smtp.client.TlsDecision.Plan;

/** Levels by parameter and table, and what a table's entry may say: TLS_README and postconf(5). */
@Timeout(60)
class TlsPoliciesTest {

    private static final String PROBLEM = "hold 4.7.5 client TLS configuration problem";

    private static Rules level(String level) {
        return Rules.happy().set("smtp_tls_security_level", level);
    }

    private static Rules entry(String value) {
        return level("may").policy("example.test", value);
    }

    @Test
    void the_parameter_names_the_level() {
        assertThat(level("none").line()).isEqualTo("none");
        assertThat(level("may").line()).isEqualTo("may");
        assertThat(level("encrypt").line()).isEqualTo("encrypt");
        assertThat(level("verify").line()).isEqualTo("verify ca mx.example.test");
        assertThat(level("secure").line()).isEqualTo("secure ca example.test .example.test");
        assertThat(level("fingerprint").set("smtp_tls_fingerprint_cert_match", "ab:cd, 01:ef").line()).isEqualTo("fingerprint sha256 AB:CD 01:EF");
        assertThat(level("fingerprint").line()).isEqualTo(PROBLEM);
        assertThat(level("fingerprint").set("smtp_tls_fingerprint_cert_match", "abcd, 01:23ef").line()).as("colons are optional").isEqualTo("fingerprint sha256 AB:CD 01:23:EF");
        assertThat(level("fingerprint").set("smtp_tls_fingerprint_cert_match", "abc").line()).isEqualTo(PROBLEM);
        assertThat(level("fingerprint").set("smtp_tls_fingerprint_cert_match", "ab:cd").set("smtp_tls_fingerprint_digest", "crc32").line()).isEqualTo(PROBLEM);
    }

    @Test
    void what_an_entry_says_of_TLS_that_is_not_spoken_is_warned_of() throws Exception {
        var lines = new java.util.concurrent.CopyOnWriteArrayList<String>();
        try (AutoCloseable _ = MailLog.attach((_, _, _, text) -> lines.add(text))) {
            assertThat(entry("none ciphers=low, match=none.test").line()).isEqualTo("none");
            assertThat(entry("encrypt exclude=SEED").line()).isEqualTo("encrypt");
        }
        assertThat(lines).contains("smtp_tls_policy_maps, next-hop destination \"example.test\": ignoring attribute \"ciphers=low\" with TLS disabled",
                "smtp_tls_policy_maps, next-hop destination \"example.test\": ignoring attribute \"match=none.test\" with TLS disabled").noneMatch(line -> line.contains("exclude=SEED"));
    }

    @Test
    void old_parameters_count_where_there_is_no_level() {
        assertThat(level("").line()).isEqualTo("none");
        assertThat(level("").set("smtp_use_tls", "yes").line()).isEqualTo("may");
        assertThat(level("").set("smtp_enforce_tls", "yes").line()).isEqualTo("verify ca mx.example.test");
        assertThat(level("").set("smtp_enforce_tls", "yes").set("smtp_tls_enforce_peername", "no").line()).isEqualTo("encrypt");
    }

    @Test
    void an_entry_of_the_table_outranks_the_parameter_and_DANE() {
        assertThat(entry("encrypt").line()).isEqualTo("encrypt");
        assertThat(Rules.happy().policy("example.test", "none").line()).isEqualTo("none");
        assertThat(Rules.happy().policy("example.test", "may").line()).isEqualTo("may");
        assertThat(entry("dane").line()).startsWith("dane sni=mx.example.test");
        assertThat(entry("encrypt").says(new TlsPolicySource.Published(true, List.of("mx.example.test"), List.of())).line()).isEqualTo("encrypt");
    }

    @Test
    void a_domain_is_looked_up_with_the_domains_above_it_and_anything_else_as_written() {
        assertThat(level("may").policy(".test", "encrypt").line()).isEqualTo("encrypt");
        assertThat(level("may").policy("test", "encrypt").line()).isEqualTo("may");
        assertThat(level("may").policy(".test", "encrypt").policy("example.test", "none").line()).isEqualTo("none");
        assertThat(level("may").policy("[mx.example.test]", "encrypt").line("[mx.example.test]")).isEqualTo("encrypt");
        assertThat(level("may").policy("mx.example.test", "encrypt").line("[mx.example.test]")).isEqualTo("may");
        assertThat(level("may").policy("example.test:2525", "encrypt").line("example.test:2525")).isEqualTo("encrypt");
        assertThat(level("may").policy("example.test", "encrypt").policy(".test", "encrypt").line("example.test:2525")).isEqualTo("may");
    }

    /** Nobody else knows which domains it would have asked more of. */
    @Test
    void a_source_of_policies_that_was_there_and_has_gone_holds_mail_back() {
        var rules = level("may").says(new TlsPolicySource.Published(true, List.of("mx.example.test"), List.of()));
        assertThat(rules.line()).startsWith("secure");
        rules.forget();
        // Who is interrupted does not wait for it to come back.
        Thread.currentThread().interrupt();
        try {
            assertThat(rules.line()).startsWith("hold 4.7.5 MTA-STS policy of example.test cannot be had");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void an_entry_with_a_mistake_holds_mail_back() {
        for (String bad : List.of("strong", "encrypt ciphers", "encrypt ciphers=", "encrypt ciphers=best", "encrypt ciphers=high ciphers=high", "encrypt protocols=TLSv9",
                "encrypt match=example.test", "dane match=example.test", "secure match=", "encrypt tafile=/etc/hosts", "secure tafile=/no/such/file", "encrypt servername=.bad",
                "encrypt connection_reuse=perhaps", "encrypt enable_rpk=perhaps", "encrypt colour=blue", "encrypt policy_ttl=5", "secure policy_type=tlsa",
                "secure policy_type=sts policy_failure=tired", "secure policy_type=sts policy_ttl=soon", "encrypt =x")) {
            assertThat(entry(bad).line()).as(bad).isEqualTo(PROBLEM);
        }
        assertThat(level("may").set("smtp_tls_policy_maps", "broken").line()).isEqualTo(PROBLEM);
        assertThat(((Hold) entry("strong").decide("example.test")).why()).isEqualTo("smtp_tls_policy_maps, next-hop destination \"example.test\": invalid security level \"strong\"");
        assertThat(entry("none ciphers=best").line()).isEqualTo("none");
    }

    @Test
    void attributes_replace_parameters(@TempDir Path dir) throws Exception {
        String anchors = Files.writeString(dir.resolve("anchors.pem"), "").toString();
        assertThat(entry("secure match=nexthop:hostname:.other.test").line()).isEqualTo("secure ca example.test mx.example.test .other.test");
        assertThat(entry("verify match=a.test match=dot-nexthop").line()).isEqualTo("verify ca a.test .example.test");
        assertThat(entry("fingerprint match=aa:bb|cc:dd").line()).isEqualTo("fingerprint sha256 AA:BB CC:DD");
        assertThat(entry("encrypt servername=hostname").line()).isEqualTo("encrypt sni=mx.example.test");
        assertThat(entry("encrypt servername=other.test").line()).isEqualTo("encrypt sni=other.test");
        assertThat(entry("secure tafile=" + anchors).line()).isEqualTo("secure ca example.test .example.test of 1");
        assertThat(level("verify").set("smtp_tls_trust_anchor_file", anchors).line()).isEqualTo("verify ca mx.example.test of 1");
        assertThat(level("verify").set("smtp_tls_trust_anchor_file", anchors + ".gone").line()).isEqualTo(PROBLEM);
        Plan plan = (Plan) entry("encrypt { protocols = >=TLSv1.3 } ciphers=high exclude=AES:SHA1 connection_reuse=yes enable_rpk=yes").decide("example.test");
        assertThat(plan.tls().orElseThrow().terms()).isEqualTo(new org.ostler.mail.tls.ClientTls.Terms(Protocols.parse("TLSv1.3"), "high", "AES:SHA1 eNULL"));
        assertThat(plan.reuse()).isTrue();
    }

    @Test
    void terms_are_those_of_the_level() {
        Rules both = level("may").set("smtp_tls_protocols", "TLSv1.2").set("smtp_tls_mandatory_protocols", "TLSv1.3").set("smtp_tls_exclude_ciphers", "X").set("smtp_tls_mandatory_exclude_ciphers", "Y")
                .set("smtp_tls_mandatory_ciphers", "high");
        assertThat(terms(both)).isEqualTo("[TLSv1.2] medium X");
        assertThat(terms(both.set("smtp_tls_security_level", "encrypt"))).isEqualTo("[TLSv1.3] high X Y eNULL");
        assertThat(terms(both.set("smtp_tls_security_level", "secure"))).isEqualTo("[TLSv1.3] high X Y aNULL");
        assertThat(terms(both.set("smtp_tls_security_level", "dane"))).isEqualTo("[TLSv1.3] high X Y aNULL");
    }

    private static String terms(Rules rules) {
        var terms = ((Plan) rules.decide("example.test")).tls().orElseThrow().terms();
        return terms.protocols().enabled() + " " + terms.grade() + " " + terms.exclude();
    }

    @Test
    void server_name_by_parameter() {
        assertThat(level("may").set("smtp_tls_servername", "nexthop").line()).isEqualTo("may sni=example.test");
        assertThat(level("may").set("smtp_tls_servername", "hostname").line("[127.0.0.1]")).isEqualTo("may");
        assertThat(level("may").set("smtp_tls_servername", "..").line()).isEqualTo(PROBLEM);
    }

    /** Recorded from Postfix's own table of combinations. */
    @Test
    void the_old_table_has_a_word_for_the_next_hop_and_one_for_the_host() {
        assertThat(site("may", "NONE", "MAY")).isEqualTo("none");
        assertThat(site("may", "MAY", "NONE")).isEqualTo("none");
        assertThat(site("may", "NONE", "MUST_NOPEERMATCH")).isEqualTo("encrypt");
        assertThat(site("may", "MUST", "NONE")).startsWith("verify");
        assertThat(site("may", "MUST_NOPEERMATCH", "MUST")).startsWith("verify");
        assertThat(site("encrypt", "MAY", "MAY")).isEqualTo("encrypt");
        assertThat(site("verify", "MUST_NOPEERMATCH", "NONE")).isEqualTo("encrypt");
        assertThat(site("encrypt", "NONE", "NONE")).isEqualTo("none");
        assertThat(site("may", "PERHAPS", "NONE")).isEqualTo(PROBLEM);
        assertThat(level("may").set("smtp_tls_per_site", "broken").line()).isEqualTo("hold 4.3.0 Temporary lookup error");
        var both = level("may").set("smtp_tls_per_site", "broken").set("smtp_tls_policy_maps", "map");
        assertThat(both.line()).isEqualTo("may");
    }

    private static String site(String general, String nextHop, String host) {
        var rules = level(general).set("smtp_tls_per_site", "map");
        rules.tables.with("example.test", nextHop).with("mx.example.test", host);
        return rules.line();
    }

    @Test
    void wrapper_mode_needs_encryption() {
        assertThat(level("may").set("smtp_tls_wrappermode", "yes").line()).isEqualTo(PROBLEM);
        assertThat(level("encrypt").set("smtp_tls_wrappermode", "yes").line()).isEqualTo("encrypt");
        assertThat(level("secure").set("smtp_tls_wrappermode", "yes").line()).startsWith("secure");
    }

    @Test
    void lmtp_has_its_own_parameters_and_no_use_for_encryption_on_a_socket() {
        assertThat(Rules.happy().lmtp().set("lmtp_tls_security_level", "secure").line("[mx.example.test]")).isEqualTo("secure ca mx.example.test");
        assertThat(Rules.happy().lmtp().set("lmtp_tls_security_level", "encrypt").line("inet:mx.example.test:24")).isEqualTo("encrypt");
        assertThat(Rules.happy().lmtp().set("lmtp_tls_security_level", "may").policy("mx.example.test:24", "none").line("inet:mx.example.test:24")).isEqualTo("none");
        assertThat(Rules.happy().lmtp().set("lmtp_tls_security_level", "may").line("unix:/run/lmtp")).isEqualTo("none");
        assertThat(Rules.happy().lmtp().set("lmtp_tls_security_level", "encrypt").line("unix:/run/lmtp")).isEqualTo(PROBLEM);
        assertThat(Rules.happy().lmtp().set("lmtp_tls_security_level", "dane").line("unix:/run/lmtp")).isEqualTo(PROBLEM);
        assertThat(Rules.happy().lmtp().set("lmtp_tls_security_level", "encrypt").policy("/run/lmtp", "none").line("unix:/run/lmtp")).isEqualTo("none");
    }

    @Test
    void a_policy_server_tells_MX_patterns_and_failures_through_the_table() {
        String sts = "secure match=example.test policy_type=sts policy_domain=example.test { policy_string = mode: enforce } ";
        assertThat(entry(sts + "mx_host_pattern=*.example.test").line()).isEqualTo("secure ca mx.example.test");
        assertThat(entry(sts + "mx_host_pattern=*.other.test").line()).isEqualTo("hold 4.7.5 MX host mx.example.test is not in the MTA-STS policy of example.test");
        assertThat(entry(sts + "mx_host_pattern=*.other.test").set("smtp_tls_enforce_sts_mx_patterns", "no").line()).isEqualTo("secure ca example.test");
        assertThat(entry(sts + "mx_host_pattern=mx.example.test policy_failure=sts-webpki-invalid").line()).isEqualTo("hold 4.7.5 Server certificate not verified");
        Plan may = (Plan) entry("may policy_type=sts policy_failure=sts-policy-fetch-error").decide("example.test");
        assertThat(may.reported().policy().kind()).isEqualTo(Kind.STS);
        assertThat(may.reported().flaw()).contains(TlsResult.STS_POLICY_FETCH_ERROR);
    }
}
