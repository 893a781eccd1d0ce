// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.net.InetAddress;
import org.ostler.mail.lookup.AddressText;

/**
 * One place to connect to.
 *
 * @param name       host name as Postfix shows it
 * @param address    IP address; null for a unix-domain socket
 * @param path       of the unix-domain socket; empty for an IP address
 * @param port       0 for a unix-domain socket
 * @param preference of the MX record; 0 where there is none
 * @param bestMx     of the best preference that the domain has
 */
record Host(String name, InetAddress address, String path, int port, int preference, boolean bestMx) {

    static Host of(String name, InetAddress address, int port, int preference, boolean bestMx) {
        return new Host(name, address, "", port, preference, bestMx);
    }

    static Host unix(String name, String path) {
        return new Host(name, null, path, 0, 0, false);
    }

    boolean isUnix() {
        return address == null;
    }

    /** {@code mx.example.org[192.0.2.1]}: in replies and errors. */
    String named() {
        return name + "[" + (isUnix() ? path : literal()) + "]";
    }

    /** {@code mx.example.org[192.0.2.1]:25}: in {@code relay=} and where connecting fails. */
    String withPort() {
        return isUnix() ? named() : named() + ":" + port;
    }

    private String literal() {
        return AddressText.of(address);
    }
}
