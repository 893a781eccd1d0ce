// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 8460 section 3. */
class WishesTest {

    private static List<String> of(String... texts) {
        return Wishes.of(List.of(texts)).stream().map(place -> switch (place) {
            case Wishes.Mail mail -> "mail " + mail.address().text();
            case Wishes.Web web -> "web " + web.uri();
        }).toList();
    }

    @Test
    void theExamplesOfTheStandard() {
        assertThat(of("v=TLSRPTv1;rua=mailto:reports@example.com")).containsExactly("mail reports@example.com");
        assertThat(of("v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt")).containsExactly("web https://reporting.example.com/v1/tlsrpt");
        assertThat(of("v=TLSRPTv1 ; rua=mailto:a@example.com , https://r.example.com/x;")).containsExactly("mail a@example.com", "web https://r.example.com/x");
    }

    @Test
    void otherRecordsFieldsAndSchemesAreLeftAside() {
        assertThat(of("v=spf1 -all", "v=TLSRPTv1; x-more=1; rua=mailto:a@example.com,ftp://x/y,sms:+1234567", "v=TLSRPTv2; rua=mailto:b@example.com")).containsExactly("mail a@example.com");
        assertThat(of("v=TLSRPTv1; rua=MAILTO:a%2Bb+c@example.com?subject=x")).containsExactly("mail a+b+c@example.com");
    }

    @Test
    void twoRecordsAreNone() {
        assertThat(of("v=TLSRPTv1; rua=mailto:a@example.com", "v=TLSRPTv1; rua=mailto:b@example.com")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "v=TLSRPTv1", "v=TLSRPTv1;", "v=tlsrptv1; rua=mailto:a@example.com", "rua=mailto:a@example.com; v=TLSRPTv1", "v=TLSRPTv1; rua=", "v=TLSRPTv1; RUA=mailto:a@example.com",
        "v=TLSRPTv1; bad field; rua=mailto:a@example.com", "v=TLSRPTv1;; rua=mailto:a@example.com", "v=TLSRPTv1; rua=mailto:", "v=TLSRPTv1; rua=mailto:a", "v=TLSRPTv1; rua=mailto:a@b@example.com",
        "v=TLSRPTv1; rua=mailto:a%0d%0aBcc:x@example.com", "v=TLSRPTv1; rua=mailto:a%2Cb@example.com", "v=TLSRPTv1; rua=mailto:%zz@example.com", "v=TLSRPTv1; rua=mailto:\"a b\"@example.com",
        "v=TLSRPTv1; rua=mailto:a@[127.0.0.1]", "v=TLSRPTv1; rua=https://", "v=TLSRPTv1; rua=https:/x", "v=TLSRPTv1; rua=https://user:secret@example.com/", "v=TLSRPTv1; rua=http://example.com/",
        "v=TLSRPTv1; rua=https://exa mple.com/"})
    void whatIsNoPlaceGetsNoReport(String text) {
        assertThat(of(text)).isEmpty();
    }

    @Test
    void nobodyGetsMoreThanAFewReports() {
        var many = new StringBuilder("v=TLSRPTv1; rua=mailto:a@example.com");
        for (int i = 0; i < 1000; i++) {
            many.append(",mailto:a").append(i % 500).append("@example.com");
        }
        assertThat(of(many.toString())).hasSize(Wishes.MOST);
        assertThat(of("v=TLSRPTv1; rua=https://example.com/" + "x".repeat(60_000))).isEmpty();
    }
}
