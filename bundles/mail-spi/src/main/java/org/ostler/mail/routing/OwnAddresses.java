// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.routing;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.lookup.Answer;

/**
 * The network addresses of this mail system: {@code inet_interfaces}, restricted by {@code inet_protocols}, and those of the proxies in front of it, {@code proxy_interfaces}.
 *
 * <p>Worked out once, when constructed: keep it per {@code Settings}. Host names in the two parameters are looked up then.
 *
 * <p><b>Threads</b> any; immutable. <b>Blocking</b> the constructor may look names up. <b>Errors</b> where a name could not be looked up nobody knows whether an address is ours:
 * {@link Answer.Unavailable}. <b>Nulls</b> none.
 */
public final class OwnAddresses {

    private final Set<InetAddress> interfaces = new HashSet<>();
    private final Set<InetAddress> proxies = new HashSet<>();
    private final Optional<String> trouble;

    public OwnAddresses(Settings settings) {
        List<String> protocols = Lists.split(settings.text("inet_protocols").toLowerCase(Locale.ROOT));
        boolean all = protocols.isEmpty() || protocols.contains("all");
        boolean v4 = all || protocols.contains("ipv4");
        boolean v6 = all || protocols.contains("ipv6");
        String problem = null;
        try {
            for (String word : Lists.split(settings.text("inet_interfaces"))) {
                add(interfaces, word, v4, v6);
            }
            for (String word : Lists.split(settings.text("proxy_interfaces"))) {
                add(proxies, word, v4, v6);
            }
        } catch (IOException e) {
            problem = "inet_interfaces: " + e.getMessage();
        }
        this.trouble = Optional.ofNullable(problem);
    }

    private static void add(Set<InetAddress> to, String word, boolean v4, boolean v6) throws IOException {
        if (word.equalsIgnoreCase("all") || word.equalsIgnoreCase("loopback-only")) {
            boolean everything = word.equalsIgnoreCase("all");
            NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> everything || address.isLoopbackAddress()).forEach(address -> put(to, address, v4, v6));
            return;
        }
        boolean bracketed = word.startsWith("[") && word.endsWith("]");
        String name = bracketed ? word.substring(1, word.length() - 1) : word;
        Optional<InetAddress> literal = AddressText.parse(name);
        if (literal.isPresent()) {
            put(to, literal.get(), v4, v6);
            return;
        }
        for (InetAddress address : InetAddress.getAllByName(name)) {
            put(to, address, v4, v6);
        }
    }

    /** Without zone, so that a link-local address equals its literal. */
    private static void put(Set<InetAddress> to, InetAddress address, boolean v4, boolean v6) {
        if (address instanceof Inet4Address ? v4 : v6) {
            AddressText.parse(AddressText.of(address)).ifPresent(to::add);
        }
    }

    /** Addresses on which mail is received; permit_inet_interfaces. */
    public Answer isInterface(InetAddress address) {
        return match(interfaces.contains(address), address);
    }

    /** Addresses on which mail is received by us or by a proxy for us. */
    public Answer isOwn(InetAddress address) {
        return match(interfaces.contains(address) || proxies.contains(address), address);
    }

    private Answer match(boolean known, InetAddress address) {
        if (known) {
            return Answer.found(AddressText.of(address));
        }
        return trouble.<Answer>map(Answer::unavailable).orElse(Answer.NOT_FOUND);
    }
}
