// SPDX-License-Identifier: Apache-2.0
package org.ostler.listener;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.ostler.mail.config.ServiceRow;
import org.ostler.mail.config.Settings;

/**
 * From the name column of an inet row to socket addresses: {@code smtp}, {@code 2525}, {@code 127.0.0.1:2525}, {@code [::1]:submission}.
 *
 * <p>Blocks for the system's name service where a row or inet_interfaces names a host.
 */
final class Endpoints {

    /** What a row cannot be bound for, in an operator's words. */
    static final class BadRowException extends Exception {
        private static final long serialVersionUID = 1L;

        BadRowException(String message) {
            super(message);
        }
    }

    private static final Map<String, Integer> WELL_KNOWN = Map.of("smtp", 25, "smtps", 465, "submissions", 465, "submission", 587, "lmtp", 24, "qmqp", 628);
    private static final Path SERVICES = Path.of("/etc/services");

    private Endpoints() {}

    static List<InetSocketAddress> of(ServiceRow row, Settings settings) throws BadRowException {
        String name = row.name();
        int colon = name.endsWith("]") ? -1 : name.lastIndexOf(':');
        int port = port(name.substring(colon + 1));
        Set<String> protocols = protocols(settings);
        var out = new LinkedHashSet<InetAddress>();
        if (colon > 0) {
            addHost(out, unbracket(name.substring(0, colon)), protocols);
        } else {
            addInterfaces(out, settings, protocols);
        }
        return out.stream().map(address -> new InetSocketAddress(address, port)).toList();
    }

    private static Set<String> protocols(Settings settings) throws BadRowException {
        var out = new LinkedHashSet<String>();
        for (String word : settings.get(ListenerParameters.INET_PROTOCOLS)) {
            switch (word.toLowerCase(Locale.ROOT)) {
                case "all" -> out.addAll(List.of("ipv4", "ipv6"));
                case "ipv4" -> out.add("ipv4");
                case "ipv6" -> out.add("ipv6");
                default -> throw new BadRowException("bad inet_protocols value: " + word);
            }
        }
        return out;
    }

    private static void addInterfaces(Set<InetAddress> out, Settings settings, Set<String> protocols) throws BadRowException {
        for (String word : settings.get(ListenerParameters.INET_INTERFACES)) {
            switch (word.toLowerCase(Locale.ROOT)) {
                // Of the two wildcards the IPv6 one takes both kinds of clients: Java does not let a socket be told otherwise.
                case "all" -> addHost(out, protocols.contains("ipv6") ? "::" : "0.0.0.0", protocols);
                case "loopback-only" -> {
                    addLoopback(out, "127.0.0.1", "ipv4", protocols);
                    addLoopback(out, "::1", "ipv6", protocols);
                }
                default -> addHost(out, unbracket(word), protocols);
            }
        }
    }

    private static void addLoopback(Set<InetAddress> out, String address, String protocol, Set<String> protocols) throws BadRowException {
        if (protocols.contains(protocol)) {
            addHost(out, address, protocols);
        }
    }

    private static void addHost(Set<InetAddress> out, String host, Set<String> protocols) throws BadRowException {
        List<InetAddress> fitting = new ArrayList<>();
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                boolean fits = address instanceof Inet4Address && protocols.contains("ipv4") || address instanceof Inet6Address && protocols.contains("ipv6");
                if (fits) {
                    fitting.add(address);
                }
            }
        } catch (UnknownHostException e) {
            throw new BadRowException("host not found: " + host);
        }
        if (fitting.isEmpty()) {
            throw new BadRowException("no address of " + host + " fits inet_protocols");
        }
        out.addAll(fitting);
    }

    private static String unbracket(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private static int port(String text) throws BadRowException {
        if (text.chars().allMatch(c -> c >= '0' && c <= '9') && !text.isEmpty() && text.length() <= 5) {
            int port = Integer.parseInt(text);
            if (port <= 65535) {
                return port;
            }
        }
        Integer known = WELL_KNOWN.get(text.toLowerCase(Locale.ROOT));
        return known != null ? known : fromServices(text);
    }

    /** services(5), read only for names that are not built in. */
    private static int fromServices(String name) throws BadRowException {
        try (var lines = Files.lines(SERVICES)) {
            for (String line : (Iterable<String>) lines::iterator) {
                String[] words = line.split("#", 2)[0].trim().split("\\s+");
                if (words.length >= 2 && words[1].endsWith("/tcp") && List.of(words).contains(name)) {
                    return Integer.parseInt(words[1].substring(0, words[1].length() - 4));
                }
            }
        } catch (IOException | NumberFormatException e) {
            throw new BadRowException("unknown service: " + name + ": " + e.getMessage());
        }
        throw new BadRowException("unknown service: " + name);
    }
}
