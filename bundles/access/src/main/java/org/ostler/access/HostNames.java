// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

/** What counts as a host name, in HELO and in addresses. Pure functions. */
final class HostNames {

    private static final int MAX_NAME = 255;
    private static final int MAX_LABEL = 63;

    private HostNames() {}

    /** Valid, and with a dot inside. */
    static boolean isFull(String name) {
        String bare = withoutFinalDot(name);
        return bare.indexOf('.') > 0 && isValid(bare);
    }

    static String withoutFinalDot(String name) {
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    /** Labels of letters, digits, hyphen inside, underscore, or anything outside US-ASCII; not digits alone. */
    static boolean isValid(String name) {
        String[] labels = name.split("\\.", -1);
        boolean letters = false;
        for (String label : labels) {
            boolean shape = !label.isEmpty() && label.length() <= MAX_LABEL && label.charAt(0) != '-' && label.charAt(label.length() - 1) != '-';
            if (!shape || !label.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '-' || c == '_' || c > 0x7f)) {
                return false;
            }
            letters |= label.chars().anyMatch(c -> c < '0' || c > '9');
        }
        return letters && name.length() <= MAX_NAME;
    }
}
