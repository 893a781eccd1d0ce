// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.security.cert.X509Certificate;
import org.junit.jupiter.api.Test;

class CertificateSignatureTest {

    private static X509Certificate certificate(String name) throws IOException {
        try (var in = CertificateSignatureTest.class.getResourceAsStream("/certificates/" + name + ".pem")) {
            return Pem.certificates(in.readAllBytes()).getFirst();
        }
    }

    @Test
    void SHA_1_is_weak_also_where_the_name_of_the_algorithm_does_not_say_it() throws IOException {
        assertThat(CertificateSignature.isWeak(certificate("pkcs1-sha1"))).isTrue();
        assertThat(certificate("pss-sha1").getSigAlgName()).doesNotContain("SHA");
        assertThat(CertificateSignature.isWeak(certificate("pss-sha1"))).isTrue();
    }

    @Test
    void RSASSA_PSS_with_another_digest_is_not() throws IOException {
        assertThat(CertificateSignature.isWeak(certificate("pss-sha256"))).isFalse();
    }
}
