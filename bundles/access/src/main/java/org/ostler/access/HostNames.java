// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

/** What counts as a host name, in HELO and in addresses. Pure functions. */
final class HostNames {

    private static final int MAX_NAME = 255;
    private static final int MAX_LABEL = 63;

    private HostNames() {}

    /** Valid, and with a dot inside. @param utf8 letters outside US-ASCII are letters */
    static boolean isFull(String name, boolean utf8) {
        String bare = withoutFinalDot(name);
        return bare.indexOf('.') > 0 && isValid(bare, utf8);
    }

    static String withoutFinalDot(String name) {
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    /** Labels of letters, digits, hyphen inside, underscore; not digits alone. @param utf8 anything outside US-ASCII is a letter */
    static boolean isValid(String name, boolean utf8) {
        String[] labels = name.split("\\.", -1);
        boolean letters = false;
        for (String label : labels) {
            boolean shape = !label.isEmpty() && label.length() <= MAX_LABEL && label.charAt(0) != '-' && label.charAt(label.length() - 1) != '-';
            if (!shape || !label.chars().allMatch(c -> isAsciiLabel(c) || utf8 && c > 0x7f)) {
                return false;
            }
            letters |= label.chars().anyMatch(c -> c < '0' || c > '9');
        }
        return letters && name.length() <= MAX_NAME;
    }

    private static boolean isAsciiLabel(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_';
    }
}
