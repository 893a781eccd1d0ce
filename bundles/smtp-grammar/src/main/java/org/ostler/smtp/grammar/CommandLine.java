// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * A command line cut into words, as Postfix cuts it: blanks separate, except inside quotes and angle brackets; the colon of {@code FROM:} and {@code TO:} ends a word.
 *
 * @param word      the command as written; empty where the line holds nothing
 * @param arguments words behind it
 * @param text      the whole line, for the log
 */
public record CommandLine(String word, List<String> arguments, String text) {

    /** Never fails: whatever is wrong shows later. A NUL ends the line, as for Postfix. */
    public static CommandLine of(String line) {
        int nul = line.indexOf('\0');
        String text = nul < 0 ? line : line.substring(0, nul);
        int end = text.length();
        int at = skipBlanks(text, 0, end);
        int stop = at;
        while (stop < end && !isBlank(text.charAt(stop))) {
            stop++;
        }
        String word = text.substring(at, stop);
        boolean path = word.equalsIgnoreCase("MAIL") || word.equalsIgnoreCase("RCPT");
        var arguments = new ArrayList<String>(4);
        at = skipBlanks(text, stop, end);
        while (at < end) {
            stop = wordEnd(text, at, end, path && arguments.isEmpty());
            arguments.add(text.substring(at, stop));
            at = skipBlanks(text, stop, end);
        }
        return new CommandLine(word, arguments, text);
    }

    private static int wordEnd(String text, int start, int end, boolean colonEnds) {
        boolean quoted = false;
        boolean brackets = text.charAt(start) == '<';
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && c == '>') {
                brackets = false;
            } else if (!quoted && !brackets && isBlank(c)) {
                return i;
            } else if (!quoted && colonEnds && c == ':') {
                return i + 1;
            }
        }
        return end;
    }

    private static int skipBlanks(String text, int from, int end) {
        int at = from;
        while (at < end && isBlank(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }

    /** Whether the first word looks like a message header, {@code Subject:}. That client talks to the wrong program (or is made to). */
    public boolean isHeader() {
        int colon = word.indexOf(':');
        if (colon < 1) {
            return false;
        }
        for (int i = 0; i < colon; i++) {
            char c = word.charAt(i);
            if (c <= ' ' || c >= 0x7f) {
                return false;
            }
        }
        return true;
    }
}
