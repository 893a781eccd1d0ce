// SPDX-License-Identifier: Apache-2.0
package org.ostler.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What /etc/resolv.conf says (resolv.conf(5)): {@code nameserver}, {@code search}, {@code domain}. The last of {@code search} and {@code domain} wins. Without a server: the local host.
 *
 * @param servers at least one
 * @param search  domains for completion, never applied by the resolver itself
 */
record ResolvConf(List<InetSocketAddress> servers, List<String> search) {

    static final int PORT = 53;

    ResolvConf {
        servers = List.copyOf(servers);
        search = List.copyOf(search);
    }

    static ResolvConf parse(List<String> lines) {
        var servers = new ArrayList<InetSocketAddress>();
        List<String> search = List.of();
        for (String line : lines) {
            if (line.isEmpty() || line.charAt(0) == '#' || line.charAt(0) == ';') {
                continue;
            }
            String[] word = line.strip().split("\\s+");
            if (word.length >= 2 && word[0].equals("nameserver")) {
                address(word[1]).ifPresent(a -> servers.add(new InetSocketAddress(a, PORT)));
            } else if (word[0].equals("search") || word[0].equals("domain")) {
                search = List.of(word).subList(1, word.length);
            }
        }
        if (servers.isEmpty()) {
            servers.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT));
        }
        return new ResolvConf(servers, search);
    }

    /** {@code 192.0.2.1}, {@code 192.0.2.1:5353}, {@code 2001:db8::1}, {@code [2001:db8::1]}, {@code [2001:db8::1]:5353}. */
    static InetSocketAddress server(String text) {
        String host = text;
        int port = PORT;
        int colon = text.lastIndexOf(':');
        boolean bracketed = text.startsWith("[");
        int close = text.indexOf(']');
        if (colon > close && (bracketed || text.indexOf(':') == colon)) {
            host = text.substring(0, colon);
            port = port(text, text.substring(colon + 1));
        }
        if (bracketed && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        int checked = port;
        return address(host).map(a -> new InetSocketAddress(a, checked))
                .orElseThrow(() -> new IllegalArgumentException("bad name server address: " + text));
    }

    private static int port(String whole, String digits) {
        try {
            int port = Integer.parseInt(digits);
            if (port > 0 && port < 65536) {
                return port;
            }
        } catch (NumberFormatException _) {
            // falls through to the one message below
        }
        throw new IllegalArgumentException("bad name server port: " + whole);
    }

    /** Literal addresses only: a name here would need the resolver that is being set up. */
    private static Optional<InetAddress> address(String literal) {
        try {
            return Optional.of(InetAddress.ofLiteral(literal));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
