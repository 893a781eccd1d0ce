// SPDX-License-Identifier: Apache-2.0
package org.ostler.cli.finger;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tls.CertificateDigest;
import org.ostler.mail.tls.TlsLevel;

/**
 * Options of posttls-finger(1) as parameters of smtp(8) or lmtp(8) over main.cf: that is all that they are.
 *
 * <p>Without {@code -e} the policy is that of the options: no tables, no policies that domains publish, no authorities but those named. With it the policy is main.cf's, and options change single parameters of it.
 *
 * @param parameters what lies over main.cf
 * @param lmtp       LMTP
 * @param effective  {@code -e}
 * @param dane       level dane, where "secure" stands in for hosts without DANE
 * @param logging    words of {@code -L}, with what they stand for
 * @param digest     of certificates shown; empty: that of the parameter
 */
public record FingerOptions(Map<String, String> parameters, boolean lmtp, boolean effective, boolean dane, Set<String> logging, String digest) {

    /** A mistake; the message follows {@code fatal:}. */
    public static final class Wrong extends Exception {
        private static final long serialVersionUID = 1L;

        Wrong(String message) {
            super(message);
        }
    }

    /** One option as given. */
    public record Given(char letter, String value) {}

    private static final Map<String, List<String>> LOGGING = Map.ofEntries(
            Map.entry("0", List.of()), Map.entry("none", List.of()), Map.entry("1", List.of("summary")), Map.entry("routine", List.of("summary")), Map.entry("summary", List.of("summary")),
            Map.entry("2", List.of("summary", "cache", "verbose", "ssl-debug")), Map.entry("debug", List.of("summary", "cache", "verbose", "ssl-debug")),
            Map.entry("3", List.of("summary", "cache", "verbose", "ssl-debug", "dump")), Map.entry("ssl-expert", List.of("summary", "cache", "verbose", "ssl-debug", "dump")),
            Map.entry("4", List.of("summary", "cache", "verbose", "ssl-debug", "dump")), Map.entry("ssl-developer", List.of("summary", "cache", "verbose", "ssl-debug", "dump")),
            Map.entry("ssl-debug", List.of("ssl-debug")), Map.entry("ssl-handshake-packet-dump", List.of("dump")), Map.entry("ssl-session-packet-dump", List.of("dump")),
            Map.entry("untrusted", List.of()), Map.entry("peercert", List.of("peercert")), Map.entry("certmatch", List.of("certmatch")), Map.entry("cache", List.of("cache")),
            Map.entry("verbose", List.of("verbose")));
    private static final Set<String> SILENT = Set.of("0", "none");

    /**
     * @param match    arguments behind the destination
     * @param warnings takes finished lines
     */
    public static FingerOptions of(List<Given> given, List<String> match, java.util.function.Consumer<String> warnings) throws Wrong {
        return new Reader(given).read(match, warnings);
    }

    /** Reads options of one command line. */
    private static final class Reader {
        private final List<Given> given;
        private final boolean effective;
        private final String prefix;
        private final Map<String, String> out = new LinkedHashMap<>();

        Reader(List<Given> given) {
            this.given = given;
            this.effective = has('e');
            this.prefix = has('S') ? "lmtp" : "smtp";
        }

        private boolean has(char letter) {
            return given.stream().anyMatch(option -> option.letter == letter);
        }

        private String value(char letter, String otherwise) {
            return given.stream().filter(option -> option.letter == letter).map(Given::value).reduce(otherwise, (_, last) -> last);
        }

        private String joined(char letter) {
            return String.join(", ", given.stream().filter(option -> option.letter == letter).map(Given::value).toList());
        }

        /** A parameter of this protocol: as the option says, else as main.cf says with {@code -e}, else {@code otherwise}. */
        private void set(char letter, String otherwise, String... suffixes) {
            if (has(letter) || !effective) {
                for (String suffix : suffixes) {
                    out.put(prefix + "_" + suffix, value(letter, otherwise));
                }
            }
        }

