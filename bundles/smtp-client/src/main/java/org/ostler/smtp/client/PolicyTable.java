// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.ostler.mail.config.Lists;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.tls.Protocols;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsResult;
import org.ostler.smtp.grammar.DomainSyntax;

/**
 * {@code smtp_tls_policy_maps}: what an operator wants for one destination (TLS_README, "Client TLS security policy table").
 *
 * <p><b>Description</b> A next hop that is a domain is looked up as it is, then as {@code .parent} for each domain above it. Any other ({@code [host]:port}, {@code domain:port}, a path) is looked up as written, and
 * only so. The answer is a level and attributes, {@code secure match=example.org ciphers=high}. An entry with a mistake holds mail back: what it was meant to demand is not known.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> table lookups. <b>Errors</b> {@link Bad}, with a line for the log.
 */
final class PolicyTable {

    sealed interface Found {}

    record Nothing() implements Found {}

    /** @param why for the log */
    record Bad(String why) implements Found {}

    /**
     * A policy of another program's making, told through the table (postconf(5), smtp_tls_policy_maps since 3.10).
     *
     * @param sts     MTA-STS; else the program found no policy
     * @param domain  that the policy is for; empty where not said
     * @param failure what went wrong with the policy itself: it counts as failed
     */
    record External(boolean sts, String domain, List<String> strings, List<String> patterns, Optional<TlsResult> failure) {}

    /**
     * One entry; what is empty comes from parameters.
     *
     * @param match names, or digests at level fingerprint
     */
    record Entry(TlsLevel level, Optional<Protocols> protocols, Optional<String> ciphers, Optional<String> exclude, Optional<String> serverName, List<String> match,
            List<String> anchorFiles, Optional<Boolean> reuse, Optional<External> external) implements Found {

        /** A level without attributes. */
        static Entry of(TlsLevel level) {
            return new Entry(level, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), List.of(), List.of(), Optional.empty(), Optional.empty());
        }

