// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.time.Duration;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** Parameters of the LMTP client: what {@link SmtpParameters} says of the SMTP form holds for these. */
@Component(service = ParameterSet.class)
public final class LmtpParameters extends ParameterSet {

    public static final Parameter<Duration> LMTP_CONNECT_TIMEOUT = time("lmtp_connect_timeout", "0s", """
        The LMTP form of smtp_connect_timeout.""");

    public static final Parameter<Duration> LMTP_LHLO_TIMEOUT = time("lmtp_lhlo_timeout", "300s", """
        The LMTP form of smtp_helo_timeout.""");

    public static final Parameter<Duration> LMTP_STARTTLS_TIMEOUT = time("lmtp_starttls_timeout", "300s", """
        The LMTP form of smtp_starttls_timeout.""");

    public static final Parameter<Duration> LMTP_XFORWARD_TIMEOUT = time("lmtp_xforward_timeout", "300s", """
        The LMTP form of smtp_xforward_timeout.""");

    public static final Parameter<Duration> LMTP_MAIL_TIMEOUT = time("lmtp_mail_timeout", "300s", """
        The LMTP form of smtp_mail_timeout.""");

    public static final Parameter<Duration> LMTP_RCPT_TIMEOUT = time("lmtp_rcpt_timeout", "300s", """
        The LMTP form of smtp_rcpt_timeout.""");

    public static final Parameter<Duration> LMTP_DATA_INIT_TIMEOUT = time("lmtp_data_init_timeout", "120s", """
        The LMTP form of smtp_data_init_timeout.""");

    public static final Parameter<Duration> LMTP_DATA_XFER_TIMEOUT = time("lmtp_data_xfer_timeout", "180s", """
        The LMTP form of smtp_data_xfer_timeout.""");

    public static final Parameter<Duration> LMTP_DATA_DONE_TIMEOUT = time("lmtp_data_done_timeout", "600s", """
        The LMTP form of smtp_data_done_timeout.""");

    public static final Parameter<Duration> LMTP_RSET_TIMEOUT = time("lmtp_rset_timeout", "20s", """
        The LMTP form of smtp_rset_timeout.""");

    public static final Parameter<Duration> LMTP_QUIT_TIMEOUT = time("lmtp_quit_timeout", "300s", """
        The LMTP form of smtp_quit_timeout.""");

    public static final Parameter<Integer> LMTP_MIN_DATA_RATE = integer("lmtp_min_data_rate", "500", 1, """
        The LMTP form of smtp_min_data_rate.""");

    public static final Parameter<List<String>> LMTP_HOST_LOOKUP = list("lmtp_host_lookup", "dns", """
        The LMTP form of smtp_host_lookup.""");

    public static final Parameter<String> LMTP_DNS_SUPPORT_LEVEL = choice("lmtp_dns_support_level", "", List.of("", "disabled", "enabled", "dnssec"), """
        The LMTP form of smtp_dns_support_level.""");

    public static final Parameter<List<String>> LMTP_DNS_RESOLVER_OPTIONS = list("lmtp_dns_resolver_options", "", """
        The LMTP form of smtp_dns_resolver_options.""");

    public static final Parameter<Integer> LMTP_MX_ADDRESS_LIMIT = integer("lmtp_mx_address_limit", "5", 0, """
        The LMTP form of smtp_mx_address_limit.""");

    public static final Parameter<Integer> LMTP_MX_SESSION_LIMIT = integer("lmtp_mx_session_limit", "2", 0, """
        The LMTP form of smtp_mx_session_limit.""");

    public static final Parameter<Boolean> LMTP_RANDOMIZE_ADDRESSES = yesNo("lmtp_randomize_addresses", "yes", """
        The LMTP form of smtp_randomize_addresses.""");

    public static final Parameter<String> LMTP_ADDRESS_PREFERENCE = choice("lmtp_address_preference", "ipv6", List.of("any", "ipv4", "ipv6"), """
        The LMTP form of smtp_address_preference.""");