        FingerOptions read(List<String> match, java.util.function.Consumer<String> warnings) throws Wrong {
            for (Given option : given) {
                if (option.letter == 'o') {
                    int equal = option.value.indexOf('=');
                    if (equal <= 0) {
                        throw new Wrong("-o option requires name=value: " + option.value);
                    }
                    out.put(option.value.substring(0, equal).strip(), option.value.substring(equal + 1).strip());
                }
            }
            if (has('x')) {
                warnings.accept("-x: the JDK has no raw public keys; the server is asked for certificates");
            }
            if (has('X')) {
                warnings.accept("-X: there is no tlsproxy here; the handshake is made by this program");
            }
            Set<String> logging = logging(warnings);
            connection();
            TlsLevel level = level();
            credentials();
            if (!effective) {
                alone(level, match, warnings);
            } else if (!match.isEmpty()) {
                throw new Wrong("with -e the policy says which names match");
            }
            String digest = value('d', "");
            if (!digest.isEmpty() && !CertificateDigest.isKnown(digest)) {
                throw new Wrong("Digest algorithm \"" + digest + "\" not found");
            }
            return new FingerOptions(Map.copyOf(out), prefix.equals("lmtp"), effective, !effective && (level == TlsLevel.DANE || level == TlsLevel.DANE_ONLY), logging, digest);
        }

        private Set<String> logging(java.util.function.Consumer<String> warnings) {
            var words = new HashSet<String>();
            for (String word : value('L', "routine,certmatch").toLowerCase(Locale.ROOT).split("[\\s,]+")) {
                List<String> meant = LOGGING.get(word);
                if (meant == null) {
                    warnings.accept("unknown -L option value \"" + word + "\" in \"" + value('L', "") + "\"");
                } else if (SILENT.contains(word)) {
                    words.clear();
                } else {
                    words.addAll(meant);
                }
            }
            return Set.copyOf(words);
        }

        private void connection() throws Wrong {
            String family = value('a', "any");
            if (!Set.of("any", "ipv4", "ipv6").contains(family)) {
                throw new Wrong("bad '-a' option value: " + family);
            }
            set('a', "any", "address_preference");
            set('h', "dns", "host_lookup");
            for (String word : value('h', "dns").split("[\\s,]+")) {
                if (!word.equals("dns") && !word.equals("native")) {
                    throw new Wrong("unknown -h option value \"" + word + "\" in \"" + value('h', "") + "\"");
                }
            }
            if (!effective) {
                out.put(prefix + "_dns_support_level", value('h', "dns").contains("dns") ? "dnssec" : "enabled");
                out.put(prefix + "_dns_resolver_options", "");
            }
            out.put(prefix + "_connect_timeout", seconds('t'));
            for (String suffix : List.of(prefix.equals("lmtp") ? "lhlo_timeout" : "helo_timeout", "starttls_timeout", "quit_timeout")) {
                out.put(prefix + "_" + suffix, seconds('T'));
            }
            out.put("tls_provider", "jsse"); // the commands' program has no other
            out.put("smtp_always_send_ehlo", "yes");
            out.put("smtp_never_send_ehlo", "no");
            out.put(prefix + "_tls_loglevel", "0");
            out.put(prefix + "_tls_session_cache_database", has('r') ? "memory" : "");
        }

        private String seconds(char letter) throws Wrong {
            String text = value(letter, "30");
            if (!text.matches("[1-9]\\d{0,5}")) {
                throw new Wrong("bad '-" + letter + "' option value: " + text);
            }
            return text + "s";
        }

        private TlsLevel level() throws Wrong {
            String name = value('l', "dane");
            TlsLevel level = TlsLevel.of(name).orElse(null);
            if (level == null) {
                throw new Wrong("Invalid TLS level \"" + name + "\"");
            }
            if (effective && has('l')) {
                throw new Wrong("-e and -l exclude each other: the level is that of main.cf, or of -l");
            }
            if (level == TlsLevel.NONE && has('w')) {
                throw new Wrong("SSL wrapper mode requires that TLS not be disabled");
            }
            if (!Set.of("dane", "may", "encrypt").contains(value('M', "dane"))) {
                throw new Wrong("bad '-M' option value: " + value('M', ""));
            }
            return level;
        }