        /** Hosts must match patterns, and certificates hosts: {@code smtp_tls_enforce_sts_mx_patterns}. */
        boolean hasPatterns() {
            return external.isPresent() && external.get().sts() && !match.isEmpty() && !external.get().patterns().isEmpty();
        }
    }

    static final Nothing NOTHING = new Nothing();

    private PolicyTable() {}

    /**
     * @param destination next hop as written
     * @param warning     takes what is odd about an entry and changes nothing
     */
    static Found find(TableList table, String title, String destination, Consumer<String> warning) {
        Found found = one(table, title, destination, warning);
        if (!DomainSyntax.isHostname(destination)) {
            return found;
        }
        for (int dot = destination.indexOf('.'); dot >= 0 && found == NOTHING; dot = destination.indexOf('.', dot + 1)) {
            found = one(table, title, destination.substring(dot), warning);
        }
        return found;
    }

    private static Found one(TableList table, String title, String key, Consumer<String> warning) {
        String where = title + ", next-hop destination \"" + key + "\"";
        return switch (table.find(key)) {
            case Answer.NotFound _ -> NOTHING;
            case Answer.Unavailable(String reason) -> new Bad(where + ": policy table lookup error: " + reason);
            case Answer.Found(String value) -> switch (parse(value)) {
                case Bad(String why) -> new Bad(where + ": " + why);
                case Found good -> {
                    ignored(value, good).forEach(word -> warning.accept(where + ": ignoring attribute \"" + word + "\" with TLS disabled"));
                    yield good;
                }
            };
        };
    }

    /** What can be told from a value alone: all of its syntax, and every word that has to be one of a few. */
    static Found parse(String value) {
        List<String> words = Lists.split(value);
        if (words.isEmpty()) {
            return new Bad("invalid empty policy");
        }
        Optional<TlsLevel> level = TlsLevel.of(words.getFirst());
        if (level.isEmpty()) {
            return new Bad("invalid security level \"" + words.getFirst() + "\"");
        }
        if (level.get() == TlsLevel.NONE) {
            return Entry.of(TlsLevel.NONE); // attributes say how to speak TLS, which is not spoken
        }
        try {
            var attributes = new Attributes(level.get());
            for (String word : words.subList(1, words.size())) {
                attributes.take(word);
            }
            return attributes.entry();
        } catch (IllegalArgumentException e) {
            return new Bad(e.getMessage());
        }
    }

    private static List<String> ignored(String value, Found entry) {
        return entry instanceof Entry said && said.level() == TlsLevel.NONE ? Lists.split(value).stream().skip(1).toList() : List.of();
    }

    static List<String> split(String text, String separator) {
        return Arrays.stream(text.strip().split(separator)).filter(word -> !word.isEmpty()).toList();
    }

    /** Reads attributes one by one; says what is wrong with them in Postfix's words. */
    private static final class Attributes {
        private static final Set<String> MANY = Set.of("match", "tafile", "connection_reuse", "enable_rpk", "policy_string", "mx_host_pattern");

        private final TlsLevel level;
        private final Set<String> seen = new HashSet<>();
        private final List<String> match = new ArrayList<>();
        private final List<String> anchorFiles = new ArrayList<>();
        private final List<String> strings = new ArrayList<>();
        private final List<String> patterns = new ArrayList<>();
        private Optional<Protocols> protocols = Optional.empty();
        private Optional<String> ciphers = Optional.empty();
        private Optional<String> exclude = Optional.empty();
        private Optional<String> serverName = Optional.empty();
        private Optional<Boolean> reuse = Optional.empty();
        private Optional<Boolean> sts = Optional.empty();
        private String domain = "";
        private Optional<TlsResult> failure = Optional.empty();

        Attributes(TlsLevel level) {
            this.level = level;
        }

        void take(String word) {
            String pair = word.startsWith("{") ? Lists.unbrace(word).replaceAll("\\s+", " ") : word;
            int equal = pair.indexOf('=');
            String name = equal < 0 ? pair : pair.substring(0, equal).strip();
            if (equal < 0 || name.isEmpty()) {
                throw new IllegalArgumentException("malformed attribute/value pair \"" + pair + "\": " + (equal < 0 ? "missing '=' after attribute name" : "missing attribute name"));
            }
            String key = name.toLowerCase(Locale.ROOT);
            if (!MANY.contains(key) && !seen.add(key)) {
                throw new IllegalArgumentException("attribute \"" + name + "\" is specified multiple times");
            }
            set(key, name, pair.substring(equal + 1).strip());
        }

        private void set(String key, String name, String value) {
            switch (key) {
                case "ciphers" -> ciphers = Optional.of(TlsSettings.grade(present(name, value)));
                case "protocols" -> protocols = Optional.of(Protocols.parse(value));
                case "exclude" -> exclude = Optional.of(value);
                case "servername" -> serverName = Optional.of(hostname(name, value));
                case "match" -> match.addAll(split(present(name, value), level == TlsLevel.FINGERPRINT ? "\\|" : allowed(name, ":")));
                case "tafile" -> {
                    allowed(name, "");
                    anchorFiles.add(present(name, value));
                }
                case "connection_reuse" -> reuse = Optional.of(yesNo(name, value));
                case "enable_rpk" -> yesNo(name, value); // read for its mistakes; the JDK has no raw public keys
                case "policy_ttl" -> check(value.matches("\\d{1,18}"), name, "a malformed", value);
                case "policy_type" -> {
                    check(value.equals("sts") || value.equals("no-policy-found"), name, "an unexpected", value);
                    sts = Optional.of(value.equals("sts"));
                }
                case "policy_domain" -> {
                    check(DomainSyntax.isHostname(value), name, "a malformed", value);
                    domain = value;
                }
                case "policy_string" -> strings.add(value);
                case "mx_host_pattern" -> patterns.add(value);
                case "policy_failure" -> failure = Optional.of(policyFailure(name, value));
                default -> throw new IllegalArgumentException("invalid attribute name: \"" + name + "\"");
            }
        }

        /** Where certificates of authorities count. */
        private String allowed(String name, String separator) {
            if (level != TlsLevel.VERIFY && level != TlsLevel.SECURE) {
                throw new IllegalArgumentException("attribute \"" + name + "\" invalid at security level \"" + level.text() + "\"");
            }
            return separator;
        }

        private static String present(String name, String value) {
            if (value.isEmpty()) {
                throw new IllegalArgumentException("attribute \"" + name + "\" has empty value");
            }
            return value;
        }

        private static String hostname(String name, String value) {
            if (!DomainSyntax.isHostname(value)) {
                throw new IllegalArgumentException("\"" + name + "=" + value + "\" specifies an invalid hostname");
            }
            return value;
        }

        private static boolean yesNo(String name, String value) {
            if (!value.equalsIgnoreCase("yes") && !value.equalsIgnoreCase("no")) {
                throw new IllegalArgumentException("attribute \"" + name + "\" has bad value: \"" + value + "\"");
            }
            return value.equalsIgnoreCase("yes");
        }

        private static void check(boolean good, String name, String flaw, String value) {
            if (!good) {
                throw new IllegalArgumentException("attribute \"" + name + "\" has " + flaw + " value: \"" + value + "\"");
            }
        }

        private static TlsResult policyFailure(String name, String value) {
            return Arrays.stream(TlsResult.values()).filter(result -> result.name().startsWith("STS_") && result.text().equals(value)).findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("attribute \"" + name + "\" has an unexpected value: \"" + value + "\""));
        }

        Entry entry() {
            boolean details = seen.contains("policy_ttl") || !domain.isEmpty() || !strings.isEmpty() || !patterns.isEmpty() || failure.isPresent();
            if (sts.isEmpty() && details) {
                throw new IllegalArgumentException("built-in policy has unexpected attribute policy_ttl, policy_domain, policy_string, mx_host_pattern or policy_failure");
            }
            Optional<External> external = sts.map(is -> new External(is, domain, List.copyOf(strings), List.copyOf(patterns), failure));
            return new Entry(level, protocols, ciphers, exclude, serverName, List.copyOf(match), List.copyOf(anchorFiles), reuse, external);
        }
    }
}
