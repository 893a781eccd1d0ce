// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.ostler.mail.config.Lists;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.DomainList;
import org.ostler.mail.lookup.NetworkList;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.routing.OwnAddresses;
import org.ostler.mail.tls.TlsLogLevel;
import org.ostler.smtp.grammar.BareNewline;

/**
 * What one generation of settings says, worked out once for all sessions of a row. Immutable; holds no reference to the settings.
 */
final class Profile {

    enum TlsLevel { NONE, MAY, ENCRYPT }

    final String myhostname;
    final String banner;
    final MailLog log;

    final long timeout;
    final long starttlsTimeout;
    final long errorSleep;
    final double contentNanosPerByte;
    final int softErrors;
    final int hardErrors;
    final int junkCommands;
    final int recipients;
    final int overshoot;
    final long messageSize;
    final int lineLength;
    final int connections;

    final boolean forbidPipelining;
    final BareNewline bareNewline;
    final int bareNewlineCode;
    final boolean heloRequired;
    final boolean vrfyDisabled;
    final boolean strictEnvelopes;
    final boolean allowMinUser;
    final boolean smtpUtf8;
    final boolean strictSmtpUtf8;
    final boolean delayOpen;
    final boolean lookupNames;
    final boolean logPort;
    final boolean hideClient;
    final boolean ipv4;
    final boolean ipv6;

    final TlsLevel tls;
    final boolean tlsWrapper;
    final boolean requireTls;
    final boolean tlsReceived;
    final TlsLogLevel tlsLog;
    final String tlsDigest;
    final boolean tlsAskCertificate;
    final boolean tlsRequireCertificate;
    final TableList relayCertificates;

    final String footer;
    final List<String> forbiddenCommands;
    final List<String> noopCommands;
    final Set<Ehlo> discarded;
    final boolean discardSilently;
    final TableList discardMaps;
    final NetworkList connectionExceptions;
    final NetworkList bareNewlineExclusions;
    final NetworkList xclientHosts;
    final NetworkList xforwardHosts;
    final NetworkList mynetworks;
    final DomainList flushDomains;
    final OwnAddresses own;
    final List<String> localClients;
    final Tables tables;

