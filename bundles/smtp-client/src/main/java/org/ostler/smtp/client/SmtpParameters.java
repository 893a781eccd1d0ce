// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.time.Duration;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** Parameters of the SMTP client, and the few that SMTP and LMTP share. The LMTP forms are in {@link LmtpParameters}. */
@Component(service = ParameterSet.class)
public final class SmtpParameters extends ParameterSet {

    public static final Parameter<Duration> SMTP_CONNECT_TIMEOUT = time("smtp_connect_timeout", "30s", """
        How long a TCP or unix-domain connection may take. 0 leaves it to the operating system.""");

    public static final Parameter<Duration> SMTP_HELO_TIMEOUT = time("smtp_helo_timeout", "300s", """
        How long to wait for the greeting, and for the reply to EHLO or HELO.""");

    public static final Parameter<Duration> SMTP_STARTTLS_TIMEOUT = time("smtp_starttls_timeout", "300s", """
        How long the TLS handshake may take, the reply to STARTTLS included.""");

    public static final Parameter<Duration> SMTP_XFORWARD_TIMEOUT = time("smtp_xforward_timeout", "300s", """
        How long to wait for the reply to XFORWARD.""");

    public static final Parameter<Duration> SMTP_MAIL_TIMEOUT = time("smtp_mail_timeout", "300s", """
        How long to wait for the reply to MAIL FROM.""");

    public static final Parameter<Duration> SMTP_RCPT_TIMEOUT = time("smtp_rcpt_timeout", "300s", """
        How long to wait for the reply to one RCPT TO.""");

    public static final Parameter<Duration> SMTP_DATA_INIT_TIMEOUT = time("smtp_data_init_timeout", "120s", """
        How long to wait for the reply to DATA.""");

    public static final Parameter<Duration> SMTP_DATA_XFER_TIMEOUT = time("smtp_data_xfer_timeout", "180s", """
        How long sending message content may stand still. The whole transfer must besides keep up min_data_rate after this grace.""");

    public static final Parameter<Duration> SMTP_DATA_DONE_TIMEOUT = time("smtp_data_done_timeout", "600s", """
        How long to wait for the reply to the end of the message. Short values send mail twice.""");

    public static final Parameter<Duration> SMTP_RSET_TIMEOUT = time("smtp_rset_timeout", "20s", """
        How long to wait for the reply to RSET.""");

    public static final Parameter<Duration> SMTP_QUIT_TIMEOUT = time("smtp_quit_timeout", "300s", """
        How long to wait for the reply to QUIT; nothing waits for it but the connection.""");

    public static final Parameter<Integer> SMTP_MIN_DATA_RATE = integer("smtp_min_data_rate", "500", 1, """
        Bytes per second that a server must take, counted over a whole message, for the transfer not to be given up.""");

    public static final Parameter<List<String>> SMTP_HOST_LOOKUP = list("smtp_host_lookup", "dns", """
        How host names are looked up: dns, native (hosts file and system), or both in this order.""");

    public static final Parameter<String> SMTP_DNS_SUPPORT_LEVEL = choice("smtp_dns_support_level", "", List.of("", "disabled", "enabled", "dnssec"), """
        disabled: no MX lookups, host names by the system's name service only; enabled; dnssec: with proof. Empty: disabled where \
        disable_dns_lookups is set, else enabled.""");

    public static final Parameter<List<String>> SMTP_DNS_RESOLVER_OPTIONS = list("smtp_dns_resolver_options", "", """
        res_defnames completes names without a dot, res_dnssrch tries the system's search domains. Empty: names are taken as they are.""");

    public static final Parameter<Integer> SMTP_MX_ADDRESS_LIMIT = integer("smtp_mx_address_limit", "5", 0, """
        How many addresses of mail exchangers are tried in one delivery. 0: all.""");

    public static final Parameter<Integer> SMTP_MX_SESSION_LIMIT = integer("smtp_mx_session_limit", "2", 0, """
        How many SMTP sessions are held in one delivery before it is put off. Hosts that do not get through EHLO and TLS, or lack what the sender asked for, do not count. 0: no limit.""");

    public static final Parameter<Boolean> SMTP_RANDOMIZE_ADDRESSES = yesNo("smtp_randomize_addresses", "yes", """
        Addresses of equal preference are tried in random order.""");

    public static final Parameter<String> SMTP_ADDRESS_PREFERENCE = choice("smtp_address_preference", "any", List.of("any", "ipv4", "ipv6"), """
        any, ipv4 or ipv6: which family is tried first among addresses of equal preference.""");

    public static final Parameter<Boolean> SMTP_BALANCE_INET_PROTOCOLS = yesNo("smtp_balance_inet_protocols", "yes", """
        With many addresses, each family gets half of mx_address_limit, so that trouble with one does not use up all attempts.""");

    public static final Parameter<Boolean> SMTP_DEFER_IF_NO_MX_ADDRESS_FOUND = yesNo("smtp_defer_if_no_mx_address_found", "no", """
        Mail waits, and does not bounce, where no mail exchanger of a domain has an address.""");

    public static final Parameter<List<String>> SMTP_FALLBACK_RELAY = list("smtp_fallback_relay", "$fallback_relay", """
        Next hops tried where a destination is not found or cannot be reached.""");

    public static final Parameter<String> SMTP_BIND_ADDRESS = text("smtp_bind_address", "", """
        IPv4 address to connect from. Empty: the system chooses.""");

