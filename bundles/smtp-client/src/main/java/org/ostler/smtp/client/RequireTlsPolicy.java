// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ostler.mail.config.Lists;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.HostKeys;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;

/**
 * {@code smtp_requiretls_policy}: actions and tables, asked in their order for the next hop of a message that asks for REQUIRETLS.
 *
 * <p><b>Description</b> A table is asked for the next hop's name, without brackets and port and in A-labels, and, where it is no table of patterns, for the domains above it with a dot before them. Where nothing says anything,
 * the answer is {@link RequireTls#ENFORCE}.
 *
 * <p><b>Threads</b> any; immutable. <b>Blocking</b> table lookups. <b>Errors</b> {@link Trouble}: mail waits, for the sender's wish must not be lost over our mistake.
 */
final class RequireTlsPolicy {

    sealed interface Said {}

    record Level(RequireTls demand) implements Said {}

    /** @param what {@code configuration} or {@code lookup} @param why for the log; empty where it was said at the start */
    record Trouble(String what, String why) implements Said {}

    private sealed interface Item {}

    private record Action(RequireTls demand) implements Item {}

    private record Table(TableList table) implements Item {}

    private record Mistake() implements Item {}

    private static final Level ENFORCE = new Level(RequireTls.ENFORCE);

    private final List<Item> items;
    private final String title;
    private final String myHostname;

    RequireTlsPolicy(String text, String title, String myHostname, Tables tables, MailLog log) {
        this.title = title;
        this.myHostname = myHostname;
        var read = new ArrayList<Item>();
        for (String word : Lists.split(text)) {
            Optional<RequireTls> action = RequireTls.of(word);
            if (action.isPresent()) {
                read.add(new Action(action.get()));
            } else if (word.indexOf(':') > 0) {
                read.add(new Table(tables.open(word, title)));
            } else {
                log.warning(title + ": unknown policy action: '" + word + "' -- ignoring the remainder of this policy");
                read.add(new Mistake());
                break;
            }
        }
        this.items = List.copyOf(read);
    }

    Said find(Site site) {
        String name = HostNames.ascii(site instanceof Site.Inet inet ? inet.name() : myHostname);
        for (Item item : items) {
            Optional<Said> said = switch (item) {
                case Action(RequireTls demand) -> Optional.of(new Level(demand));
                case Mistake _ -> Optional.of(new Trouble("configuration", ""));
                case Table(TableList table) -> read(HostKeys.name(table, name, false), name);
            };
            if (said.isPresent()) {
                return said.get();
            }
        }
        return ENFORCE;
    }

    /** @param name of the next hop, for the log; the key that gave the answer may be a domain above it */
    private Optional<Said> read(Answer answer, String name) {
        return switch (answer) {
            case Answer.NotFound _ -> Optional.empty();
            case Answer.Unavailable(String reason) -> Optional.of(new Trouble("lookup", title + ": " + name + ": " + reason));
            case Answer.Found(String value) -> Optional.of(RequireTls.of(value).<Said>map(Level::new)
                    .orElseGet(() -> new Trouble("configuration", title + ": " + name + ": unknown policy action: '" + value + "'")));
        };
    }
}
