// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.time.Duration;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tls.CertificateDigest;
import org.ostler.mail.tls.TlsLogLevel;
import org.ostler.smtp.grammar.BareNewline;

/** Parameters of the SMTP server: what it says, how long it waits, how much it takes. */
@Component(service = ParameterSet.class)
public final class SmtpdParameters extends ParameterSet {

    @Override
    public List<Finding> check(Settings settings) {
        return TlsLogLevel.traces(settings, "smtpd_tls_loglevel");
    }

    public static final Parameter<String> SMTPD_BANNER = text("smtpd_banner", "$myhostname ESMTP $mail_name", """
            Text behind the 220 of the greeting; it should begin with the host name.""");
    public static final Parameter<Duration> SMTPD_TIMEOUT = time("smtpd_timeout", "${stress?{10}:{300}}s", """
            Time for a client to send one command, and for taking a reply. Behind DATA it grows with what comes, see smtpd_min_data_rate.""");
    public static final Parameter<Duration> SMTPD_STARTTLS_TIMEOUT = time("smtpd_starttls_timeout", "${stress?{10}:{300}}s", """
            Time for the TLS handshake.""");
    public static final Parameter<Boolean> SMTPD_PER_REQUEST_DEADLINE = yesNo("smtpd_per_request_deadline",
            "${smtpd_per_record_deadline?{$smtpd_per_record_deadline}:{${stress?{yes}:{no}}}}", """
            Whether smtpd_min_data_rate holds in full. Without it a tenth of that rate is enough; a deadline for a whole request exists here in any case.""");
    public static final Parameter<Integer> SMTPD_MIN_DATA_RATE = integer("smtpd_min_data_rate", "500", 1, """
            Bytes per second behind DATA and BDAT: each such number of bytes adds a second to the time that is left, up to smtpd_timeout.""");
    public static final Parameter<Integer> SMTPD_SOFT_ERROR_LIMIT = integer("smtpd_soft_error_limit", "10", 1, """
            Errors of a client after which each reply is delayed by smtpd_error_sleep_time.""");
    public static final Parameter<Integer> SMTPD_HARD_ERROR_LIMIT = integer("smtpd_hard_error_limit", "${stress?{1}:{20}}", 1, """
            Errors of a client after which it is disconnected.""");
    public static final Parameter<Duration> SMTPD_ERROR_SLEEP_TIME = time("smtpd_error_sleep_time", "1s", """
            Delay of each reply between the soft and the hard error limit.""");
    public static final Parameter<Integer> SMTPD_JUNK_COMMAND_LIMIT = integer("smtpd_junk_command_limit", "${stress?{1}:{100}}", 1, """
            NOOP, VRFY, ETRN, RSET and HELO commands that a client may send without delivering mail before each more counts as an error.""");
    public static final Parameter<Integer> SMTPD_RECIPIENT_LIMIT = integer("smtpd_recipient_limit", "1000", 1, """
            Recipients of a message.""");
    public static final Parameter<Integer> SMTPD_RECIPIENT_OVERSHOOT_LIMIT = integer("smtpd_recipient_overshoot_limit", "1000", 1, """
            Recipients beyond smtpd_recipient_limit that are refused without counting as errors.""");
    public static final Parameter<Long> MESSAGE_SIZE_LIMIT = size("message_size_limit", "10240000", 0, """
            Bytes of a message with its envelope; 0 for no limit.""");
    public static final Parameter<Integer> LINE_LENGTH_LIMIT = integer("line_length_limit", "2048", 512, """
            Bytes of a command line. Lines of a message may be longer; they are broken where they leave by SMTP.""");
    public static final Parameter<Integer> SMTPD_CLIENT_CONNECTION_COUNT_LIMIT = integer("smtpd_client_connection_count_limit", "50", 0, """
            Connections of one client at a time; 0 for no limit.""");
    public static final Parameter<String> SMTPD_CLIENT_EVENT_LIMIT_EXCEPTIONS = text("smtpd_client_event_limit_exceptions",
            "${smtpd_client_connection_limit_exceptions:$mynetworks}", """
            Clients without limit of connections.""");
    public static final Parameter<Boolean> SMTPD_FORBID_UNAUTH_PIPELINING = yesNo("smtpd_forbid_unauth_pipelining", "yes", """
            Disconnect a client that sends on where the protocol wants it to wait for the reply.""");
    public static final Parameter<BareNewline> SMTPD_FORBID_BARE_NEWLINE = new Parameter<>("smtpd_forbid_bare_newline", "text", "normalize", """
            What lines are that end in LF without CR: normalize (they are lines, but only CR LF . CR LF ends a message), note (the same, noted in the log), \
            reject (such a message is refused), no (no difference; open to SMTP smuggling).""", SmtpdParameters::bareNewline);
    public static final Parameter<String> SMTPD_FORBID_BARE_NEWLINE_EXCLUSIONS = text("smtpd_forbid_bare_newline_exclusions", "$mynetworks", """
            Clients for which smtpd_forbid_bare_newline is "no".""");
    public static final Parameter<Integer> SMTPD_FORBID_BARE_NEWLINE_REJECT_CODE = integer("smtpd_forbid_bare_newline_reject_code", "550", 400, 599, """
            Reply code of smtpd_forbid_bare_newline = reject.""");
    public static final Parameter<Boolean> SMTPD_HELO_REQUIRED = yesNo("smtpd_helo_required", "no", """
            Whether MAIL and ETRN want HELO or EHLO first.""");
    public static final Parameter<Boolean> DISABLE_VRFY_COMMAND = yesNo("disable_vrfy_command", "no", """
            Refuse VRFY.""");
    public static final Parameter<Boolean> STRICT_RFC821_ENVELOPES = yesNo("strict_rfc821_envelopes", "no", """
            Want addresses in MAIL and RCPT in angle brackets, without comments and blanks.""");
    public static final Parameter<Boolean> ALLOW_MIN_USER = yesNo("allow_min_user", "no", """
            Take addresses that begin with a hyphen.""");
    public static final Parameter<Boolean> SMTPUTF8_ENABLE = yesNo("smtputf8_enable", "${{$compatibility_level} <level {1} ? {no} : {yes}}", """
            Offer SMTPUTF8.""");
    public static final Parameter<Boolean> STRICT_SMTPUTF8 = yesNo("strict_smtputf8", "no", """
            Take addresses outside US-ASCII only where the client said SMTPUTF8.""");
    public static final Parameter<String> SMTPD_REJECT_FOOTER = text("smtpd_reject_footer", "", """
            Text behind every 4xx and 5xx reply; \\c at the start joins it to the reply, \\n begins a new line; $client_address, $client_port, $localtime, $server_name.""");
    public static final Parameter<Boolean> SMTPD_DELAY_OPEN_UNTIL_VALID_RCPT = yesNo("smtpd_delay_open_until_valid_rcpt", "yes", """
            Begin a queue file at the first accepted recipient instead of at MAIL.""");
    public static final Parameter<List<String>> SMTPD_FORBIDDEN_COMMANDS = list("smtpd_forbidden_commands", "CONNECT GET POST regexp:{{/^[^A-Z]/ Bogus}}", """
            Unknown commands that end the session at once.""");
    public static final Parameter<List<String>> SMTPD_NOOP_COMMANDS = list("smtpd_noop_commands", "", """
            Commands that are answered 250 without doing anything.""");
    public static final Parameter<List<String>> SMTPD_DISCARD_EHLO_KEYWORDS = list("smtpd_discard_ehlo_keywords", "", """
            Extensions that EHLO does not announce: pipelining, size, vrfy, etrn, starttls, auth, xclient, xforward, enhancedstatuscodes, 8bitmime, dsn, smtputf8, chunking, requiretls; silent-discard.""");
    public static final Parameter<String> SMTPD_DISCARD_EHLO_KEYWORD_ADDRESS_MAPS = text("smtpd_discard_ehlo_keyword_address_maps", "", """
            Tables from client address to such a list; it replaces smtpd_discard_ehlo_keywords for that client.""");
    public static final Parameter<Boolean> SMTPD_PEERNAME_LOOKUP = yesNo("smtpd_peername_lookup", "yes", """
            Look the client's name up.""");
    public static final Parameter<Boolean> SMTPD_CLIENT_PORT_LOGGING = yesNo("smtpd_client_port_logging", "no", """
            Log the client's port behind its address.""");
    public static final Parameter<Boolean> SMTPD_HIDE_CLIENT_SESSION = yesNo("smtpd_hide_client_session", "no", """
            Leave the client out of the Received header.""");
    public static final Parameter<String> SMTPD_AUTHORIZED_XCLIENT_HOSTS = text("smtpd_authorized_xclient_hosts", "", """
            Clients that may say XCLIENT.""");
    public static final Parameter<String> SMTPD_AUTHORIZED_XFORWARD_HOSTS = text("smtpd_authorized_xforward_hosts", "", """
            Clients that may say XFORWARD.""");
    public static final Parameter<List<String>> LOCAL_HEADER_REWRITE_CLIENTS = list("local_header_rewrite_clients", "permit_inet_interfaces", """
            Clients whose message headers are completed: permit_inet_interfaces, permit_mynetworks, check_address_map type:table.""");
    public static final Parameter<String> FAST_FLUSH_DOMAINS = text("fast_flush_domains", "$relay_domains", """
            Domains for which ETRN is served.""");
    public static final Parameter<String> SMTPD_TLS_SECURITY_LEVEL = choice("smtpd_tls_security_level", "", List.of("", "none", "may", "encrypt"), """
            none, may (STARTTLS is offered), encrypt (mail is taken over TLS only). Empty: smtpd_use_tls and smtpd_enforce_tls decide.""");
    public static final Parameter<Boolean> SMTPD_USE_TLS = yesNo("smtpd_use_tls", "no", """
            The old form of smtpd_tls_security_level = may.""");
    public static final Parameter<Boolean> SMTPD_ENFORCE_TLS = yesNo("smtpd_enforce_tls", "no", """
            The old form of smtpd_tls_security_level = encrypt.""");
    public static final Parameter<Boolean> SMTPD_TLS_WRAPPERMODE = yesNo("smtpd_tls_wrappermode", "no", """
            TLS from the first byte, without STARTTLS.""");
    public static final Parameter<Boolean> SMTPD_TLS_RECEIVED_HEADER = yesNo("smtpd_tls_received_header", "no", """
            Name protocol, cipher, keys and the client's certificate in the Received header.""");
    public static final Parameter<Boolean> REQUIRETLS_ENABLE = yesNo("requiretls_enable", "yes", """
            REQUIRETLS (RFC 8689): offered over TLS; a sender who asks for it wants every host on the way to prove who it is.""");
    public static final Parameter<Integer> SMTPD_TLS_LOGLEVEL = new Parameter<>("smtpd_tls_loglevel", "integer", "0", """
            1: a line in the log for each TLS connection. 2 and more: the client's certificate, too. Up to 4; ",trace" behind it is accepted, and no trace is written.""", TlsLogLevel::parse);
    public static final Parameter<String> SMTPD_TLS_LOGLEVEL_MAPS = text("smtpd_tls_loglevel_maps", "", """
            Tables from a client's name or address, or parent domains and networks of these, to its smtpd_tls_loglevel; DUNNO: the usual one.""");
    public static final Parameter<String> SMTPD_TLS_FINGERPRINT_DIGEST = new Parameter<>("smtpd_tls_fingerprint_digest", "text", "${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}", """
            Digest by which client certificates and their keys stand in relay_clientcerts and in the tables of check_ccert_access.""", SmtpdParameters::digest);

    private static String digest(String name) {
        if (!CertificateDigest.isKnown(name)) {
            throw new IllegalArgumentException("unknown message digest");
        }
        return name;
    }

    private static BareNewline bareNewline(String text) {
        return BareNewline.of(text).orElseThrow(() -> new IllegalArgumentException("bad parameter value"));
    }
}
