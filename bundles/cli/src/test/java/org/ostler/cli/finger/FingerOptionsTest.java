// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.finger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ostler.cli.finger.FingerOptions.Given;
import org.ostler.mail.config.Settings;

class FingerOptionsTest {

    private final List<String> warnings = new ArrayList<>();

    private FingerOptions read(String line, String... match) throws FingerOptions.Wrong {
        var given = new ArrayList<Given>();
        for (String word : line.isEmpty() ? new String[0] : line.split(" (?=-)")) {
            given.add(new Given(word.charAt(1), word.length() > 2 ? word.substring(2).strip() : ""));
        }
        return FingerOptions.of(given, List.of(match), warnings::add);
    }

    @Test
    void without_options_nothing_of_the_servers_own_policy_counts() throws Exception {
        FingerOptions options = read("");
        assertThat(options.dane()).isTrue();
        assertThat(options.parameters()).containsAllEntriesOf(Map.of("smtp_tls_security_level", "dane", "smtp_tls_policy_maps", "", "smtp_tls_CAfile", "", "smtp_tls_sts", "no", "smtp_dns_support_level", "dnssec",
                "smtp_tls_mandatory_protocols", ">=TLSv1", "smtp_connect_timeout", "30s", "smtp_starttls_timeout", "30s", "smtp_tls_session_cache_database", "", "smtp_tls_secure_cert_match", "nexthop, dot-nexthop"));
    }

    @Test
    void effective_leaves_main_cf_as_it_is() throws Exception {
        FingerOptions options = read("-e -ghigh");
        assertThat(options.dane()).isFalse();
        assertThat(options.parameters()).containsEntry("smtp_tls_mandatory_ciphers", "high")
                .doesNotContainKeys("smtp_tls_security_level", "smtp_tls_policy_maps", "smtp_tls_CAfile", "smtp_tls_sts", "smtp_host_lookup", "smtp_tls_cert_file", "smtp_tls_mandatory_protocols");
    }

    @Test
    void with_lmtp_the_twins_are_set() throws Exception {
        assertThat(read("-S -lverify -F/ca -T7", "mx.test").parameters()).containsAllEntriesOf(Map.of("lmtp_tls_security_level", "verify", "lmtp_tls_CAfile", "/ca", "lmtp_lhlo_timeout", "7s", "lmtp_tls_verify_cert_match", "mx.test"));
    }

    @Test
    void names_that_no_level_matches_are_warned_of() throws Exception {
        read("-lencrypt", "mx.test");
        assertThat(warnings).containsExactly("TLS level 'encrypt' does not implement certificate matching");
    }

    @Test
    void what_is_not_there_is_said() throws Exception {
        read("-x -X -lencrypt");
        assertThat(warnings).hasSize(2).allMatch(line -> line.startsWith("-x: ") || line.startsWith("-X: "));
    }

    @Test
    void logging_words_stand_for_others_and_none_for_nothing() throws Exception {
        assertThat(read("").logging()).containsExactlyInAnyOrder("summary", "certmatch");
        assertThat(read("-Lroutine, none").logging()).isEmpty();
        assertThat(read("-Ldebug").logging()).contains("verbose", "cache", "ssl-debug");
        read("-Lnonsense");
        assertThat(warnings).containsExactly("unknown -L option value \"nonsense\" in \"nonsense\"");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "-lstrong          | Invalid TLS level \"strong\"",
        "-Msecure          | bad '-M' option value: secure",
        "-aipv5            | bad '-a' option value: ipv5",
        "-hfiles           | unknown -h option value \"files\" in \"files\"",
        "-Ha.pem -kb.pem   | When the '-H' option is used, neither the '-k', nor the '-K' options may be used",
        "-w -lnone         | SSL wrapper mode requires that TLS not be disabled",
        "-t0               | bad '-t' option value: 0",
        "-dmd99            | Digest algorithm \"md99\" not found",
        "-e -lsecure       | -e and -l exclude each other: the level is that of main.cf, or of -l",
        "-onothing         | -o option requires name=value: nothing"})
    void mistakes_are_named(String line, String message) {
        assertThatThrownBy(() -> read(line)).isInstanceOf(FingerOptions.Wrong.class).hasMessage(message);
    }

    /** The client compares it with the port that it takes where a destination names none. */
    @Test
    void SRV_records_are_those_of_the_service_named_or_of_the_default_port() {
        Settings shipped = Settings.of(Map.of());
        assertThat(FingerOptions.service("example.org:submission", false, shipped)).isEqualTo("submission");
        assertThat(FingerOptions.service("example.org", false, shipped)).isEqualTo("smtp");
        assertThat(FingerOptions.service("[example.org]:587", false, shipped)).isEqualTo("smtp");
        assertThat(FingerOptions.service("inet:example.org", true, shipped)).isEqualTo("24");
        assertThat(FingerOptions.service("inet:example.org:lmtp", true, shipped)).isEqualTo("lmtp");
        Settings other = Settings.of(Map.of("smtp_tcp_port", "submission", "lmtp_tcp_port", "lmtp"));
        assertThat(FingerOptions.service("example.org", false, other)).isEqualTo("submission");
        assertThat(FingerOptions.service("example.org:", true, other)).isEqualTo("lmtp");
    }
}
