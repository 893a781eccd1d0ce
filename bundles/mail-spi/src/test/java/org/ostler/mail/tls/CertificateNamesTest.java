// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Wildcards as OpenSSL's X509_check_host reads them, recorded from Postfix 3.7 at level verify. */
class CertificateNamesTest {

    private static boolean match(String reference, String name) {
        return CertificateNames.match(reference, List.of(name), false);
    }

    @Test
    void a_star_is_the_whole_first_label_before_two_more_at_least() {
        assertThat(match("a.example.test", "*.example.test")).isTrue();
        assertThat(match("example.test", "*.example.test")).isFalse();
        assertThat(match("a.b.example.test", "*.example.test")).isFalse();
        assertThat(match("ab.example.test", "a*.example.test")).isFalse();
        assertThat(match("a.b.test", "a.*.test")).isFalse();
        assertThat(match("localhost", "*")).isFalse();
    }

    @Test
    void nobody_has_a_certificate_for_a_whole_top_level_domain() {
        assertThat(match("a.test", "*.test")).isFalse();
        assertThat(CertificateNames.match("a.test", List.of("*.test"), true)).isFalse();
        assertThat(CertificateNames.match("a.b.test", List.of("*.test"), true)).isFalse();
        assertThat(match("a.test", "*.")).isFalse();
        assertThat(CertificateNames.match("a.b.example.test", List.of("*.example.test"), true)).isTrue();
    }

    @Test
    void a_leading_dot_is_any_name_below() {
        assertThat(match(".example.test", "mail.example.test")).isTrue();
        assertThat(match(".example.test", "*.example.test")).isTrue();
        assertThat(match(".example.test", "example.test")).isFalse();
    }
}
