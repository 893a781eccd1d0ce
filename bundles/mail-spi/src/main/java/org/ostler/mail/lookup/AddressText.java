// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.lookup;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Optional;

/** Network addresses as Postfix writes and reads them. Pure functions; no name is ever looked up. */
public final class AddressText {

    private AddressText() {}

    /** Without an IPv6 zone, in the short form of RFC 5952: Java writes all eight groups. */
    public static String of(InetAddress address) {
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        String bare = zone < 0 ? text : text.substring(0, zone);
        return bare.indexOf(':') < 0 ? bare : compressed(bare);
    }

    private static String compressed(String full) {
        String[] groups = full.split(":");
        int best = -1;
        int bestLength = 1;
        for (int i = 0; i < groups.length; i++) {
            int j = i;
            while (j < groups.length && groups[j].equals("0")) {
                j++;
            }
            if (j - i > bestLength) {
                best = i;
                bestLength = j - i;
            }
        }
        if (best < 0) {
            return full;
        }
        String head = String.join(":", Arrays.copyOfRange(groups, 0, best));
        String tail = String.join(":", Arrays.copyOfRange(groups, best + bestLength, groups.length));
        return head + "::" + tail;
    }

    /** Four decimal numbers, or IPv6 in any of its forms, without brackets; nothing for anything else. An IPv4-mapped address gives IPv4. */
    public static Optional<InetAddress> parse(String text) {
        try {
            if (text.indexOf(':') >= 0) {
                // Java reads an address of a URL as well.
                return text.charAt(0) == '[' ? Optional.empty() : Optional.of(Inet6Address.ofLiteral(text));
            }
            return isDottedQuad(text) ? Optional.of(Inet4Address.ofLiteral(text)) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** An address literal of a mail domain: {@code [127.0.0.1]} or {@code [IPv6:::1]} (RFC 5321 section 4.1.3). */
    public static Optional<InetAddress> literal(String domain) {
        int end = domain.length() - 1;
        if (end < 2 || domain.charAt(0) != '[' || domain.charAt(end) != ']') {
            return Optional.empty();
        }
        if (!domain.regionMatches(true, 1, "IPv6:", 0, 5)) {
            return parse(domain.substring(1, end)).filter(Inet4Address.class::isInstance);
        }
        String six = domain.substring(6, end);
        // A zone means something on one machine only; an IPv4-mapped address is of the form all the same.
        return six.indexOf(':') < 0 || six.indexOf('%') >= 0 ? Optional.empty() : parse(six);
    }

    /** Postfix's valid_ipv4_hostaddr: four numbers up to 255, no sign, no blank. */
    private static boolean isDottedQuad(String text) {
        int dots = 0;
        int digits = 0;
        int number = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '.') {
                if (digits == 0) {
                    return false;
                }
                dots++;
                digits = 0;
                number = 0;
            } else if (c >= '0' && c <= '9') {
                number = number * 10 + c - '0';
                if (++digits > 3 || number > 255) {
                    return false;
                }
            } else {
                return false;
            }
        }
        return dots == 3 && digits > 0;
    }
}