        private void credentials() throws Wrong {
            if (has('H') && (has('k') || has('K'))) {
                throw new Wrong("When the '-H' option is used, neither the '-k', nor the '-K' options may be used");
            }
            if (has('H') || has('k') || has('K') || !effective) {
                out.put(prefix + "_tls_chain_files", joined('H'));
                out.put(prefix + "_tls_cert_file", value('k', value('K', "")));
                out.put(prefix + "_tls_key_file", value('K', value('k', "")));
                out.put(prefix + "_tls_eccert_file", "");
                out.put(prefix + "_tls_eckey_file", "");
            }
            set('F', "", "tls_CAfile");
            set('P', "", "tls_CApath");
            set('s', "", "tls_servername");
            set('g', "medium", "tls_ciphers", "tls_mandatory_ciphers");
            set('p', ">=TLSv1", "tls_protocols", "tls_mandatory_protocols");
            set('M', "dane", "tls_dane_insecure_mx_policy");
            for (Given option : given) {
                switch (option.letter) {
                    case 'f' -> out.put(prefix + "_tls_force_insecure_host_tlsa_lookup", "yes");
                    case 'w' -> out.put(prefix + "_tls_wrappermode", "yes");
                    case 'd' -> out.put(prefix + "_tls_fingerprint_digest", option.value);
                    default -> { /* elsewhere */ }
                }
            }
        }

        /** Nothing but the options decides. */
        private void alone(TlsLevel level, List<String> match, java.util.function.Consumer<String> warnings) {
            // At dane-only too: what DANE does not reach is looked at as level secure.
            out.put(prefix + "_tls_security_level", level == TlsLevel.DANE_ONLY ? "dane" : level.text());
            for (String none : List.of("tls_policy_maps", "tls_per_site", "tls_exclude_ciphers", "tls_mandatory_exclude_ciphers", "connection_cache_destinations")) {
                out.put(prefix + "_" + none, "");
            }
            out.putIfAbsent(prefix + "_tls_wrappermode", "no");
            out.putIfAbsent(prefix + "_tls_force_insecure_host_tlsa_lookup", "no");
            out.put("smtp_tls_sts", "no");
            out.put("ignore_mx_lookup_error", "no");
            boolean byNames = level == TlsLevel.SECURE || level == TlsLevel.VERIFY;
            out.put(prefix + "_tls_trust_anchor_file", byNames ? joined('A') : "");
            String names = String.join(" ", match);
            switch (level) {
                case DANE, DANE_ONLY, SECURE -> out.put(prefix + "_tls_secure_cert_match", names.isEmpty() ? "nexthop, dot-nexthop" : names);
                case VERIFY -> out.put(prefix + "_tls_verify_cert_match", names.isEmpty() ? "hostname" : names);
                case FINGERPRINT -> out.put(prefix + "_tls_fingerprint_cert_match", names.replace('|', ' '));
                case NONE, MAY, ENCRYPT, HALF_DANE -> {
                    if (!match.isEmpty()) {
                        warnings.accept("TLS level '" + level.text() + "' does not implement certificate matching");
                    }
                }
            }
        }
    }

    /** The service that {@code -R} looks up for a destination {@code domain:service}; without one the port that the client takes then. */
    public static String service(String destination, boolean lmtp, Settings settings) {
        int colon = destination.lastIndexOf(':');
        boolean bare = colon < 0 || destination.startsWith("[") || destination.substring(0, colon).equals("inet");
        return bare || colon == destination.length() - 1 ? settings.text((lmtp ? "lmtp" : "smtp") + "_tcp_port") : destination.substring(colon + 1);
    }

    /** The positive number behind {@code -r} or {@code -m}. */
    public static int number(List<Given> given, char letter, int otherwise) throws Wrong {
        var values = new ArrayList<String>();
        given.stream().filter(option -> option.letter == letter).forEach(option -> values.add(option.value));
        if (values.isEmpty()) {
            return otherwise;
        }
        if (!values.getLast().matches("\\d{1,5}")) {
            throw new Wrong("bad '-" + letter + "' option value: " + values.getLast());
        }
        return Integer.parseInt(values.getLast());
    }
}
