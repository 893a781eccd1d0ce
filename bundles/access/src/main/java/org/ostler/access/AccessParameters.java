// SPDX-License-Identifier: Apache-2.0
package org.ostler.access;

import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.Settings;

/** Parameters of the restriction lists: the lists, what they compare with, the codes they answer. */
@Component(service = ParameterSet.class)
public final class AccessParameters extends ParameterSet {

    @Override
    public List<Finding> check(Settings settings) {
        return ListCheck.of(settings, List.of(CLIENT, HELO, SENDER, RELAY, RECIPIENT, DATA, END_OF_DATA, ETRN));
    }

    public static final Parameter<List<String>> CLIENT = list("smtpd_client_restrictions", "", """
        What is asked when a client connects; with $smtpd_delay_reject the answer comes at RCPT TO.""");
    public static final Parameter<List<String>> HELO = list("smtpd_helo_restrictions", "", """
        What is asked at HELO and EHLO.""");
    public static final Parameter<List<String>> SENDER = list("smtpd_sender_restrictions", "", """
        What is asked at MAIL FROM.""");
    public static final Parameter<List<String>> RELAY = list("smtpd_relay_restrictions",
            "${{$compatibility_level} <level {1} ? {} : {permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination}}", """
        Relay control at RCPT TO. It or $smtpd_recipient_restrictions must hold a word that denies relaying, or no recipient is accepted.""");
    public static final Parameter<List<String>> RECIPIENT = list("smtpd_recipient_restrictions", "", """
        What is asked at RCPT TO besides relay control: spam blocking.""");
    public static final Parameter<List<String>> DATA = list("smtpd_data_restrictions", "", """
        What is asked at DATA and BDAT.""");
    public static final Parameter<List<String>> END_OF_DATA = list("smtpd_end_of_data_restrictions", "", """
        What is asked when the message has come in whole.""");
    public static final Parameter<List<String>> ETRN = list("smtpd_etrn_restrictions", "", """
        What is asked at ETRN.""");
    public static final Parameter<List<String>> CLASSES = list("smtpd_restriction_classes", "", """
        Names of parameters that hold restriction lists and are words of the language themselves.""");
    public static final Parameter<Boolean> DELAY_REJECT = yesNo("smtpd_delay_reject", "yes", """
        Answer client, HELO and sender lists at RCPT TO and ETRN, so that the log shows sender and recipient.""");
    public static final Parameter<Boolean> RELAY_FIRST = yesNo("smtpd_relay_before_recipient_restrictions",
            "${{$compatibility_level} <level {3.6} ? {no} : {yes}}", """
        Ask $smtpd_relay_restrictions before $smtpd_recipient_restrictions.""");
    public static final Parameter<Boolean> REJECT_UNLISTED_RECIPIENT = yesNo("smtpd_reject_unlisted_recipient", "yes", """
        Refuse recipients that no table of their address class knows, when no list has said so already.""");
    public static final Parameter<Boolean> REJECT_UNLISTED_SENDER = yesNo("smtpd_reject_unlisted_sender", "no", """
        Refuse senders in our domains that no table of their address class knows.""");
    public static final Parameter<Boolean> SMTPUTF8 = yesNo("smtputf8_enable", "${{$compatibility_level} <level {1} ? {no} : {yes}}", """
        Domains in addresses may have letters outside US-ASCII.""");
    public static final Parameter<Boolean> SHOW_TABLE = yesNo("show_user_unknown_table_name", "yes", """
        Name the table in "User unknown" replies.""");
    public static final Parameter<Boolean> ALLOW_UNTRUSTED_ROUTING = yesNo("allow_untrusted_routing", "no", """
        Relay user%elsewhere@domain and the like for strangers to domains that we relay to.""");
    public static final Parameter<String> MYNETWORKS = text("mynetworks", "127.0.0.0/8 [::1]/128", """
        Clients that may relay: networks, addresses, host names, /file, type:table, !pattern.""");
    public static final Parameter<String> LOCAL_RECIPIENT_MAPS = text("local_recipient_maps", "proxy:unix:passwd.byname $alias_maps", """
        All local recipients; empty accepts any.""");
    public static final Parameter<String> VIRTUAL_MAILBOX_MAPS = text("virtual_mailbox_maps", "", """
        All recipients in $virtual_mailbox_domains; empty accepts any.""");
    public static final Parameter<String> RELAY_RECIPIENT_MAPS = text("relay_recipient_maps", "", """
        All recipients in $relay_domains; empty accepts any.""");
    public static final Parameter<String> RELAY_CLIENTCERTS = text("relay_clientcerts", "", """
        Tables with fingerprints of client certificates, or of their keys, that permit_tls_clientcerts permits; see smtpd_tls_fingerprint_digest. The values do not matter.""");
    public static final Parameter<String> NULL_ACCESS_KEY = text("smtpd_null_access_lookup_key", "<>", """
        Key of the null sender in access tables.""");
    public static final Parameter<Integer> REJECT_CODE = integer("reject_code", "554", 400, 599, """
        Reply code of the word "reject".""");
    public static final Parameter<Integer> DEFER_CODE = integer("defer_code", "450", 400, 499, """
        Reply code of the word "defer".""");
    public static final Parameter<Integer> MAP_REJECT_CODE = integer("access_map_reject_code", "554", 400, 599, """
        Reply code of REJECT in an access table.""");
    public static final Parameter<Integer> MAP_DEFER_CODE = integer("access_map_defer_code", "450", 400, 499, """
        Reply code of DEFER, DEFER_IF_PERMIT and DEFER_IF_REJECT in an access table.""");
    public static final Parameter<Integer> RELAY_CODE = integer("relay_domains_reject_code", "554", 400, 599, """
        Reply code of reject_unauth_destination; defer_unauth_destination answers 100 less.""");
    public static final Parameter<Integer> UNKNOWN_CLIENT_CODE = integer("unknown_client_reject_code", "450", 400, 599, """
        Reply code for clients whose name cannot be found or verified.""");
    public static final Parameter<Integer> INVALID_HOSTNAME_CODE = integer("invalid_hostname_reject_code", "501", 400, 599, """
        Reply code of reject_invalid_helo_hostname.""");
    public static final Parameter<Integer> NON_FQDN_CODE = integer("non_fqdn_reject_code", "504", 400, 599, """
        Reply code of the reject_non_fqdn words.""");
    public static final Parameter<Integer> UNKNOWN_HOSTNAME_CODE = integer("unknown_hostname_reject_code", "450", 400, 599, """
        Reply code of reject_unknown_helo_hostname.""");
    public static final Parameter<Integer> UNKNOWN_ADDRESS_CODE = integer("unknown_address_reject_code", "450", 400, 599, """
        Reply code of reject_unknown_sender_domain and reject_unknown_recipient_domain.""");
    public static final Parameter<Integer> UNKNOWN_LOCAL_CODE = integer("unknown_local_recipient_reject_code", "550", 400, 599, """
        Reply code for recipients not in $local_recipient_maps.""");
    public static final Parameter<Integer> UNKNOWN_ALIAS_CODE = integer("unknown_virtual_alias_reject_code", "550", 400, 599, """
        Reply code for recipients in $virtual_alias_domains that are no alias.""");
    public static final Parameter<Integer> UNKNOWN_MAILBOX_CODE = integer("unknown_virtual_mailbox_reject_code", "550", 400, 599, """
        Reply code for recipients not in $virtual_mailbox_maps.""");
    public static final Parameter<Integer> UNKNOWN_RELAY_CODE = integer("unknown_relay_recipient_reject_code", "550", 400, 599, """
        Reply code for recipients not in $relay_recipient_maps.""");
    public static final Parameter<Integer> PLAINTEXT_CODE = integer("plaintext_reject_code", "450", 400, 599, """
        Reply code of reject_plaintext_session.""");
    public static final Parameter<Integer> MULTI_RECIPIENT_BOUNCE_CODE = integer("multi_recipient_bounce_reject_code", "550", 400, 599, """
        Reply code of reject_multi_recipient_bounce.""");
}