    Profile(Settings s, String program, Tables tables) {
        this.tables = tables;
        myhostname = s.text("myhostname");
        banner = s.get(SmtpdParameters.SMTPD_BANNER);
        log = MailLog.of(s.text("syslog_name") + "/" + program);
        timeout = s.get(SmtpdParameters.SMTPD_TIMEOUT).toNanos();
        starttlsTimeout = s.get(SmtpdParameters.SMTPD_STARTTLS_TIMEOUT).toNanos();
        errorSleep = s.get(SmtpdParameters.SMTPD_ERROR_SLEEP_TIME).toNanos();
        double rate = s.get(SmtpdParameters.SMTPD_MIN_DATA_RATE);
        contentNanosPerByte = 1e9 / (s.get(SmtpdParameters.SMTPD_PER_REQUEST_DEADLINE) ? rate : rate / 10);
        softErrors = s.get(SmtpdParameters.SMTPD_SOFT_ERROR_LIMIT);
        hardErrors = s.get(SmtpdParameters.SMTPD_HARD_ERROR_LIMIT);
        junkCommands = s.get(SmtpdParameters.SMTPD_JUNK_COMMAND_LIMIT);
        recipients = s.get(SmtpdParameters.SMTPD_RECIPIENT_LIMIT);
        overshoot = s.get(SmtpdParameters.SMTPD_RECIPIENT_OVERSHOOT_LIMIT);
        messageSize = s.get(SmtpdParameters.MESSAGE_SIZE_LIMIT);
        lineLength = s.get(SmtpdParameters.LINE_LENGTH_LIMIT);
        connections = s.get(SmtpdParameters.SMTPD_CLIENT_CONNECTION_COUNT_LIMIT);
        forbidPipelining = s.get(SmtpdParameters.SMTPD_FORBID_UNAUTH_PIPELINING);
        bareNewline = s.get(SmtpdParameters.SMTPD_FORBID_BARE_NEWLINE);
        bareNewlineCode = s.get(SmtpdParameters.SMTPD_FORBID_BARE_NEWLINE_REJECT_CODE);
        heloRequired = s.get(SmtpdParameters.SMTPD_HELO_REQUIRED);
        vrfyDisabled = s.get(SmtpdParameters.DISABLE_VRFY_COMMAND);
        strictEnvelopes = s.get(SmtpdParameters.STRICT_RFC821_ENVELOPES);
        allowMinUser = s.get(SmtpdParameters.ALLOW_MIN_USER);
        smtpUtf8 = s.get(SmtpdParameters.SMTPUTF8_ENABLE);
        strictSmtpUtf8 = s.get(SmtpdParameters.STRICT_SMTPUTF8);
        delayOpen = s.get(SmtpdParameters.SMTPD_DELAY_OPEN_UNTIL_VALID_RCPT);
        lookupNames = s.get(SmtpdParameters.SMTPD_PEERNAME_LOOKUP);
        logPort = s.get(SmtpdParameters.SMTPD_CLIENT_PORT_LOGGING);
        hideClient = s.get(SmtpdParameters.SMTPD_HIDE_CLIENT_SESSION);
        List<String> protocols = Lists.split(s.text("inet_protocols").toLowerCase(Locale.ROOT));
        boolean all = protocols.isEmpty() || protocols.contains("all");
        ipv4 = all || protocols.contains("ipv4");
        ipv6 = all || protocols.contains("ipv6");
        tlsWrapper = s.get(SmtpdParameters.SMTPD_TLS_WRAPPERMODE);
        tls = level(s, tlsWrapper);
        requireTls = s.get(SmtpdParameters.REQUIRETLS_ENABLE);
        tlsReceived = s.get(SmtpdParameters.SMTPD_TLS_RECEIVED_HEADER);
        tlsLog = new TlsLogLevel(s.get(SmtpdParameters.SMTPD_TLS_LOGLEVEL), SmtpdParameters.SMTPD_TLS_LOGLEVEL_MAPS, s, tables, log);
        tlsDigest = s.get(SmtpdParameters.SMTPD_TLS_FINGERPRINT_DIGEST);
        tlsRequireCertificate = tls == TlsLevel.ENCRYPT && s.isYes("smtpd_tls_req_ccert");
        tlsAskCertificate = tlsRequireCertificate || s.isYes("smtpd_tls_ask_ccert");
        relayCertificates = tables.open(s.text("relay_clientcerts"), "relay_clientcerts");
        // Its $names are those of the session, not of main.cf.
        footer = s.unexpanded(SmtpdParameters.SMTPD_REJECT_FOOTER.name());
        forbiddenCommands = s.get(SmtpdParameters.SMTPD_FORBIDDEN_COMMANDS);
        noopCommands = s.get(SmtpdParameters.SMTPD_NOOP_COMMANDS);
        discarded = keywords(s.get(SmtpdParameters.SMTPD_DISCARD_EHLO_KEYWORDS));
        discardSilently = isSilent(s.get(SmtpdParameters.SMTPD_DISCARD_EHLO_KEYWORDS));
        discardMaps = tables.open(s.get(SmtpdParameters.SMTPD_DISCARD_EHLO_KEYWORD_ADDRESS_MAPS), "smtpd_discard_ehlo_keyword_address_maps");
        connectionExceptions = NetworkList.of("smtpd_client_event_limit_exceptions", s, tables);
        bareNewlineExclusions = NetworkList.of("smtpd_forbid_bare_newline_exclusions", s, tables);
        xclientHosts = NetworkList.of("smtpd_authorized_xclient_hosts", s, tables);
        xforwardHosts = NetworkList.of("smtpd_authorized_xforward_hosts", s, tables);
        mynetworks = NetworkList.of("mynetworks", s, tables);
        flushDomains = DomainList.of("fast_flush_domains", s, tables);
        own = new OwnAddresses(s);
        localClients = s.get(SmtpdParameters.LOCAL_HEADER_REWRITE_CLIENTS);
    }

    private static TlsLevel level(Settings s, boolean wrapper) {
        if (wrapper) {
            return TlsLevel.ENCRYPT; // whatever the level says: nobody speaks in clear there
        }
        String level = s.get(SmtpdParameters.SMTPD_TLS_SECURITY_LEVEL).toLowerCase(Locale.ROOT);
        boolean enforce = s.get(SmtpdParameters.SMTPD_ENFORCE_TLS);
        boolean use = s.get(SmtpdParameters.SMTPD_USE_TLS);
        return switch (level) {
            case "" -> enforce ? TlsLevel.ENCRYPT : use ? TlsLevel.MAY : TlsLevel.NONE;
            case "none" -> TlsLevel.NONE;
            case "may" -> TlsLevel.MAY;
            // Levels above encrypt are for clients; a server cannot do more, and must not do less.
            default -> TlsLevel.ENCRYPT;
        };
    }

    static Set<Ehlo> keywords(List<String> words) {
        var out = EnumSet.noneOf(Ehlo.class);
        words.forEach(word -> Ehlo.of(word).ifPresent(out::add));
        return out;
    }

    static boolean isSilent(List<String> words) {
        return words.stream().anyMatch("silent-discard"::equalsIgnoreCase);
    }
}
