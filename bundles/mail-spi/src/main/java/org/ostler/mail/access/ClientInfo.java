// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.access;

import java.net.InetAddress;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.lookup.AddressText;

/**
 * The peer of a session; XCLIENT makes another one.
 *
 * @param address     of the client
 * @param port        of the client
 * @param name        verified name (address to name to same address), else {@code unknown}
 * @param reverseName unverified PTR name, else {@code unknown}
 * @param nameStatus  2 verified, 4 temporary failure, 5 permanent failure of the verified name (smtpd's name status)
 * @param reverseStatus likewise for the PTR name
 * @param serverAddress local end
 * @param serverPort  local end
 */
public record ClientInfo(InetAddress address, int port, String name, String reverseName, int nameStatus, int reverseStatus,
                         InetAddress serverAddress, int serverPort) {

    /** {@code localhost[127.0.0.1]}, as log lines show it. */
    public String nameAndAddress() {
        return name + "[" + addressText() + "]";
    }

    /** In the short form of RFC 5952, without a zone. IPv4-mapped addresses arrive here as IPv4. */
    public String addressText() {
        return AddressText.of(address);
    }
}
