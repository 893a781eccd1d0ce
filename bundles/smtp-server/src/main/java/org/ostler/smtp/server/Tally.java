// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.util.Locale;
import org.ostler.smtp.grammar.Verb;

/** Counts the commands of a session, tried and done, for its last log line: {@code ehlo=1 mail=1 rcpt=0/1 commands=2/3}. */
final class Tally {

    private static final Verb[] VERBS = Verb.values();

    private final int[] total = new int[VERBS.length + 1];
    private final int[] good = new int[VERBS.length + 1];

    void tried(Verb verb) {
        total[verb.ordinal()]++;
    }

    void done(Verb verb) {
        good[verb.ordinal()]++;
    }

    void unknown() {
        total[VERBS.length]++;
    }

    @Override
    public String toString() {
        var out = new StringBuilder();
        int allTotal = 0;
        int allGood = 0;
        for (int i = 0; i < total.length; i++) {
            allTotal += total[i];
            allGood += good[i];
            if (total[i] > 0) {
                append(out, i < VERBS.length ? VERBS[i].name().toLowerCase(Locale.ROOT) : "unknown", good[i], total[i]);
            }
        }
        append(out, "commands", allGood, allTotal);
        return out.toString();
    }

    private static void append(StringBuilder out, String name, int good, int total) {
        out.append(' ').append(name).append('=').append(good);
        if (good != total || total == 0) {
            out.append('/').append(total);
        }
    }
}
