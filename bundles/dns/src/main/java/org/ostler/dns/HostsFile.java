// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ostler.mail.dns.Dns.Family;

/**
 * What /etc/hosts says (hosts(5)): address, canonical name, aliases; {@code #} begins a comment. A name on several lines has the addresses of all of them; an address on several lines
 * is named by the first.
 */
record HostsFile(Map<String, List<InetAddress>> addresses, Map<InetAddress, String> names) {

    static HostsFile parse(List<String> lines) {
        var addresses = new HashMap<String, List<InetAddress>>();
        var names = new HashMap<InetAddress, String>();
        for (String line : lines) {
            int comment = line.indexOf('#');
            String[] word = (comment < 0 ? line : line.substring(0, comment)).strip().split("\\s+");
            if (word.length < 2) {
                continue;
            }
            InetAddress address;
            try {
                address = InetAddress.ofLiteral(word[0]);
            } catch (IllegalArgumentException _) {
                continue; // as the C library: a line it cannot read names nobody
            }
            names.putIfAbsent(address, word[1].toLowerCase(Locale.ROOT));
            for (int i = 1; i < word.length; i++) {
                List<InetAddress> known = addresses.computeIfAbsent(word[i].toLowerCase(Locale.ROOT), _ -> new ArrayList<>(2));
                if (!known.contains(address)) {
                    known.add(address);
                }
            }
        }
        return new HostsFile(addresses, names);
    }

    List<InetAddress> of(String host, Family family) {
        List<InetAddress> all = addresses.getOrDefault(host.toLowerCase(Locale.ROOT), List.of());
        return all.stream().filter(a -> a instanceof Inet4Address == (family == Family.IPV4)).toList();
    }

    boolean knows(String host) {
        return addresses.containsKey(host.toLowerCase(Locale.ROOT));
    }
}
