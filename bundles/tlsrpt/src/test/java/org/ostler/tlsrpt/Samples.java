// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import java.util.List;
import java.util.Optional;
import org.ostler.mail.tls.TlsReports.Attempt;
import org.ostler.mail.tls.TlsReports.Kind;
import org.ostler.mail.tls.TlsReports.Policy;
import org.ostler.mail.tls.TlsResult;

/** Outcomes like those in the example of RFC 8460, appendix B. */
final class Samples {

    static final Policy STS = new Policy(Kind.STS, "company-y.test", List.of("version: STSv1", "mode: testing", "mx: *.mail.company-y.test", "max_age: 86400"), List.of("*.mail.company-y.test"));
    static final Policy TLSA = new Policy(Kind.TLSA, "mx1.company-y.test", List.of("3 1 1 0123456789abcdef"), List.of());

    private Samples() {}

    static Attempt good(String domain, Policy policy) {
        return new Attempt(domain, policy, Optional.empty(), "", "2001:db8:abcd:0012::1", "mx1." + domain, "203.0.113.58", "mx1." + domain);
    }

    static Attempt bad(String domain, Policy policy, TlsResult result, String host) {
        return new Attempt(domain, policy, Optional.of(result), "what came of it", "2001:db8:abcd:0012::1", host, "203.0.113.58", "");
    }

    static Policy none(String domain) {
        return new Policy(Kind.NO_POLICY_FOUND, domain, List.of(), List.of());
    }
}
