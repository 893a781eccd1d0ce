// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One element of {@code server_host}.
 *
 * @param host name or address; for {@link Scheme#LDAPI} the path of the socket
 * @param port 0 for {@link Scheme#LDAPI}
 */
record Server(Scheme scheme, String host, int port) {

    enum Scheme {
        LDAP(389), LDAPS(636), LDAPI(0);

        final int port;

        Scheme(int port) {
            this.port = port;
        }
    }

    /** Where OpenLDAP has its socket when a URL does not say. */
    private static final String DEFAULT_SOCKET = "/var/run/slapd/ldapi";

    /**
     * {@code host}, {@code host:port}, {@code [2001:db8::1]:port}, or a URL; what a URL has behind host and port is of no meaning here.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    static Server parse(String word, int defaultPort) {
        int mark = word.indexOf("://");
        if (mark < 0) {
            return of(Scheme.LDAP, word, defaultPort);
        }
        Scheme scheme = switch (word.substring(0, mark).toLowerCase(Locale.ROOT)) {
            case "ldap" -> Scheme.LDAP;
            case "ldaps" -> Scheme.LDAPS;
            case "ldapi" -> Scheme.LDAPI;
            default -> throw new IllegalArgumentException("unknown scheme");
        };
        String rest = word.substring(mark + 3);
        int slash = rest.indexOf('/');
        return of(scheme, slash < 0 ? rest : rest.substring(0, slash), scheme.port);
    }

    private static Server of(Scheme scheme, String text, int defaultPort) {
        if (scheme == Scheme.LDAPI) {
            String path = URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
            return new Server(scheme, path.isEmpty() ? DEFAULT_SOCKET : path, 0);
        }
        int colon = text.lastIndexOf(':');
        boolean hasPort = colon > text.lastIndexOf(']');
        String host = hasPort ? text.substring(0, colon) : text;
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("an IPv6 address needs brackets");
        }
        int port = hasPort ? port(text.substring(colon + 1)) : defaultPort;
        return new Server(scheme, host.isEmpty() ? "localhost" : host, port);
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port > 0 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("bad port", e);
        }
        throw new IllegalArgumentException("bad port");
    }

    /** As a URL, as it stands in log lines. */
    String text() {
        return switch (scheme) {
            case LDAPI -> "ldapi://" + host.replace("%", "%25").replace("/", "%2F");
            default -> scheme.name().toLowerCase(Locale.ROOT) + "://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        };
    }
}
