// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.Socket;
import org.ostler.mail.access.ClientInfo;
import org.ostler.mail.dns.Dns;
import org.ostler.mail.dns.DnsAnswer;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.AddressText;
import org.ostler.smtp.grammar.DomainSyntax;

/**
 * The name of a client: the one that its address has, if that name has this address (hosts file first, then DNS).
 *
 * <p>A client without such a name is {@code unknown}; whether that is for good or for now shows in the status, 5 or 4. Blocks for the DNS, within its own deadline.
 */
final class ClientNames {

    private static final int OK = 2;
    private static final int LATER = 4;
    private static final int NEVER = 5;
    private static final String UNKNOWN = "unknown";

    private record Named(String name, int status) {}

    private ClientNames() {}

    static ClientInfo of(Socket socket, boolean lookup, Leased<Dns> dns, MailLog log) {
        InetAddress address = socket.getInetAddress();
        if (!lookup) {
            return info(socket, new Named(UNKNOWN, NEVER), new Named(UNKNOWN, NEVER));
        }
        try (var lease = dns.acquire()) {
            Dns names = lease.service();
            Named reverse = reverse(names, address, log);
            return info(socket, reverse.status == OK ? verified(names, reverse, address, log) : reverse, reverse);
        } catch (UnavailableException e) {
            return info(socket, new Named(UNKNOWN, LATER), new Named(UNKNOWN, LATER));
        }
    }

    private static ClientInfo info(Socket socket, Named verified, Named reverse) {
        return new ClientInfo(socket.getInetAddress(), socket.getPort(), verified.name, reverse.name, verified.status, reverse.status,
                socket.getLocalAddress(), socket.getLocalPort());
    }

    private static Named reverse(Dns dns, InetAddress address, MailLog log) {
        return switch (dns.nativeName(address)) {
            case DnsAnswer.Records<String> records -> {
                String name = records.records().getFirst();
                if (DomainSyntax.isHostname(name)) {
                    yield new Named(name, OK);
                }
                log.warning("address " + AddressText.of(address) + " has a malformed name: " + name);
                yield new Named(UNKNOWN, NEVER);
            }
            case DnsAnswer.Failed<String> _ -> new Named(UNKNOWN, LATER);
            case DnsAnswer.NoData<String> _, DnsAnswer.NoSuchName<String> _ -> new Named(UNKNOWN, NEVER);
        };
    }

    private static Named verified(Dns dns, Named reverse, InetAddress address, MailLog log) {
        Dns.Family family = address instanceof Inet4Address ? Dns.Family.IPV4 : Dns.Family.IPV6;
        return switch (dns.nativeAddresses(reverse.name, family)) {
            case DnsAnswer.Records<InetAddress> records -> {
                if (records.records().contains(address)) {
                    yield reverse;
                }
                log.warning("hostname " + reverse.name + " does not resolve to address " + AddressText.of(address));
                yield new Named(UNKNOWN, NEVER);
            }
            case DnsAnswer.Failed<InetAddress> failed -> {
                log.warning("hostname " + reverse.name + " does not resolve to address " + AddressText.of(address) + ": " + failed.reason());
                yield new Named(UNKNOWN, LATER);
            }
            case DnsAnswer.NoData<InetAddress> _, DnsAnswer.NoSuchName<InetAddress> _ -> {
                log.warning("hostname " + reverse.name + " does not resolve to address " + AddressText.of(address));
                yield new Named(UNKNOWN, NEVER);
            }
        };
    }
}
