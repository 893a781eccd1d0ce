// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.ostler.mail.config.Settings;

/** OpenSSL's cipher lists over the suites of JSSE. What {@code openssl ciphers} says of the same list is in the comments. */
class CipherListTest {

    private static final Settings DEFAULTS = Settings.of(Map.of());
    private static final List<String> SUITES = List.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA",
            "SSL_RSA_WITH_3DES_EDE_CBC_SHA", "SSL_RSA_WITH_RC4_128_MD5", "TLS_DH_anon_WITH_AES_128_GCM_SHA256", "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_NULL_SHA256",
            "TLS_EMPTY_RENEGOTIATION_INFO_SCSV");

    private static List<String> old(String list) {
        return CipherList.of(list, SUITES).suites().stream().filter(name -> name.contains("_WITH_")).map(CipherNames::openssl).toList();
    }

    @Test
    void suites_of_TLS_1_3_are_always_there() {
        assertThat(CipherList.of("eNULL", SUITES).suites()).startsWith("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256").doesNotContain("TLS_EMPTY_RENEGOTIATION_INFO_SCSV");
    }

    @Test
    void Postfix_s_own_list_of_grade_medium_prefers_strength_and_keeps_the_anonymous_in_front() throws IOException {
        List<String> medium = old(Ciphers.list("medium", "", false, DEFAULTS));
        assertThat(medium).doesNotContain("DES-CBC3-SHA", "RC4-MD5", "ECDH-RSA-AES128-GCM-SHA256", "NULL-SHA256")
                .startsWith("ECDHE-ECDSA-AES256-GCM-SHA384").contains("AES128-SHA");
        assertThat(medium.indexOf("ADH-AES128-GCM-SHA256")).isLessThan(medium.indexOf("DHE-RSA-AES128-GCM-SHA256")).isNotNegative();
    }

    @Test
    void certificates_that_count_leave_out_the_anonymous() throws IOException {
        assertThat(old(Ciphers.list("medium", "", true, DEFAULTS))).doesNotContain("ADH-AES128-GCM-SHA256");
    }

    @Test
    void exclusions_take_names_kinds_and_both_at_once() throws IOException {
        assertThat(old(Ciphers.list("high", "aNULL, kRSA ECDHE+SHA384:AESGCM", false, DEFAULTS)))
                .containsExactlyInAnyOrder("ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-RSA-AES128-SHA");
        assertThat(old(Ciphers.list("high", "aNULL ECDHE-RSA-AES256-GCM-SHA384", false, DEFAULTS))).doesNotContain("ECDHE-RSA-AES256-GCM-SHA384").contains("ECDHE-ECDSA-AES256-GCM-SHA384");
    }

    @Test
    void minus_takes_away_for_now_and_an_exclamation_mark_for_good() {
        assertThat(old("AESGCM:-DHE:DHE")).contains("DHE-RSA-AES128-GCM-SHA256");
        assertThat(old("AESGCM:!DHE:DHE")).doesNotContain("DHE-RSA-AES128-GCM-SHA256");
        assertThat(old("kECDHE+AESGCM:kECDHE+CHACHA20:+ECDHE-ECDSA-AES256-GCM-SHA384"))
                .containsExactly("ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES256-GCM-SHA384");
    }

    @Test
    void grade_null_is_without_encryption_and_the_weakest_grades_are_medium() throws IOException {
        assertThat(old(Ciphers.list("null", "", false, DEFAULTS))).containsExactly("NULL-SHA256");
        Settings own = Settings.of(Map.of("tls_null_cipherlist", "eNULL:kRSA+AES128+SHA256"));
        assertThat(old(Ciphers.list("null", "", false, own))).containsExactlyInAnyOrder("NULL-SHA256", "AES128-SHA256");
        assertThat(Ciphers.list("medium", "", false, own)).isEqualTo(Ciphers.list("medium", "", false, DEFAULTS));
        assertThat(Ciphers.list("low", "", false, DEFAULTS)).isEqualTo(Ciphers.list("EXPORT", "", false, DEFAULTS)).isEqualTo(Ciphers.list(" Medium", "", false, DEFAULTS));
        assertThatThrownBy(() -> Ciphers.list("", "", false, DEFAULTS)).hasMessage("invalid TLS cipher grade: \"\"");
        assertThatThrownBy(() -> Ciphers.list("strong", "", false, DEFAULTS)).hasMessage("invalid TLS cipher grade: \"strong\"");
    }

    @Test
    void what_stands_for_nothing_is_named_once() {
        assertThat(CipherList.of("HIGH:ECDHE-RSA-CAMELLIA256-SHA384:!SEED:FROB:!KNOB:@SECLEVEL=1:@FOO", SUITES).odd())
                .containsExactly("ECDHE-RSA-CAMELLIA256-SHA384", "FROB", "@SECLEVEL=1", "@FOO");
        assertThat(CipherList.of("aNULL:-aNULL:HIGH:MEDIUM:!SEED:!kDH:+RC4:@STRENGTH", SUITES).odd()).isEmpty();
    }

    @Test
    void what_Java_switches_off_is_named_where_a_list_asks_for_it() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, null, null);
        List<String> spoken = List.of(context.getSupportedSSLParameters().getCipherSuites());
        assertThat(CipherList.of("HIGH:aNULL:RC4:ECDHE+3DES:CAMELLIA:@SECLEVEL=0", spoken).odd()).containsExactly("aNULL", "RC4", "ECDHE+3DES", "CAMELLIA", "@SECLEVEL=0");
        assertThat(CipherList.of("HIGH:aNULL:RC4:3DES:!aNULL:-RC4", spoken).odd()).as("two are taken back").containsExactly("3DES");
        for (String grade : List.of("high", "medium")) {
            assertThat(CipherList.of(Ciphers.list(grade, "aNULL, RC4", true, DEFAULTS), spoken).odd()).as(grade).isEmpty();
            assertThat(CipherList.of(Ciphers.list(grade, "", false, DEFAULTS), spoken).odd()).as(grade).isEmpty();
        }
    }

    @Test
    void groups_go_by_the_names_of_OpenSSL_whatever_the_grade_as_in_Postfix() {
        assertThat(Ciphers.groups(DEFAULTS).stream().flatMap(name -> Ciphers.jsseGroup(name).stream()))
                .containsExactly("x25519", "x448", "secp256r1", "secp384r1", "secp521r1", "ffdhe2048", "ffdhe3072");
        assertThat(Ciphers.groups(Settings.of(Map.of("smtpd_tls_eecdh_grade", "ultra", "tls_eecdh_auto_curves", "X25519")))).containsExactly("X25519", "ffdhe2048", "ffdhe3072");
        assertThat(Ciphers.jsseGroup("brainpoolP256r1")).isEmpty();
    }
}
