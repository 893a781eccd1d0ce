// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

/**
 * Which texts can be host names and address literals. Postfix's rules, which are wider than RFC 1123 (underscores) and as wide as RFC 6531 (any character
 * outside US-ASCII). Pure functions that never look a name up.
 */
public final class DomainSyntax {

    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_LABEL = 63;

    private DomainSyntax() {}

    /**
     * Labels of letters, digits, {@code -}, {@code _}, at most 63 bytes each, none empty, no {@code -} at either end; not digits and dots only.
     */
    public static boolean isHostname(String name) {
        int length = name.length();
        if (length == 0 || length > LONGEST_NAME) {
            return false;
        }
        boolean numeric = true;
        int label = 0;
        for (int i = 0; i < length; i++) {
            char c = name.charAt(i);
            if (c == '.') {
                if (label == 0 || i + 1 == length || name.charAt(i - 1) == '-') {
                    return false;
                }
                label = 0;
                continue;
            }
            boolean digit = c >= '0' && c <= '9';
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c > 0x7f && !Character.isISOControl(c);
            if (!digit && !letter && (c != '-' || label == 0) || ++label > LONGEST_LABEL) {
                return false;
            }
            numeric &= digit;
        }
        return !numeric && name.charAt(length - 1) != '-';
    }

    /** {@code [192.0.2.1]} or {@code [IPv6:2001:db8::1]} (RFC 5321 section 4.1.3). */
    public static boolean isAddressLiteral(String text) {
        if (text.length() < 3 || text.charAt(0) != '[' || text.charAt(text.length() - 1) != ']') {
            return false;
        }
        String inner = text.substring(1, text.length() - 1);
        return inner.regionMatches(true, 0, "IPv6:", 0, 5) ? isIpv6(inner.substring(5)) : isIpv4(inner);
    }

    /** What may stand behind the {@code @} of an address. */
    public static boolean isMailDomain(String text) {
        return !text.isEmpty() && text.charAt(0) == '[' ? isAddressLiteral(text) : isHostname(text);
    }

    /** Four decimal numbers up to 255. */
    public static boolean isIpv4(String text) {
        int parts = 0;
        int digits = 0;
        int value = 0;
        for (int i = 0; i <= text.length(); i++) {
            char c = i < text.length() ? text.charAt(i) : '.';
            if (c == '.') {
                if (digits == 0 || ++parts > 4) {
                    return false;
                }
                digits = 0;
                value = 0;
            } else if (c >= '0' && c <= '9' && digits < 3) {
                digits++;
                value = value * 10 + c - '0';
                if (value > 255) {
                    return false;
                }
            } else {
                return false;
            }
        }
        return parts == 4;
    }

    /** Eight groups of hexadecimal digits, one {@code ::} for a run of zeros, the last two groups perhaps as IPv4. No zone, no brackets. */
    public static boolean isIpv6(String text) {
        int groups = 0;
        boolean gap = false;
        int at = 0;
        if (text.startsWith("::")) {
            gap = true;
            at = 2;
        }
        while (at < text.length()) {
            int end = at;
            while (end < text.length() && Character.digit(text.charAt(end), 16) >= 0 && text.charAt(end) < 0x80) {
                end++;
            }
            if (end < text.length() && text.charAt(end) == '.') {
                return isIpv4(text.substring(at)) && complete(groups + 2, gap);
            }
            if (end == at || end - at > 4 || ++groups > 8) {
                return false;
            }
            if (end == text.length()) {
                return complete(groups, gap);
            }
            if (text.charAt(end) != ':' || end + 1 == text.length()) {
                return false;
            }
            at = end + 1;
            if (text.charAt(at) == ':') {
                if (gap) {
                    return false;
                }
                gap = true;
                at++;
            }
        }
        return gap && groups < 8;
    }

    private static boolean complete(int groups, boolean gap) {
        return gap ? groups < 8 : groups == 8;
    }
}
