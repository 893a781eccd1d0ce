// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.AddressText;
import org.ostler.mail.lookup.DomainList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.model.TlsRequest;
import org.ostler.mail.routing.OwnAddresses;
import org.ostler.mime.Limits;

/**
 * Everything that settings say to one protocol, read once per {@link Settings}: after that a delivery costs no parameter lookup. The identity of a profile is part of the key of waiting connections, so that
 * a connection made under old settings is never used under new ones.
 *
 * <p><b>Threads</b> any; immutable.
 */
final class Profile {

    private static final Map<String, Parameter<?>> LMTP = new HashMap<>();
    private static final Map<String, Integer> PORTS = Map.of("smtp", 25, "submission", 587, "submissions", 465, "smtps", 465, "lmtp", 24);

    static {
        new LmtpParameters().all().forEach(p -> LMTP.put(p.name(), p));
        new LmtpTlsParameters().all().forEach(p -> LMTP.put(p.name(), p));
    }

    final Settings settings;
    final boolean lmtp;
    final MailLog log;

    final long connectTimeout = nanos(SmtpParameters.SMTP_CONNECT_TIMEOUT);
    final long heloTimeout = nanos(SmtpParameters.SMTP_HELO_TIMEOUT);
    final long starttlsTimeout = nanos(SmtpParameters.SMTP_STARTTLS_TIMEOUT);
    final long xforwardTimeout = nanos(SmtpParameters.SMTP_XFORWARD_TIMEOUT);
    final long mailTimeout = nanos(SmtpParameters.SMTP_MAIL_TIMEOUT);
    final long rcptTimeout = nanos(SmtpParameters.SMTP_RCPT_TIMEOUT);
    final long dataInitTimeout = nanos(SmtpParameters.SMTP_DATA_INIT_TIMEOUT);
    final long dataXferTimeout = nanos(SmtpParameters.SMTP_DATA_XFER_TIMEOUT);
    final long dataDoneTimeout = nanos(SmtpParameters.SMTP_DATA_DONE_TIMEOUT);
    final long rsetTimeout = nanos(SmtpParameters.SMTP_RSET_TIMEOUT);
    final long quitTimeout = nanos(SmtpParameters.SMTP_QUIT_TIMEOUT);
    final int minDataRate = get(SmtpParameters.SMTP_MIN_DATA_RATE);

    final boolean dnsEnabled;
    final boolean dnssec;
    final boolean lookupDns;
    final boolean lookupNative;
    final Set<String> resolverOptions = words(SmtpParameters.SMTP_DNS_RESOLVER_OPTIONS);
    final boolean ignoreMxError;
    /** Services that are looked up by SRV records, in lower case. */
    final Set<String> srvServices;
    final boolean ignoreSrvError;
    final boolean srvFallback;
    final boolean deferWithoutMxAddress = get(SmtpParameters.SMTP_DEFER_IF_NO_MX_ADDRESS_FOUND);
    final int mxAddressLimit = get(SmtpParameters.SMTP_MX_ADDRESS_LIMIT);
    final int mxSessionLimit = get(SmtpParameters.SMTP_MX_SESSION_LIMIT);
    final boolean randomize = get(SmtpParameters.SMTP_RANDOMIZE_ADDRESSES);
    final boolean balance = get(SmtpParameters.SMTP_BALANCE_INET_PROTOCOLS);
    final String addressPreference = get(SmtpParameters.SMTP_ADDRESS_PREFERENCE).toLowerCase(Locale.ROOT);
    final boolean ipv4;
    final boolean ipv6;

    final List<String> fallbackRelays = get(SmtpParameters.SMTP_FALLBACK_RELAY);
    final List<String> relayHost;
    final String bindAddress;
    final String bindAddress6;
    final boolean bindEnforce = get(SmtpParameters.SMTP_BIND_ADDRESS_ENFORCE);
    final String defaultPort = get(SmtpParameters.SMTP_TCP_PORT);
    final String myHostname;
    final String queueDirectory;

