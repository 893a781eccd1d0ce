// SPDX-License-Identifier: Apache-2.0
package org.ostler.itests;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What mail asks of the tables of a bundle that is being swapped: parameters of main.cf, and recipients. For each recipient there is one table that knows him, and nobody else does, so that an answer "not found" in its absence
 * would be a refusal for good.
 *
 * <p>Mail of the domain example.test goes to one Maildir, that of {@code next.test}, {@code relay.test} and {@code local.test} to the test's next host. One thread.
 */
final class SwapQuestions {

    static final String MAILBOX = "you@example.test";

    private final List<String> recipients = new ArrayList<>(List.of("there@next.test"));
    private final List<String> aliases = new ArrayList<>();
    private final Map<String, String> parameters = new LinkedHashMap<>();

    /** A recipient whom the instance's own tables know. */
    SwapQuestions recipient(String address) {
        recipients.add(address);
        return this;
    }

    SwapQuestions set(String parameter, String value) {
        parameters.put(parameter, value);
        return this;
    }

    /** @param table goes behind the others of {@code virtual_alias_maps}; it finds the mailbox */
    SwapQuestions alias(String recipient, String table) {
        aliases.add(table);
        return recipient(recipient);
    }

    /** The same with the table behind two others: asked by those of {@code lookup-builtin}, for a key that it knows. */
    SwapQuestions insideOthers(String table, String key) {
        return alias("inside@example.test", "unionmap:{inline:{elsewhere@example.test=x}, pipemap:{inline:{inside@example.test=" + key + "}, " + table + "}}");
    }

    /** @param table knows {@code there@relay.test} */
    SwapQuestions relay(String table) {
        return set("relay_domains", "relay.test").set("relay_recipient_maps", table).recipient("there@relay.test");
    }

    /** @param table knows {@code relay.test} and {@code next.test}: to other domains nobody may send */
    SwapQuestions domains(String table) {
        return set("relay_domains", table).set("smtpd_relay_restrictions", "reject_unauth_destination").recipient("there@relay.test");
    }

    /** @param tables know these users */
    SwapQuestions local(String tables, String... users) {
        set("mydestination", "local.test").set("local_recipient_maps", tables);
        Stream.of(users).forEach(user -> recipient(user + "@local.test"));
        return this;
    }

    List<String> recipients() {
        return recipients;
    }

    /** @param next port of the next host */
    String mainCf(String original, int next) {
        set("transport_maps", Stream.of("next", "relay", "local").map(domain -> domain + ".test=smtp:[127.0.0.1]:" + next).collect(Collectors.joining(", ", "inline:{", "}")));
        var text = new StringBuilder();
        var replaced = new TreeSet<>(parameters.keySet());
        original.lines().filter(line -> !replaced.contains(line.split(" ", 2)[0])).forEach(line -> text.append(line).append(line.startsWith("virtual_alias_maps") ? behind() : "").append('\n'));
        parameters.forEach((name, value) -> text.append(name).append(" = ").append(value).append('\n'));
        return text.toString();
    }

    private String behind() {
        return aliases.stream().map(table -> ", " + table).collect(Collectors.joining());
    }
}
