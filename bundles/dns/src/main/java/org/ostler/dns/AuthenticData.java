// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import org.ostler.mail.dns.DnsAnswer.Security;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;

/**
 * Decides whether an answer counts as proved by the name server that gave it: {@code dnssec_validation = resolver}. Pure functions.
 *
 * <p>The AD bit is a claim of the server asked (RFC 4035 section 3.2.3) and travels unprotected, so it is taken from a server on this machine only; from any other the answer
 * stays {@link Security#UNCHECKED}. Postfix takes it from all and tells the operator to have a server on the same host.
 */
final class AuthenticData {

    private AuthenticData() {}

    static Security status(Message answer, InetSocketAddress server) {
        if (!isTrusted(server)) {
            return Security.UNCHECKED;
        }
        return answer.getHeader().getFlag(Flags.AD) ? Security.SECURE : Security.INSECURE;
    }

    /** Whether a server is on this machine: on loopback or at an address of its own. */
    static boolean isTrusted(InetSocketAddress server) {
        try {
            return server.getAddress().isLoopbackAddress() || NetworkInterface.getByInetAddress(server.getAddress()) != null;
        } catch (SocketException _) {
            return false;
        }
    }

    /** The status of a chain is that of its weakest link. */
    static Security weaker(Security a, Security b) {
        if (a == Security.UNCHECKED || b == Security.UNCHECKED) {
            return Security.UNCHECKED;
        }
        return a == Security.SECURE ? b : a;
    }
}
