// SPDX-License-Identifier: Apache-2.0
package org.ostler.sts;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.ostler.mail.tck.Certificates;
import org.ostler.mail.tls.TlsResult;
import org.ostler.sts.PolicyFetch.Failed;
import org.ostler.sts.PolicyFetch.Got;
import org.ostler.sts.PolicyFetch.Result;

/** RFC 8461 section 3.3 against a real HTTPS server: well, and with one thing wrong. */
class PolicyFetchTest {

    private static final Duration PLENTY = Duration.ofSeconds(20);

    private static Result fetch(PolicyHost host) throws Exception {
        return host.fetch().fetch("example.test", PLENTY);
    }

    private static void assertFails(Result result, TlsResult kind, String... words) {
        assertThat(result).isInstanceOfSatisfying(Failed.class, failed -> {
            assertThat(failed.result()).isEqualTo(kind);
            assertThat(failed.why()).contains(words);
        });
    }

    @Test
    void aPolicyComesFromTheWellKnownPlaceAndTheServerIsToldItsName() throws Exception {
        try (PolicyHost host = PolicyHost.happy()) {
            assertThat(fetch(host)).isInstanceOfSatisfying(Got.class, got -> assertThat(got.policy().mx()).containsExactly("mx.example.test", "*.mail.example.test"));
            assertThat(host.requests).containsExactly("GET mta-sts.example.test/.well-known/mta-sts.txt");
            assertThat(host.serverNames).containsExactly("mta-sts.example.test");
        }
    }

    @Test
    void aWildcardMayStandForTheWholeFirstLabel() throws Exception {
        try (PolicyHost host = PolicyHost.with(Certificates.server("*.example.test"))) {
            assertThat(fetch(host)).isInstanceOf(Got.class);
        }
    }

    @Test
    void certificatesThatProveNothing() throws Exception {
        try (PolicyHost wrong = PolicyHost.with(Certificates.server("example.test", "www.example.test"));
                PolicyHost partial = PolicyHost.with(Certificates.server("mta-*.example.test"));
                PolicyHost common = PolicyHost.with(Certificates.commonName("mta-sts.example.test"));
                PolicyHost expired = PolicyHost.with(Certificates.server("mta-sts.example.test").expired());
                PolicyHost stranger = PolicyHost.happy()) {
            assertFails(fetch(wrong), TlsResult.STS_WEBPKI_INVALID, "mta-sts.example.test");
            assertFails(fetch(partial), TlsResult.STS_WEBPKI_INVALID, "mta-sts.example.test");
            assertFails(fetch(common), TlsResult.STS_WEBPKI_INVALID, "not for this name");
            assertFails(fetch(expired), TlsResult.STS_WEBPKI_INVALID, "NotAfter");
            assertFails(stranger.strictFetch().fetch("example.test", PLENTY), TlsResult.STS_WEBPKI_INVALID, "certification path");
        }
    }

    @Test
    void redirectsAreNotFollowed() throws Exception {
        try (PolicyHost host = PolicyHost.happy()) {
            host.handler = PolicyHost.redirect("https://mta-sts.other.test/.well-known/mta-sts.txt");
            assertFails(fetch(host), TlsResult.STS_POLICY_FETCH_ERROR, "status 302");
            assertThat(host.requests).hasSize(1);
        }
    }

    @Test
    void onlyStatus200Counts() throws Exception {
        try (PolicyHost host = PolicyHost.happy()) {
            for (int status : new int[] {201, 203, 404, 500}) {
                host.handler = PolicyHost.answer(status, "text/plain", PolicyHost.POLICY);
                assertFails(fetch(host), TlsResult.STS_POLICY_FETCH_ERROR, "status " + status);
            }
        }
    }

    @Test
    void onlyPlainTextCounts() throws Exception {
        try (PolicyHost host = PolicyHost.happy()) {
            for (String type : new String[] {"", "text/html", "application/octet-stream", "text/plainer"}) {
                host.handler = PolicyHost.answer(200, type, PolicyHost.POLICY);
                assertFails(fetch(host), TlsResult.STS_POLICY_FETCH_ERROR, "text/plain");
            }
            host.handler = PolicyHost.answer(200, "Text/Plain; charset=us-ascii", PolicyHost.POLICY);
            assertThat(fetch(host)).isInstanceOf(Got.class);
        }
    }

    @Test
    void aTextThatIsNoPolicyIsInvalid() throws Exception {
        try (PolicyHost host = PolicyHost.happy()) {
            host.handler = PolicyHost.text("version: STSv1\nmode: enforce\nmax_age: 1\n");
            assertFails(fetch(host), TlsResult.STS_POLICY_INVALID, "no mx");
        }
    }

    @Test
    void aBodyWithoutEndIsCutOff() throws Exception {
        try (PolicyHost host = PolicyHost.happy()) {
            host.handler = PolicyHost.endless("mx: mx.example.test\n".repeat(100), 0);
            assertFails(fetch(host), TlsResult.STS_POLICY_FETCH_ERROR, "mta-sts.example.test");
            host.handler = PolicyHost.text("x: " + "y".repeat(PolicyFetch.MOST_BYTES));
            assertFails(fetch(host), TlsResult.STS_POLICY_FETCH_ERROR, "mta-sts.example.test");
        }
    }

    @Test
    void aBodyThatDripsEndsAtTheDeadline() throws Exception {
        try (PolicyHost host = PolicyHost.happy()) {
            host.handler = PolicyHost.endless("x", 20);
            assertFails(host.fetch().fetch("example.test", Duration.ofMillis(700)), TlsResult.STS_POLICY_FETCH_ERROR, "within 0.7 s");
            host.handler = exchange -> { }; // and a server that never answers
            assertFails(host.fetch().fetch("example.test", Duration.ofMillis(700)), TlsResult.STS_POLICY_FETCH_ERROR, "within 0.7 s");
        }
    }

    @Test
    void nobodyThereAndNamesThatNoHostHas() throws Exception {
        PolicyFetch fetch;
        try (PolicyHost host = PolicyHost.happy()) {
            fetch = host.fetch();
        }
        assertFails(fetch.fetch("example.test", PLENTY), TlsResult.STS_POLICY_FETCH_ERROR, "mta-sts.example.test");
        assertFails(fetch.fetch("under_score.test", PLENTY), TlsResult.STS_POLICY_FETCH_ERROR, "no host can have the name");
        assertFails(fetch.fetch("evil/path@host:1", PLENTY), TlsResult.STS_POLICY_FETCH_ERROR, "no host can have the name");
    }
}
