// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.ostler.mail.model.Reply;

/**
 * What a server offers.
 *
 * @param name      that the server calls itself
 * @param sizeLimit bytes; 0 where there is no limit
 * @param size      takes SIZE; as in Postfix only where it names a limit, 0 included
 * @param requireTls REQUIRETLS, offered over TLS: in the clear it means nothing (RFC 8689 section 2)
 * @param xforward  attribute names behind XFORWARD, upper case
 */
record Features(String name, boolean pipelining, boolean size, long sizeLimit, boolean eightBitMime, boolean smtpUtf8, boolean dsn, boolean startTls,
                boolean requireTls, Set<String> xforward) {

    static final Features NONE = new Features("", false, false, 0, false, false, false, false, false, Set.of());

    /** @param discarded keywords in lower case that are not believed @param encrypted whether the reply came over TLS */
    static Features of(Reply ehlo, Set<String> discarded, boolean encrypted) {
        boolean pipelining = false;
        boolean size = false;
        long sizeLimit = 0;
        boolean eightBit = false;
        boolean utf8 = false;
        boolean dsn = false;
        boolean startTls = false;
        boolean requireTls = false;
        Set<String> xforward = Set.of();
        List<String> lines = ehlo.lines();
        for (int i = 1; i < lines.size(); i++) {
            String[] word = lines.get(i).strip().split("[ \t]+");
            String keyword = word[0].toUpperCase(Locale.ROOT);
            if (discarded.contains(keyword.toLowerCase(Locale.ROOT))) {
                continue;
            }
            switch (keyword) {
                case "PIPELINING" -> pipelining = true;
                case "SIZE" -> {
                    sizeLimit = word.length > 1 ? limit(word[1]) : -1;
                    size = sizeLimit >= 0;
                }
                case "8BITMIME" -> eightBit = true;
                case "SMTPUTF8" -> utf8 = true;
                case "DSN" -> dsn = true;
                case "STARTTLS" -> startTls = true;
                case "REQUIRETLS" -> requireTls = encrypted;
                case "XFORWARD" -> {
                    xforward = new HashSet<>();
                    for (int w = 1; w < word.length; w++) {
                        xforward.add(word[w].toUpperCase(Locale.ROOT));
                    }
                }
                default -> { /* not for this client */ }
            }
        }
        String first = lines.getFirst();
        int blank = first.indexOf(' ');
        // RFC 6531 section 3.1: SMTPUTF8 comes with 8BITMIME, whatever the server says of it.
        return new Features(blank < 0 ? first : first.substring(0, blank), pipelining, size, sizeLimit, eightBit || utf8, utf8, dsn, startTls, requireTls, xforward);
    }

    private static long limit(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException _) {
            return -1;
        }
    }
}
