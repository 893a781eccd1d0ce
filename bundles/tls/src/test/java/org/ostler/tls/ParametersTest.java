// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.ParameterSet.Finding;
import org.ostler.mail.config.PostfixDefaults;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tck.Certificates;

/** Declarations against the recorded table of Postfix. */
@Timeout(60)
class ParametersTest {

    @Test
    void defaults_are_those_of_Postfix_and_can_be_read() {
        Settings defaults = Settings.of(Map.of("myhostname", "me.example.test"));
        Stream.of(new TlsParameters(), new ServerTlsParameters(), new ClientTlsParameters()).flatMap(set -> set.all().stream()).forEach(parameter -> {
            if (parameter != TlsParameters.TLS_PROVIDER) { // Ostler's own
                assertThat(PostfixDefaults.of(parameter.name())).as(parameter.name()).contains(parameter.defaultText());
            }
            assertThat(defaults.get(parameter)).as(parameter.name()).isNotNull();
            assertThat(parameter.prose()).as(parameter.name()).isNotBlank();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"smtpd_tls_protocols", "smtpd_tls_mandatory_protocols", "smtp_tls_protocols", "smtp_tls_mandatory_protocols", "lmtp_tls_protocols", "lmtp_tls_mandatory_protocols"})
    void versions_that_Java_has_switched_off_are_found_before_a_handshake_fails(String name) {
        assertThat(findings(name, "TLSv1, TLSv1.1")).containsExactly(new Finding(name, name + " = TLSv1, TLSv1.1: no TLS handshake can succeed: "
                + "Java has TLSv1, TLSv1.1 switched off (jdk.tls.disabledAlgorithms); left are: TLSv1.2, TLSv1.3", false));
        assertThat(findings(name, "<=tlsv1.1")).hasSize(1);
        assertThat(findings(name, "TLSv1.1, TLSv1.2")).isEmpty();
        assertThat(findings(name, ">=TLSv1")).isEmpty();
        assertThat(findings(name, "TLSv9")).as("said elsewhere").isEmpty();
    }

    /** What is found is what happens. */
    @ParameterizedTest
    @ValueSource(strings = {"jsse", "bc"})
    void every_version_that_is_not_found_fault_with_can_be_spoken(String engine, @TempDir Path dir) throws Exception {
        try (Pair pair = new Pair().by(engine)) {
            pair.server.put("smtpd_tls_chain_files", Certificates.server("mx.example.test").selfSigned().chainFile(dir.resolve("server.pem")).toString());
            for (String version : List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")) {
                pair.protocols = version;
                if (findings("smtp_tls_protocols", version).isEmpty()) {
                    assertThat(pair.connect().client().protocol()).isEqualTo(version);
                } else {
                    assertThatThrownBy(pair::connect).isInstanceOf(IOException.class).hasMessage("none of the TLS versions asked for is spoken here: " + version);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"smtpd_tls_ciphers", "smtpd_tls_mandatory_ciphers", "smtp_tls_ciphers", "smtp_tls_mandatory_ciphers", "lmtp_tls_ciphers", "lmtp_tls_mandatory_ciphers"})
    void grades_that_do_not_exist_are_found_before_mail_waits(String name) {
        assertThat(findings(name, "hihg")).containsExactly(new Finding(name, name + " = hihg: no TLS handshake can succeed: the grades are high, medium, low, export and null", false));
        assertThat(findings(name, "")).as("none is no grade either, and so it is in a handshake").hasSize(1);
        assertThat(findings(name, "High")).isEmpty();
    }

    private static List<Finding> findings(String name, String value) {
        return new TlsParameters().check(Settings.of(Map.of(name, value)));
    }

    @Test
    void the_sets_are_found_without_OSGi() {
        assertThat(ServiceLoader.load(ParameterSet.class)).anyMatch(set -> set.getClass().getPackageName().equals("org.ostler.tls"));
    }
}
