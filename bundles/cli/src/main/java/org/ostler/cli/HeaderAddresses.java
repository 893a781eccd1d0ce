// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Addresses out of header lines and command-line words (RFC 5322 section 3.4): comments, quoted strings, phrases before angle brackets, groups. Lenient, because what is in use is. Pure functions; results are in
 * internal form (no quotes around local parts).
 */
final class HeaderAddresses {

    private static final Set<String> TO = Set.of("to", "cc", "bcc");
    private static final Set<String> RESENT = Set.of("resent-to", "resent-cc", "resent-bcc");

    private HeaderAddresses() {}

    /** Recipients of a header for {@code sendmail -t}: those of the Resent- lines where there are any, else To, Cc, Bcc. Added without repeats. */
    static void recipients(String header, List<String> into) {
        var plain = new ArrayList<String>();
        var resent = new ArrayList<String>();
        for (String line : header.replaceAll("\r?\n[ \t]", " ").split("\r?\n")) {
            int colon = line.indexOf(':');
            String name = colon < 0 ? "" : line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
            if (TO.contains(name)) {
                parse(line.substring(colon + 1), plain);
            } else if (RESENT.contains(name)) {
                parse(line.substring(colon + 1), resent);
            }
        }
        var all = new LinkedHashSet<>(into);
        all.addAll(resent.isEmpty() ? plain : resent);
        into.clear();
        into.addAll(all);
    }

    /** One list of addresses. */
    static void parse(String text, List<String> into) {
        var address = new StringBuilder();
        boolean angle = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '(' -> i = comment(text, i);
                case '"' -> i = quoted(text, i, address);
                case '<' -> {
                    address.setLength(0);
                    angle = true;
                }
                case '>' -> {
                    add(address, into);
                    // Whatever follows up to the comma is decoration.
                    while (i + 1 < text.length() && text.charAt(i + 1) != ',' && text.charAt(i + 1) != ';') {
                        i++;
                    }
                    angle = false;
                }
                case ',' -> add(address, into);
                case ':' -> {
                    // A group name, or in angle brackets a source route: only what follows counts.
                    address.setLength(0);
                }
                case ';' -> add(address, into);
                case '\\' -> {
                    if (i + 1 < text.length()) {
                        address.append(text.charAt(++i));
                    }
                }
                default -> {
                    if (!Character.isWhitespace(c)) {
                        address.append(c);
                    } else if (!angle && !address.isEmpty() && startsWord(text, i)) {
                        // Words without a comma: the old form "joe ann", or a phrase that an angle bracket will drop.
                        address.append(' ');
                    }
                }
            }
        }
        add(address, into);
    }

    private static boolean startsWord(String text, int at) {
        int i = at;
        while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
            i++;
        }
        return i < text.length() && ",;<(".indexOf(text.charAt(i)) < 0;
    }

    private static int comment(String text, int open) {
        int depth = 0;
        for (int i = open; i < text.length(); i++) {
            switch (text.charAt(i)) {
                case '\\' -> i++;
                case '(' -> depth++;
                case ')' -> depth--;
                default -> { }
            }
            if (depth == 0) {
                return i;
            }
        }
        return text.length();
    }

    private static int quoted(String text, int open, StringBuilder into) {
        for (int i = open + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                return i;
            }
            if (c == '\\' && i + 1 < text.length()) {
                c = text.charAt(++i);
            }
            into.append(c);
        }
        return text.length();
    }

    private static void add(StringBuilder address, List<String> into) {
        String text = address.toString().strip();
        address.setLength(0);
        if (!text.isEmpty()) {
            into.add(text);
        }
    }
}
