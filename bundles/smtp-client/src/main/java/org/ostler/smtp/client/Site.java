// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * One next hop, as its text says: {@code domain}, {@code host:port}, {@code [host]}, {@code [host]:port}, {@code [192.0.2.1]}, and for LMTP {@code unix:path} and {@code inet:host:port}. A text may list several, separated by
 * blanks or commas.
 */
sealed interface Site {

    /** As written, for messages and as key of waiting connections. */
    String text();

    /**
     * @param name    host, domain or IP address, without brackets, as written
     * @param port    where to connect
     * @param byMx    the name is a domain: ask for its mail exchangers first
     * @param service ask for the SRV records of this service before; empty: do not
     */
    record Inet(String text, String name, int port, boolean byMx, String service) implements Site {}

    /** @param path absolute */
    record Unix(String text, String path) implements Site {}

    /** @param problem for the log: a next hop that cannot be read is a mistake of the configuration, so mail waits */
    record Unreadable(String text, String problem) implements Site {}

    static List<Site> parse(String nextHop, Profile profile) {
        var sites = new ArrayList<Site>(1);
        int start = 0;
        for (int i = 0; i <= nextHop.length(); i++) {
            boolean separator = i == nextHop.length() || nextHop.charAt(i) == ',' || Character.isWhitespace(nextHop.charAt(i));
            if (separator) {
                if (i > start) {
                    sites.add(one(nextHop.substring(start, i), profile));
                }
                start = i + 1;
            }
        }
        return sites;
    }

    private static Site one(String text, Profile profile) {
        if (profile.lmtp && text.startsWith("unix:")) {
            String path = text.substring(5);
            return new Unix(text, path.startsWith("/") ? path : profile.queueDirectory + "/" + path);
        }
        String rest = profile.lmtp && text.startsWith("inet:") ? text.substring(5) : text;
        String host = rest;
        String port = profile.defaultPort;
        boolean bracketed = rest.startsWith("[");
        if (bracketed) {
            int close = rest.indexOf(']');
            if (close < 0) {
                return new Unreadable(text, "missing \"]\" in server description: " + text);
            }
            host = rest.substring(1, close);
            if (close + 1 < rest.length()) {
                if (rest.charAt(close + 1) != ':') {
                    return new Unreadable(text, "garbage after \"]\" in server description: " + text);
                }
                port = rest.substring(close + 2);
            }
        } else if (rest.indexOf(':') >= 0 && rest.indexOf(':') == rest.lastIndexOf(':')) {
            host = rest.substring(0, rest.indexOf(':'));
            port = rest.substring(rest.indexOf(':') + 1);
        }
        OptionalInt number = Profile.port(port);
        if (number.isEmpty()) {
            return new Unreadable(text, "bad network port: " + port + " for destination: " + text);
        }
        if (host.isEmpty()) {
            return new Unreadable(text, "null destination: \"" + text + "\"");
        }
        if (bracketed && host.toLowerCase(Locale.ROOT).startsWith("ipv6:")) {
            host = host.substring(5);
        }
        String service = port.toLowerCase(Locale.ROOT);
        boolean bySrv = profile.dnsEnabled && !bracketed && profile.srvServices.contains(service);
        return new Inet(text, host, number.getAsInt(), !profile.lmtp && profile.dnsEnabled && !bracketed, bySrv ? service : "");
    }
}