    final String heloName = get(SmtpParameters.SMTP_HELO_NAME);
    final boolean alwaysEhlo;
    final boolean neverEhlo;
    final Set<String> discardedKeywords = words(SmtpParameters.SMTP_DISCARD_EHLO_KEYWORDS);
    final boolean skip5xxGreeting = get(SmtpParameters.SMTP_SKIP_5XX_GREETING);
    final boolean skipQuitResponse = get(SmtpParameters.SMTP_SKIP_QUIT_RESPONSE);
    final boolean quoteEnvelope = get(SmtpParameters.SMTP_QUOTE_RFC821_ENVELOPE);
    final boolean sendXforward = get(SmtpParameters.SMTP_SEND_XFORWARD_COMMAND);
    final int lineLengthLimit = get(SmtpParameters.SMTP_LINE_LENGTH_LIMIT);
    final boolean convertMime;
    final Limits mimeLimits;

    final boolean cacheOnDemand = get(SmtpParameters.SMTP_CONNECTION_CACHE_ON_DEMAND);
    final DomainList cacheDestinations;
    final long cacheTimeLimit = nanos(SmtpParameters.SMTP_CONNECTION_CACHE_TIME_LIMIT);
    final long reuseTimeLimit = nanos(SmtpParameters.SMTP_CONNECTION_REUSE_TIME_LIMIT);
    final int reuseCountLimit = get(SmtpParameters.SMTP_CONNECTION_REUSE_COUNT_LIMIT);

    final TlsSettings tls;
    final Credentials credentials;
    final Duration minimalBackoff;

    final boolean requireTls;
    final boolean tlsRequired;
    private final Tables tables;
    /** Few messages ask for it: read then. */
    private volatile RequireTlsPolicy requireTlsPolicy;

    /** The addresses of this machine matter only when the plan meets port 25 and an MX: worked out then. */
    private volatile OwnAddresses own;

    Profile(Settings settings, boolean lmtp, Tables tables) {
        this.settings = settings;
        this.lmtp = lmtp;
        super(); // the initialisers above run here, and need the two
        this.log = MailLog.of(settings.text("syslog_name") + "/" + protocol());
        this.ignoreMxError = settings.get(SmtpParameters.IGNORE_MX_LOOKUP_ERROR);
        this.srvServices = Set.copyOf(new HashSet<>(settings.get(SmtpParameters.USE_SRV_LOOKUP).stream().map(service -> service.toLowerCase(Locale.ROOT)).toList()));
        this.ignoreSrvError = settings.get(SmtpParameters.IGNORE_SRV_LOOKUP_ERROR);
        this.srvFallback = settings.get(SmtpParameters.ALLOW_SRV_LOOKUP_FALLBACK);
        String support = get(SmtpParameters.SMTP_DNS_SUPPORT_LEVEL).toLowerCase(Locale.ROOT);
        this.dnsEnabled = support.isEmpty() ? !settings.get(SmtpParameters.DISABLE_DNS_LOOKUPS) : !support.equals("disabled");
        this.dnssec = support.equals("dnssec");
        Set<String> lookup = words(SmtpParameters.SMTP_HOST_LOOKUP);
        this.lookupDns = dnsEnabled && lookup.contains("dns");
        this.lookupNative = !dnsEnabled || lookup.contains("native");
        Set<String> protocols = new HashSet<>(Lists.split(settings.text("inet_protocols").toLowerCase(Locale.ROOT)));
        boolean all = protocols.isEmpty() || protocols.contains("all");
        this.ipv4 = all || protocols.contains("ipv4");
        this.ipv6 = all || protocols.contains("ipv6");
        this.bindAddress = bindAddress(get(SmtpParameters.SMTP_BIND_ADDRESS), true);
        this.bindAddress6 = bindAddress(get(SmtpParameters.SMTP_BIND_ADDRESS6), false);
        this.relayHost = Lists.split(settings.text("relayhost"));
        this.myHostname = settings.text("myhostname");
        this.queueDirectory = settings.text("queue_directory");
        this.alwaysEhlo = lmtp || settings.get(SmtpParameters.SMTP_ALWAYS_SEND_EHLO);
        this.neverEhlo = !lmtp && settings.get(SmtpParameters.SMTP_NEVER_SEND_EHLO);
        this.convertMime = !settings.get(SmtpParameters.DISABLE_MIME_OUTPUT_CONVERSION);
        this.mimeLimits = new Limits(settings.get(SmtpParameters.MIME_NESTING_LIMIT), settings.get(SmtpParameters.MIME_BOUNDARY_LENGTH_LIMIT), headerSizeLimit());
        String destinations = protocol() + "_connection_cache_destinations";
        this.cacheDestinations = DomainList.of(settings.text(destinations), destinations, DomainList.parentMatches(settings, destinations), tables);
        this.tls = new TlsSettings(this, tables);
        this.credentials = new Credentials(this, tables);
        this.tables = tables;
        this.requireTls = settings.get(SmtpTlsParameters.REQUIRETLS_ENABLE);
        this.tlsRequired = settings.get(SmtpTlsParameters.TLS_REQUIRED_ENABLE);
        this.minimalBackoff = Duration.ofNanos(parse(settings.text("minimal_backoff_time")));
    }

