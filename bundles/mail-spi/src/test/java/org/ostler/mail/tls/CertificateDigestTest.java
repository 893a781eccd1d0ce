// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CertificateDigestTest {

    @ParameterizedTest
    @ValueSource(strings = {"AB:CD:01", "ab:cd:01", "abcd01", " AbCd:01 "})
    void a_digest_has_one_form_however_an_operator_writes_it(String text) {
        assertThat(CertificateDigest.normal(text)).contains("AB:CD:01");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ab", "abc", "ab:c", "ab::cd", "ab:cd:", "sha256", "ab cd"})
    void what_is_no_digest_is_none(String text) {
        assertThat(CertificateDigest.normal(text)).isEmpty();
    }

    @Test
    void digests_have_OpenSSL_s_names() {
        assertThat(CertificateDigest.isKnown("sha256")).isTrue();
        assertThat(CertificateDigest.isKnown("sha512-256")).isTrue();
        assertThat(CertificateDigest.isKnown("crc32")).isFalse();
    }
}
