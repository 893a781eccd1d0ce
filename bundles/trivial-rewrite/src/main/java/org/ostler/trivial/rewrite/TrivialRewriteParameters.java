// SPDX-License-Identifier: Apache-2.0
package org.ostler.trivial.rewrite;

import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.lookup.ProtectedMaps;
import org.ostler.mail.lookup.Protection;

/** Parameters of trivial-rewrite: how addresses are completed, and where they lead. */
@Component(service = ParameterSet.class)
public final class TrivialRewriteParameters extends ParameterSet {

    public static final Parameter<Boolean> APPEND_AT_MYORIGIN = yesNo("append_at_myorigin", "yes", """
        Append "@$myorigin" to addresses without a domain, in mail from local clients.""");
    public static final Parameter<Boolean> APPEND_DOT_MYDOMAIN = yesNo("append_dot_mydomain",
            "${{$compatibility_level} <level {1} ? {yes} : {no}}", """
        Append ".$mydomain" to domains without a dot, in mail from local clients.""");
    public static final Parameter<Boolean> SWAP_BANGPATH = yesNo("swap_bangpath", "yes", """
        Rewrite "site!user" to "user@site".""");
    public static final Parameter<Boolean> ALLOW_PERCENT_HACK = yesNo("allow_percent_hack", "yes", """
        Rewrite "user%domain" to "user@domain".""");
    public static final Parameter<String> REMOTE_HEADER_REWRITE_DOMAIN = text("remote_header_rewrite_domain", "", """
        Domain with which header addresses of remote clients are completed; empty leaves them alone.""");
    public static final Parameter<String> MYORIGIN = text("myorigin", "$myhostname", """
        Domain that locally submitted mail appears to come from.""");
    public static final Parameter<String> MYDESTINATION = text("mydestination", "$myhostname, localhost.$mydomain, localhost", """
        Domains that are delivered by $local_transport.""");
    public static final Parameter<String> INET_INTERFACES = text("inet_interfaces", "all", """
        Network addresses on which mail is received; mail for user@[address] of them is local.""");
    public static final Parameter<String> PROXY_INTERFACES = text("proxy_interfaces", "", """
        Network addresses on which mail is received by way of a proxy or address translation.""");
    public static final Parameter<String> VIRTUAL_ALIAS_DOMAINS = text("virtual_alias_domains", "$virtual_alias_maps", """
        Domains in which every address is an alias for an address elsewhere.""");
    public static final Parameter<String> VIRTUAL_MAILBOX_DOMAINS = text("virtual_mailbox_domains", "$virtual_mailbox_maps", """
        Domains that are delivered by $virtual_transport.""");
    public static final Parameter<String> RELAY_DOMAINS = text("relay_domains",
            "${{$compatibility_level} <level {2} ? {$mydestination} : {}}", """
        Domains, with their subdomains, that this system relays mail to.""");
    public static final Parameter<String> LOCAL_TRANSPORT = text("local_transport", "local:$myhostname", """
        transport:nexthop for $mydestination and for the network addresses of this system.""");
    public static final Parameter<String> VIRTUAL_TRANSPORT = text("virtual_transport", "virtual", """
        transport:nexthop for $virtual_mailbox_domains.""");
    public static final Parameter<String> RELAY_TRANSPORT = text("relay_transport", "relay", """
        transport:nexthop for $relay_domains.""");
    public static final Parameter<String> DEFAULT_TRANSPORT = text("default_transport", "smtp", """
        transport:nexthop for all other domains.""");
    public static final Parameter<String> RELAYHOST = text("relayhost", "", """
        Next hop of non-local mail instead of the recipient's domain: domain, [host], host:port.""");
    public static final Parameter<String> SENDER_DEPENDENT_RELAYHOST_MAPS = text("sender_dependent_relayhost_maps", "", """
        Tables of next hops by sender address and @domain, before $relayhost.""");
    static final ProtectedMaps SENDER_RELAYS = route(SENDER_DEPENDENT_RELAYHOST_MAPS);
    public static final Parameter<String> SENDER_DEPENDENT_DEFAULT_TRANSPORT_MAPS = text("sender_dependent_default_transport_maps", "", """
        Tables of transport:nexthop by sender address and @domain, before $default_transport.""");
    static final ProtectedMaps SENDER_TRANSPORTS = route(SENDER_DEPENDENT_DEFAULT_TRANSPORT_MAPS);
    public static final Parameter<String> EMPTY_ADDRESS_RELAYHOST_KEY = text("empty_address_relayhost_maps_lookup_key", "<>", """
        Key of the null sender in $sender_dependent_relayhost_maps.""");
    public static final Parameter<String> EMPTY_ADDRESS_TRANSPORT_KEY = text("empty_address_default_transport_maps_lookup_key", "<>", """
        Key of the null sender in $sender_dependent_default_transport_maps.""");
    public static final Parameter<String> TRANSPORT_MAPS = text("transport_maps", "", """
        Tables of transport:nexthop by recipient address or domain, see transport(5).""");
    static final ProtectedMaps TRANSPORTS = route(TRANSPORT_MAPS);
    public static final Parameter<String> RELOCATED_MAPS = text("relocated_maps", "", """
        Tables with the new places of users and domains that have moved.""");
    public static final Parameter<Boolean> RELOCATED_PREFIX_ENABLE = yesNo("relocated_prefix_enable", "yes", """
        Put "5.1.6 User has moved to " before the text found in $relocated_maps.""");
    public static final Parameter<Boolean> RESOLVE_DEQUOTED_ADDRESS = yesNo("resolve_dequoted_address", "yes", """
        Look for @, % and ! inside a quoted local part, too. Leave it on: with "no" a quoted recipient can be relayed through this system.""");
    public static final Parameter<Boolean> RESOLVE_NUMERIC_DOMAIN = yesNo("resolve_numeric_domain", "no", """
        Take user@1.2.3.4 for user@[1.2.3.4] instead of refusing it.""");
    public static final Parameter<String> EMPTY_ADDRESS_RECIPIENT = text("empty_address_recipient", "MAILER-DAEMON", """
        Recipient of mail addressed to the null address.""");
    public static final Parameter<Boolean> SMTPUTF8_ENABLE = yesNo("smtputf8_enable", "${{$compatibility_level} <level {1} ? {no} : {yes}}", """
        Domains may have letters outside US-ASCII.""");
    public static final Parameter<Boolean> SHOW_USER_UNKNOWN_TABLE_NAME = yesNo("show_user_unknown_table_name", "yes", """
        Name the table in "User unknown" replies.""");

    private static ProtectedMaps route(Parameter<String> maps) {
        return new ProtectedMaps(maps, Protection.NO_SUBSTITUTION, "");
    }
}