    String protocol() {
        return lmtp ? "lmtp" : "smtp";
    }

    /** Whether IP address {@code a} is one on which mail is received by this system. */
    OwnAddresses own() {
        OwnAddresses known = own;
        if (known == null) {
            known = new OwnAddresses(settings);
            own = known;
        }
        return known;
    }

    RequireTlsPolicy requireTlsPolicy() {
        RequireTlsPolicy known = requireTlsPolicy;
        if (known == null) {
            known = new RequireTlsPolicy(get(SmtpTlsParameters.SMTP_REQUIRETLS_POLICY), protocol() + "_requiretls_policy", myHostname, tables, log);
            requireTlsPolicy = known;
        }
        return known;
    }

    /** What the sender asks of TLS, as far as it is obeyed here. */
    TlsRequest obeyed(TlsRequest request) {
        return switch (request) {
            case UNSPECIFIED -> TlsRequest.UNSPECIFIED;
            case REQUIRED -> requireTls ? request : TlsRequest.UNSPECIFIED;
            case NOT_REQUIRED -> tlsRequired ? request : TlsRequest.UNSPECIFIED;
        };
    }

    /** A number, or one of the few names that stand in Postfix configurations; empty where it is neither. */
    static OptionalInt port(String text) {
        Integer named = PORTS.get(text.toLowerCase(Locale.ROOT));
        if (named != null) {
            return OptionalInt.of(named);
        }
        try {
            int port = Integer.parseInt(text);
            return port > 0 && port < 65536 ? OptionalInt.of(port) : OptionalInt.empty();
        } catch (NumberFormatException _) {
            return OptionalInt.empty();
        }
    }

    /** Where nothing is set and {@code inet_interfaces} names a single address of the family, mail leaves by that one, unless it is a loopback address (smtp(8), smtp_bind_address). */
    private String bindAddress(String explicit, boolean v4) {
        if (!explicit.isEmpty()) {
            return explicit;
        }
        List<InetAddress> named = new ArrayList<>();
        for (String word : Lists.split(settings.text("inet_interfaces"))) {
            String literal = word.startsWith("[") && word.endsWith("]") ? word.substring(1, word.length() - 1) : word;
            Optional<InetAddress> address = AddressText.parse(literal);
            if (address.isEmpty()) {
                return ""; // a name or "all": more than one address, as far as is known here
            }
            if (address.get() instanceof Inet4Address == v4) {
                named.add(address.get());
            }
        }
        return named.size() == 1 && !named.getFirst().isLoopbackAddress() ? AddressText.of(named.getFirst()) : "";
    }

    /** Declared by {@code cleanup}. */
    private int headerSizeLimit() {
        return Integer.parseInt(settings.text("header_size_limit").strip());
    }

    private long nanos(Parameter<Duration> parameter) {
        return get(parameter).toNanos();
    }

    private static long parse(String time) {
        return SmtpParameters.SMTP_CONNECT_TIMEOUT.read(time).toNanos();
    }

    private Set<String> words(Parameter<List<String>> parameter) {
        var out = new LinkedHashSet<String>();
        get(parameter).forEach(word -> out.add(word.toLowerCase(Locale.ROOT)));
        return out;
    }

    /** The value for this protocol: that of the LMTP twin in the LMTP client. */
    @SuppressWarnings("unchecked")
    <T> T get(Parameter<T> smtp) {
        if (!lmtp) {
            return settings.get(smtp);
        }
        String suffix = smtp.name().substring("smtp_".length());
        String name = "lmtp_" + switch (suffix) {
            case "helo_timeout" -> "lhlo_timeout";
            case "helo_name" -> "lhlo_name";
            case "discard_ehlo_keywords" -> "discard_lhlo_keywords";
            default -> suffix;
        };
        return (T) settings.get(LMTP.get(name));
    }
}