    public static final Parameter<Boolean> LMTP_BALANCE_INET_PROTOCOLS = yesNo("lmtp_balance_inet_protocols", "yes", """
        The LMTP form of smtp_balance_inet_protocols.""");

    public static final Parameter<Boolean> LMTP_DEFER_IF_NO_MX_ADDRESS_FOUND = yesNo("lmtp_defer_if_no_mx_address_found", "no", """
        The LMTP form of smtp_defer_if_no_mx_address_found.""");

    public static final Parameter<List<String>> LMTP_FALLBACK_RELAY = list("lmtp_fallback_relay", "", """
        The LMTP form of smtp_fallback_relay.""");

    public static final Parameter<String> LMTP_BIND_ADDRESS = text("lmtp_bind_address", "", """
        The LMTP form of smtp_bind_address.""");

    public static final Parameter<String> LMTP_BIND_ADDRESS6 = text("lmtp_bind_address6", "", """
        The LMTP form of smtp_bind_address6.""");

    public static final Parameter<Boolean> LMTP_BIND_ADDRESS_ENFORCE = yesNo("lmtp_bind_address_enforce", "no", """
        The LMTP form of smtp_bind_address_enforce.""");

    public static final Parameter<String> LMTP_TCP_PORT = text("lmtp_tcp_port", "24", """
        The LMTP form of smtp_tcp_port.""");

    public static final Parameter<String> LMTP_LHLO_NAME = text("lmtp_lhlo_name", "$myhostname", """
        The LMTP form of smtp_helo_name.""");

    public static final Parameter<List<String>> LMTP_DISCARD_LHLO_KEYWORDS = list("lmtp_discard_lhlo_keywords", "", """
        The LMTP form of smtp_discard_ehlo_keywords.""");

    public static final Parameter<Boolean> LMTP_SKIP_5XX_GREETING = yesNo("lmtp_skip_5xx_greeting", "yes", """
        The LMTP form of smtp_skip_5xx_greeting.""");

    public static final Parameter<Boolean> LMTP_SKIP_QUIT_RESPONSE = yesNo("lmtp_skip_quit_response", "no", """
        The LMTP form of smtp_skip_quit_response.""");

    public static final Parameter<Boolean> LMTP_QUOTE_RFC821_ENVELOPE = yesNo("lmtp_quote_rfc821_envelope", "yes", """
        The LMTP form of smtp_quote_rfc821_envelope.""");

    public static final Parameter<Boolean> LMTP_SEND_XFORWARD_COMMAND = yesNo("lmtp_send_xforward_command", "no", """
        The LMTP form of smtp_send_xforward_command.""");

    public static final Parameter<Integer> LMTP_LINE_LENGTH_LIMIT = integer("lmtp_line_length_limit", "998", 0, """
        The LMTP form of smtp_line_length_limit.""");

    public static final Parameter<Boolean> LMTP_CONNECTION_CACHE_ON_DEMAND = yesNo("lmtp_connection_cache_on_demand", "yes", """
        The LMTP form of smtp_connection_cache_on_demand.""");

    public static final Parameter<String> LMTP_CONNECTION_CACHE_DESTINATIONS = text("lmtp_connection_cache_destinations", "", """
        The LMTP form of smtp_connection_cache_destinations.""");

    public static final Parameter<Duration> LMTP_CONNECTION_CACHE_TIME_LIMIT = time("lmtp_connection_cache_time_limit", "2s", """
        The LMTP form of smtp_connection_cache_time_limit.""");

    public static final Parameter<Duration> LMTP_CONNECTION_REUSE_TIME_LIMIT = time("lmtp_connection_reuse_time_limit", "300s", """
        The LMTP form of smtp_connection_reuse_time_limit.""");

    public static final Parameter<Integer> LMTP_CONNECTION_REUSE_COUNT_LIMIT = integer("lmtp_connection_reuse_count_limit", "0", 0, """
        The LMTP form of smtp_connection_reuse_count_limit.""");
}
