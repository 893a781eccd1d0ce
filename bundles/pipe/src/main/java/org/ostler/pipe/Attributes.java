// SPDX-License-Identifier: Apache-2.0
package org.ostler.pipe;

import java.util.List;
import java.util.Optional;

/**
 * The words behind {@code pipe} in a master.cf row.
 *
 * @param flags      letters of pipe(8): B D F O R X h q u . &gt;
 * @param user       user name
 * @param group      group name, empty for the user's own
 * @param directory  working directory
 * @param eol        line end that the command gets
 * @param nullSender what stands for the null sender
 * @param sizeLimit  bytes, 0 for none
 * @param argv       the command and its arguments, macros not expanded
 */
record Attributes(String flags, String user, Optional<String> group, Optional<String> directory, String eol, String nullSender, long sizeLimit, List<String> argv) {

    /** The row is wrong; the message says how. */
    static final class BadRow extends Exception {
        private static final long serialVersionUID = 1L;

        BadRow(String message) {
            super(message);
        }
    }

    boolean has(char flag) {
        return flags.indexOf(flag) >= 0;
    }

    static Attributes parse(List<String> words) throws BadRow {
        String flags = "";
        String user = "";
        String eol = "\n";
        String nullSender = "MAILER-DAEMON";
        Optional<String> group = Optional.empty();
        Optional<String> directory = Optional.empty();
        long size = 0;
        for (int i = 0; i < words.size(); i++) {
            int equals = words.get(i).indexOf('=');
            String value = words.get(i).substring(equals + 1);
            switch (equals < 0 ? words.get(i) : words.get(i).substring(0, equals)) {
                case "flags" -> flags = checked(value);
                case "user" -> {
                    int colon = value.indexOf(':');
                    user = colon < 0 ? value : value.substring(0, colon);
                    group = Optional.of(colon < 0 ? "" : value.substring(colon + 1)).filter(name -> !name.isEmpty());
                }
                case "directory" -> directory = Optional.of(value);
                case "eol" -> eol = unescaped(value);
                case "null_sender" -> nullSender = value;
                case "size" -> size = number(value);
                case "argv" -> {
                    var argv = new java.util.ArrayList<String>();
                    argv.add(value);
                    argv.addAll(words.subList(i + 1, words.size()));
                    if (user.isEmpty()) {
                        throw new BadRow("missing user= command-line attribute");
                    }
                    return new Attributes(flags, user, group, directory, eol, nullSender, size, List.copyOf(argv));
                }
                case "chroot" -> throw new BadRow("chroot= is not supported: the server has no right to change its root");
                default -> throw new BadRow("unknown attribute name: " + words.get(i));
            }
        }
        throw new BadRow("missing argv= command-line attribute");
    }

    private static String checked(String flags) throws BadRow {
        for (char c : flags.toCharArray()) {
            if ("BDFORXhqu.>".indexOf(c) < 0) {
                throw new BadRow("unknown flag: " + c + " (ignored)");
            }
        }
        return flags;
    }

    private static long number(String text) throws BadRow {
        if (!text.matches("\\d{1,18}")) {
            throw new BadRow("bad size= value: " + text);
        }
        return Long.parseLong(text);
    }

    /** C escapes: letters and up to three octal digits. */
    private static String unescaped(String text) {
        var out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\' || i + 1 == text.length()) {
                out.append(c);
                continue;
            }
            char next = text.charAt(++i);
            int letter = "abfnrtv".indexOf(next);
            if (letter >= 0) {
                out.append("\u0007\b\f\n\r\t\u000b".charAt(letter));
            } else if (next >= '0' && next <= '7') {
                int end = i + 1;
                while (end < text.length() && end < i + 3 && text.charAt(end) >= '0' && text.charAt(end) <= '7') {
                    end++;
                }
                out.append((char) Integer.parseInt(text.substring(i, end), 8));
                i = end - 1;
            } else {
                out.append(next);
            }
        }
        return out.toString();
    }
}
