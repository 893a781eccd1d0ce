// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.ostler.mail.config.Expansion;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.ServiceRow;

/**
 * Names that Postfix does not know but that this configuration gives a meaning: referred to by {@code $name}, restriction classes, and the per-service names such as
 * {@code slow_destination_concurrency_limit} (postconf(1) "user-defined parameters").
 */
final class UserNames {

    /** Suffixes of names made from a transport's name. */
    static final List<String> TRANSPORT_SUFFIXES = List.of("_destination_concurrency_limit", "_destination_recipient_limit", "_initial_destination_concurrency",
            "_destination_concurrency_positive_feedback", "_destination_concurrency_negative_feedback", "_destination_concurrency_failed_cohort_limit",
            "_destination_rate_delay", "_transport_rate_delay", "_recipient_limit", "_extra_recipient_limit", "_recipient_refill_limit", "_recipient_refill_delay",
            "_delivery_slot_cost", "_delivery_slot_loan", "_delivery_slot_discount", "_minimum_delivery_slots", "_time_limit", "_delivery_status_filter");

    // Parameters of a table in the old form: ldap:name reads name_server_host and so on.
    private static final Pattern TABLE = Pattern.compile("\\b(?:ldap|mysql|pgsql|sqlite|memcache|mongodb):(\\w+)");

    /** Programs whose rows are transports: each has the names above with the row's name in front. */
    private static final Set<String> TRANSPORTS = Set.of("smtp", "lmtp", "local", "virtual", "pipe", "error");

    private UserNames() {}

    /** The names that rows of master.cf bring along, with their defaults, as postconf(1) shows them. */
    static Map<String, String> ofServices(List<ServiceRow> rows) {
        var defaults = new TreeMap<String, String>();
        for (ServiceRow row : rows) {
            if (!row.type().equals("unix") || !TRANSPORTS.contains(row.command())) {
                continue;
            }
            for (String suffix : TRANSPORT_SUFFIXES) {
                switch (suffix) {
                    case "_time_limit" -> {
                        if (row.command().equals("pipe")) {
                            defaults.put(row.name() + suffix, "$command_time_limit");
                        }
                    }
                    case "_delivery_status_filter" -> { }
                    case "_initial_destination_concurrency" -> defaults.put(row.name() + suffix, "$" + suffix.substring(1));
                    default -> defaults.put(row.name() + suffix, "$default" + suffix);
                }
            }
        }
        return defaults;
    }

    static Set<String> of(MainCf main, List<ServiceRow> rows) {
        var names = new HashSet<String>();
        main.values().forEach((name, value) -> referred(value, main, names));
        for (ServiceRow row : rows) {
            row.overrides().values().forEach(value -> referred(value, main, names));
            row.arguments().forEach(value -> referred(value, main, names));
            if (row.type().equals("unix")) {
                TRANSPORT_SUFFIXES.forEach(suffix -> names.add(row.name() + suffix));
            }
        }
        names.addAll(Lists.split(main.values().getOrDefault("smtpd_restriction_classes", "")));
        var prefixes = new HashSet<String>();
        Stream.concat(main.values().values().stream(), rows.stream().flatMap(row -> row.overrides().values().stream())).forEach(value -> {
            Matcher m = TABLE.matcher(value);
            while (m.find()) {
                prefixes.add(m.group(1) + "_");
            }
        });
        main.values().keySet().stream().filter(name -> prefixes.stream().anyMatch(name::startsWith)).forEach(names::add);
        return names;
    }

    private static void referred(String value, MainCf main, Set<String> names) {
        try {
            Expansion.expand("", value, name -> {
                names.add(name);
                return Optional.ofNullable(main.values().get(name)).filter(v -> !v.contains("$" + name));
            });
        } catch (BadValueException e) {
            // Reported by the check of values, with file and line; here only the names count.
            names.add("");
        }
    }
}