    public static final Parameter<String> SMTP_BIND_ADDRESS6 = text("smtp_bind_address6", "", """
        IPv6 address to connect from. Empty: the system chooses.""");

    public static final Parameter<Boolean> SMTP_BIND_ADDRESS_ENFORCE = yesNo("smtp_bind_address_enforce", "no", """
        Mail waits where the address above cannot be used; else the system chooses with a warning.""");

    public static final Parameter<String> SMTP_TCP_PORT = text("smtp_tcp_port", "smtp", """
        Port, or its name, where the next hop has none.""");

    public static final Parameter<String> SMTP_HELO_NAME = text("smtp_helo_name", "$myhostname", """
        Name said in EHLO and HELO.""");

    public static final Parameter<Boolean> SMTP_ALWAYS_SEND_EHLO = yesNo("smtp_always_send_ehlo", "yes", """
        EHLO is sent whatever the greeting says; else only where the greeting says ESMTP.""");

    public static final Parameter<Boolean> SMTP_NEVER_SEND_EHLO = yesNo("smtp_never_send_ehlo", "no", """
        HELO at once.""");

    public static final Parameter<List<String>> SMTP_DISCARD_EHLO_KEYWORDS = list("smtp_discard_ehlo_keywords", "", """
        Keywords in the reply to EHLO that are not believed: pipelining, size, 8bitmime, dsn, smtputf8, starttls, xforward.""");

    public static final Parameter<Boolean> SMTP_SKIP_5XX_GREETING = yesNo("smtp_skip_5xx_greeting", "yes", """
        A 5xx greeting counts as trouble of that server, so that the next one is tried and mail waits; else it bounces mail.""");

    public static final Parameter<Boolean> SMTP_SKIP_QUIT_RESPONSE = yesNo("smtp_skip_quit_response", "yes", """
        The connection is closed behind QUIT without waiting for the reply.""");

    public static final Parameter<Boolean> SMTP_QUOTE_RFC821_ENVELOPE = yesNo("smtp_quote_rfc821_envelope", "yes", """
        Local parts are quoted in MAIL and RCPT where RFC 5321 asks for it.""");

    public static final Parameter<Boolean> SMTP_SEND_XFORWARD_COMMAND = yesNo("smtp_send_xforward_command", "no", """
        Tells the server where the message came from, if it offers XFORWARD.""");

    public static final Parameter<Integer> SMTP_LINE_LENGTH_LIMIT = integer("smtp_line_length_limit", "998", 0, """
        Longer lines are continued in a new line that begins with a blank. 0: no limit.""");

    public static final Parameter<Boolean> SMTP_CONNECTION_CACHE_ON_DEMAND = yesNo("smtp_connection_cache_on_demand", "yes", """
        Connections stay open for a short while when mail for the same next hop follows.""");

    public static final Parameter<String> SMTP_CONNECTION_CACHE_DESTINATIONS = text("smtp_connection_cache_destinations", "", """
        Next hops whose connections always stay open for a short while: domains, hosts, files, tables.""");

    public static final Parameter<Duration> SMTP_CONNECTION_CACHE_TIME_LIMIT = time("smtp_connection_cache_time_limit", "2s", """
        How long an idle connection stays open.""");

    public static final Parameter<Duration> SMTP_CONNECTION_REUSE_TIME_LIMIT = time("smtp_connection_reuse_time_limit", "300s", """
        How long a connection may be used over and over.""");

    public static final Parameter<Integer> SMTP_CONNECTION_REUSE_COUNT_LIMIT = integer("smtp_connection_reuse_count_limit", "0", 0, """
        How many deliveries one connection may serve. 0: no limit.""");

    public static final Parameter<Boolean> DISABLE_DNS_LOOKUPS = yesNo("disable_dns_lookups", "no", """
        No DNS in the SMTP and LMTP clients: hosts file and system only, no MX. Superseded by smtp_dns_support_level.""");

    public static final Parameter<Boolean> IGNORE_MX_LOOKUP_ERROR = yesNo("ignore_mx_lookup_error", "no", """
        Where the MX lookup fails, the address of the domain itself is used.""");

    public static final Parameter<List<String>> USE_SRV_LOOKUP = list("use_srv_lookup", "", """
        Services whose hosts are found by SRV records (RFC 2782) where a next hop names them: with submission, example.org:submission asks for _submission._tcp.example.org.""");

    public static final Parameter<Boolean> IGNORE_SRV_LOOKUP_ERROR = yesNo("ignore_srv_lookup_error", "no", """
        Where the SRV lookup fails, MX and address records are used; else mail waits.""");

    public static final Parameter<Boolean> ALLOW_SRV_LOOKUP_FALLBACK = yesNo("allow_srv_lookup_fallback", "no", """
        Where the SRV lookup fails, finds no record, one that says there is no such service (null SRV), or none whose host has an address, MX and address records are used.""");

    public static final Parameter<Boolean> DISABLE_MIME_OUTPUT_CONVERSION = yesNo("disable_mime_output_conversion", "no", """
        8-bit content goes as it is to servers that do not take it.""");

    public static final Parameter<Integer> MIME_NESTING_LIMIT = integer("mime_nesting_limit", "100", 1, """
        Multiparts inside each other that are looked at where content is converted for a server without 8BITMIME; deeper ones pass unchanged.""");

    public static final Parameter<Integer> MIME_BOUNDARY_LENGTH_LIMIT = integer("mime_boundary_length_limit", "2048", 1, """
        Bytes of a MIME boundary that count.""");
}
