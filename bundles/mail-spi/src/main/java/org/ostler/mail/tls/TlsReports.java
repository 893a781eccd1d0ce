// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Takes note of how sessions went, for the daily report to the domain (RFC 8460). The service of {@code tlsrpt}.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> never: where there is no room the oldest goes. <b>Errors</b> none. A report that is lost costs nobody mail.
 */
@ProviderType
public interface TlsReports {

    void note(Attempt attempt);

    /** The policy that a session was held to. */
    enum Kind { TLSA, STS, NO_POLICY_FOUND }

    /**
     * @param kind    of policy
     * @param domain  that the policy is for: next hop's domain for STS, TLSA base domain for DANE
     * @param strings its lines, as published: {@code 3 1 1 ab12...}, or those of the STS policy file
     * @param mx      patterns of an STS policy; empty else
     */
    record Policy(Kind kind, String domain, List<String> strings, List<String> mx) {
        public Policy {
            strings = List.copyOf(strings);
            mx = List.copyOf(mx);
        }
    }

    /**
     * One session, or one that did not come about.
     *
     * @param recipientDomain whose operator is to be told
     * @param policy          in force
     * @param failure         empty: it went well
     * @param detail          for people, where it failed; may be empty
     * @param sendingAddress  ours; empty where no connection was made
     * @param mxHost          name of the server; empty where none was known
     * @param mxAddress       of the server; empty where no connection was made
     * @param mxHello         what it called itself; may be empty
     */
    record Attempt(String recipientDomain, Policy policy, Optional<TlsResult> failure, String detail, String sendingAddress, String mxHost, String mxAddress, String mxHello) {}
}
