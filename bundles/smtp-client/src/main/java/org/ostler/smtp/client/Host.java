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
 * @param origin     how far the DNS vouches for it
 */
record Host(String name, InetAddress address, String path, int port, int preference, boolean bestMx, Origin origin) {

    /**
     * What DNSSEC proves of the way to a host (RFC 7672 section 2.2). Where nobody asked for proofs nothing is proved.
     *
     * @param canonical name after CNAMEs; empty where the host was not looked up in the DNS
     * @param secure    one of its address record sets is proved, CNAMEs included
     * @param byMx      found by way of a domain, be it that the domain has no MX records and is its own mail exchanger
     * @param mxSecure  the MX records, or their absence, are proved
     * @param mxOwner   name that has the MX records: the domain's, or what it is an alias of; empty where there are none
     * @param bySrv     SRV records stood in the place of MX records
     * @param unproved  proofs were asked for and nobody could give any at the time: what is not proved here may be signed
     */
    record Origin(String canonical, boolean secure, boolean byMx, boolean mxSecure, String mxOwner, boolean bySrv, boolean unproved) {
        static final Origin NONE = new Origin("", false, false, false, "", false, false);

        Origin found(String name, boolean proved, boolean nobodyCould) {
            return new Origin(name, proved, byMx, mxSecure, mxOwner, bySrv, unproved || nobodyCould);
        }
    }

    static Host of(String name, InetAddress address, int port, int preference, boolean bestMx) {
        return new Host(name, address, "", port, preference, bestMx, Origin.NONE);
    }

    static Host unix(String name, String path) {
        return new Host(name, null, path, 0, 0, false, Origin.NONE);
    }

    Host from(Origin where) {
        return new Host(name, address, path, port, preference, bestMx, where);
    }

    Host notTheBest() {
        return new Host(name, address, path, port, preference, false, origin);
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
