// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.tls.TlsLevel;

/**
 * {@code smtp_tls_per_site}, the old form of the policy table: a word for a next hop and a word for a host.
 *
 * <p><b>Description</b> The stronger word counts, but NONE outranks MAY; what the table says outranks the parameter, unless it says MAY and the parameter more.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> table lookups. <b>Errors</b> {@link Trouble}.
 */
final class PerSite {

    sealed interface Word {}

    /** @param level empty: the table has no word */
    record Said(Optional<TlsLevel> level) implements Word {}

    /** @param status of the deferral @param text for the sender @param why for the log */
    record Trouble(String status, String text, String why) implements Word {}

    private PerSite() {}

    static Word find(TableList table, String title, String destination, String host, TlsLevel general) {
        Word word = one(table, title, "next-hop destination", destination, Optional.empty());
        if (word instanceof Said(Optional<TlsLevel> level) && !destination.equalsIgnoreCase(host)) {
            word = one(table, title, "server hostname", host, level);
        }
        // A word for everybody ("may") is less specific than a parameter that asks for more.
        boolean weaker = word instanceof Said(Optional<TlsLevel> level) && level.filter(l -> l == TlsLevel.MAY && general.compareTo(l) > 0).isPresent();
        return weaker ? new Said(Optional.of(general)) : word;
    }

    static boolean isKnown(String word) {
        return Set.of("NONE", "MAY", "MUST_NOPEERMATCH", "MUST").contains(word.strip().toUpperCase(Locale.ROOT));
    }

    private static Word one(TableList table, String title, String kind, String name, Optional<TlsLevel> before) {
        return switch (table.find(name)) {
            case Answer.NotFound _ -> new Said(before);
            case Answer.Unavailable(String reason) ->
                    new Trouble("4.3.0", "Temporary lookup error", title + ": " + kind + " \"" + name + "\": per-site table lookup error: " + reason);
            case Answer.Found(String value) -> switch (value.strip().toUpperCase(Locale.ROOT)) {
                case "NONE" -> new Said(before.filter(l -> l != TlsLevel.MAY).or(() -> Optional.of(TlsLevel.NONE)));
                case "MAY" -> new Said(before.or(() -> Optional.of(TlsLevel.MAY)));
                case "MUST_NOPEERMATCH" -> new Said(atLeast(before, TlsLevel.ENCRYPT));
                case "MUST" -> new Said(atLeast(before, TlsLevel.VERIFY));
                default -> new Trouble("4.7.5", TlsSettings.PROBLEM, title + ": unknown TLS policy '" + value + "' for " + kind + " " + name);
            };
        };
    }

    private static Optional<TlsLevel> atLeast(Optional<TlsLevel> before, TlsLevel wanted) {
        return before.filter(l -> l.compareTo(wanted) > 0).or(() -> Optional.of(wanted));
    }
}
