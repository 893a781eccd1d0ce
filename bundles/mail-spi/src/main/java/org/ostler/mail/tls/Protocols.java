// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A list of TLS versions in Postfix's forms: {@code >=TLSv1.2}, {@code <=TLSv1.2}, {@code !TLSv1}, or versions by name. Names listed without {@code !} are the only ones left;
 * exclusions and bounds are taken away from all.
 *
 * @param enabled as JSSE names them, oldest first; SSLv2 and SSLv3 do not exist here
 */
public record Protocols(List<String> enabled) {

    private static final List<String> KNOWN = List.of("SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");
    private static final List<String> SPOKEN = KNOWN.subList(2, KNOWN.size());

    public Protocols {
        enabled = List.copyOf(enabled);
    }

    /** @throws IllegalArgumentException says what is wrong, for an operator */
    public static Protocols parse(String text) {
        Set<String> named = new LinkedHashSet<>();
        Set<String> excluded = new LinkedHashSet<>();
        for (String word : text.strip().split("[\\s,:]+")) {
            if (word.isEmpty()) {
                continue;
            }
            if (word.startsWith(">=")) {
                excluded.addAll(KNOWN.subList(0, index(word.substring(2), text)));
            } else if (word.startsWith("<=")) {
                excluded.addAll(KNOWN.subList(index(word.substring(2), text) + 1, KNOWN.size()));
            } else if (word.startsWith("!")) {
                excluded.add(KNOWN.get(index(word.substring(1), text)));
            } else {
                named.add(KNOWN.get(index(word, text)));
            }
        }
        var enabled = new ArrayList<String>();
        for (String version : SPOKEN) {
            if (!excluded.contains(version) && (named.isEmpty() || named.contains(version))) {
                enabled.add(version);
            }
        }
        if (enabled.isEmpty()) {
            throw new IllegalArgumentException("no TLS version is left by \"" + text + "\"");
        }
        return new Protocols(enabled);
    }

    private static int index(String version, String whole) {
        for (int i = 0; i < KNOWN.size(); i++) {
            if (KNOWN.get(i).toLowerCase(Locale.ROOT).equals(version.toLowerCase(Locale.ROOT))) {
                return i;
            }
        }
        throw new IllegalArgumentException("unknown TLS version \"" + version + "\" in \"" + whole + "\"");
    }
}
