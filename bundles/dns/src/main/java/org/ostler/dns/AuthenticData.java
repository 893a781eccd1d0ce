// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import java.net.InetSocketAddress;
import org.ostler.mail.dns.DnsAnswer.Security;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;

/**
 * Decides whether an answer counts as proved. Pure functions.
 *
 * <p>The AD bit is a claim of the server asked (RFC 4035 section 3.2.3) and travels unprotected, so it is taken from a server on this machine only; from any other the answer
 * stays {@link Security#UNCHECKED}. Own validation of signatures will take the place of this class.
 */
final class AuthenticData {

    private AuthenticData() {}

    static Security status(Message answer, InetSocketAddress server) {
        if (!server.getAddress().isLoopbackAddress()) {
            return Security.UNCHECKED;
        }
        return answer.getHeader().getFlag(Flags.AD) ? Security.SECURE : Security.INSECURE;
    }

    /** The status of a chain is that of its weakest link. */
    static Security weaker(Security a, Security b) {
        if (a == Security.UNCHECKED || b == Security.UNCHECKED) {
            return Security.UNCHECKED;
        }
        return a == Security.SECURE ? b : a;
    }
}
