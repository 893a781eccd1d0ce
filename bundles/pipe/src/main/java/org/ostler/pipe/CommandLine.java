// SPDX-License-Identifier: Apache-2.0
package org.ostler.pipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ostler.mail.config.Expansion;
import org.ostler.mail.delivery.Delivery;
import org.ostler.mail.lookup.AddressKeys;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.model.Address;
import org.ostler.mail.model.Recipient;

/** Expands the macros of argv (pipe(8)): a word that speaks of a recipient becomes one word per recipient. Pure. */
final class CommandLine {

    private static final Set<String> PER_RECIPIENT = Set.of("recipient", "original_recipient", "user", "extension", "mailbox", "domain");

    private CommandLine() {}

    static List<String> of(Attributes row, Delivery delivery) {
        var words = new ArrayList<String>();
        for (String word : row.argv()) {
            if (word.indexOf('$') < 0) {
                words.add(word);
            } else if (PER_RECIPIENT.stream().anyMatch(name -> word.contains("$" + name) || word.contains("${" + name) || word.contains("$(" + name))) {
                for (Recipient recipient : delivery.addresses()) {
                    words.add(expand(word, values(row, delivery, recipient)));
                }
            } else {
                words.add(expand(word, values(row, delivery, delivery.addresses().getFirst())));
            }
        }
        return words;
    }

    private static String expand(String word, Map<String, String> values) {
        // Values are put in as they are: a dollar sign in an address is no macro.
        return Expansion.expand("argv", word, name -> Optional.ofNullable(values.get(name)).map(value -> value.replace("$", "$$")));
    }

    private static Map<String, String> values(Attributes row, Delivery delivery, Recipient recipient) {
        var envelope = delivery.message().envelope();
        var keys = new AddressKeys(delivery.settings(), domain -> Answer.NOT_FOUND);
        String mailbox = row.has('u') ? recipient.address().localPart().toLowerCase(Locale.ROOT) : recipient.address().localPart();
        String domain = row.has('h') ? recipient.address().domain().toLowerCase(Locale.ROOT) : recipient.address().domain();
        String extension = keys.extension(mailbox);
        return Map.ofEntries(Map.entry("sender", envelope.sender().isNull() ? row.nullSender() : written(row, envelope.sender(), false)),
                Map.entry("recipient", written(row, recipient.address(), true)), Map.entry("original_recipient", written(row, recipient.original(), true)),
                Map.entry("mailbox", mailbox), Map.entry("user", keys.withoutExtension(mailbox)), Map.entry("extension", extension.isEmpty() ? "" : extension.substring(1)), Map.entry("domain", domain),
                Map.entry("nexthop", row.has('h') ? delivery.nextHop().toLowerCase(Locale.ROOT) : delivery.nextHop()), Map.entry("queue_id", delivery.message().id().text()),
                Map.entry("size", Long.toString(delivery.message().content().size())), Map.entry("envid", envelope.envelopeId()),
                Map.entry("client_address", envelope.attribute("client_address")), Map.entry("client_hostname", envelope.attribute("client_name")),
                Map.entry("client_helo", envelope.attribute("helo_name")), Map.entry("client_port", envelope.attribute("client_port")), Map.entry("client_protocol", envelope.attribute("protocol_name")),
                Map.entry("sasl_method", envelope.attribute("sasl_method")), Map.entry("sasl_sender", envelope.attribute("sasl_sender")), Map.entry("sasl_username", envelope.attribute("sasl_username")));
    }

    private static String written(Attributes row, Address address, boolean recipient) {
        String local = recipient && row.has('u') ? address.localPart().toLowerCase(Locale.ROOT) : address.localPart();
        String domain = recipient && row.has('h') ? address.domain().toLowerCase(Locale.ROOT) : address.domain();
        String quoted = row.has('q') ? AddressKeys.quote(local) : local;
        return domain.isEmpty() ? quoted : quoted + "@" + domain;
    }
}
