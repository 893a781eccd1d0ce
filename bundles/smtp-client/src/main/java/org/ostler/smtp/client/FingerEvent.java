// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.Optional;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.mail.tls.TlsReports;

/** What happens while a {@link Finger} looks at a destination, in order; for posttls-finger(1) to tell. */
public sealed interface FingerEvent {

    /**
     * @param name       as the MX record or the destination says
     * @param address    IP address, or path of a unix-domain socket
     * @param port       0 for a unix-domain socket
     * @param preference of the MX record
     * @param byMx       found by way of a domain
     * @param mxSecure   the MX records, or their absence, are proved
     * @param secure     an address of the host is proved
     */
    record Target(String name, String address, int port, int preference, boolean byMx, boolean mxSecure, boolean secure) {

        static Target of(Host host) {
            String address = host.isUnix() ? host.path() : org.ostler.mail.lookup.AddressText.of(host.address());
            Host.Origin origin = host.origin();
            return new Target(host.name(), address, host.port(), host.preference(), origin.byMx(), origin.mxSecure(), origin.secure());
        }

        /** {@code mx.example.org[192.0.2.1]:25}. */
        public String text() {
            return name + "[" + address + "]" + (port == 0 ? "" : ":" + port);
        }
    }

    /** The destination makes no sense. */
    record Unreadable(String why) implements FingerEvent {}

    /** There is no host to connect to. */
    record NoHost(String why) implements FingerEvent {}

    /**
     * How TLS is to be spoken with a host.
     *
     * @param level  as decided
     * @param tls    empty where the level is none
     * @param policy who decided beside the operator: DANE, MTA-STS or nobody
     * @param note   in Postfix's words where DANE led to another level; may be empty
     */
    record Decided(Target target, TlsLevel level, Optional<ClientTls> tls, TlsReports.Policy policy, String note) implements FingerEvent {}

    /** A host that is not spoken to. @param why for everybody @param detail for the operator; may be empty */
    record Skipped(Target target, String why, String detail) implements FingerEvent {}

    record Connected(Target target) implements FingerEvent {}

    record Sent(String line) implements FingerEvent {}

    record Received(String line) implements FingerEvent {}

    /**
     * TLS stands.
     *
     * @param summary the line of the log
     * @param flaw    why mail would not be sent; empty: it would
     */
    record Encrypted(Target target, TlsProvider.Session session, String summary, Optional<String> flaw) implements FingerEvent {}

    /** All has been said but the farewell. @param satisfied mail would be sent over this session */
    record Settled(boolean satisfied) implements FingerEvent {}

    /** The session came to an early end. */
    record Broken(String why) implements FingerEvent {}
}
