// SPDX-License-Identifier: Apache-2.0
package org.ostler.cleanup;

import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** Parameters of cleanup. */
@Component(service = ParameterSet.class)
public final class CleanupParameters extends ParameterSet {

    public static final Parameter<Integer> HOPCOUNT_LIMIT = integer("hopcount_limit", "50", 1, """
        Most Received headers; a message with more is looping and is refused.""");
    public static final Parameter<Integer> HEADER_SIZE_LIMIT = integer("header_size_limit", "102400", 1, """
        Most bytes of one header; the rest of it is dropped.""");
    public static final Parameter<Long> MESSAGE_SIZE_LIMIT = size("message_size_limit", "10240000", 0, """
        Most bytes of a message, header included; 0 for no limit.""");
    public static final Parameter<String> ALWAYS_BCC = text("always_bcc", "", """
        Address that gets a copy of every message.""");
    public static final Parameter<String> SENDER_BCC_MAPS = text("sender_bcc_maps", "", """
        Tables from a sender to an address that gets a copy.""");
    public static final Parameter<String> RECIPIENT_BCC_MAPS = text("recipient_bcc_maps", "", """
        Tables from a recipient to an address that gets a copy.""");
    public static final Parameter<String> VIRTUAL_ALIAS_MAPS = text("virtual_alias_maps", "$virtual_maps", """
        Tables from a recipient to other recipients, asked again for each result.""");
    public static final Parameter<Integer> VIRTUAL_ALIAS_EXPANSION_LIMIT = integer("virtual_alias_expansion_limit", "1000", 1, """
        Most recipients that one recipient may expand to.""");
    public static final Parameter<Integer> VIRTUAL_ALIAS_RECURSION_LIMIT = integer("virtual_alias_recursion_limit", "1000", 1, """
        Deepest nesting of virtual aliases.""");
    public static final Parameter<Integer> VIRTUAL_ALIAS_ADDRESS_LENGTH_LIMIT = integer("virtual_alias_address_length_limit", "1000", 1, """
        Longest result of a virtual alias.""");
    public static final Parameter<Boolean> ENABLE_ORIGINAL_RECIPIENT = yesNo("enable_original_recipient", "yes", """
        Keep apart recipients that were given under different names.""");
    public static final Parameter<Integer> DUPLICATE_FILTER_LIMIT = integer("duplicate_filter_limit", "1000", 0, """
        How many recipients are remembered to find duplicates; 0 for no limit.""");
    public static final Parameter<List<String>> MESSAGE_DROP_HEADERS = list("message_drop_headers", "bcc, content-length, resent-bcc, return-path", """
        Names of headers that are removed.""");
    public static final Parameter<String> UNDISCLOSED_RECIPIENTS_HEADER = text("undisclosed_recipients_header", "", """
        Header added to a message without To, Cc and their Resent forms; empty for none.""");
    public static final Parameter<Boolean> ALWAYS_ADD_MISSING_HEADERS = yesNo("always_add_missing_headers", "no", """
        Add missing From, Date and Message-Id headers also to mail of remote clients.""");
    public static final Parameter<String> REMOTE_HEADER_REWRITE_DOMAIN = text("remote_header_rewrite_domain", "", """
        Domain that completes header addresses of remote clients; empty: they are left alone.""");
    public static final Parameter<List<String>> PROPAGATE_UNMATCHED_EXTENSIONS = list("propagate_unmatched_extensions", "canonical, virtual", """
        Which address rewritings keep the address extension.""");
    public static final Parameter<Boolean> DETECT_8BIT_ENCODING_HEADER = yesNo("detect_8bit_encoding_header", "yes", """
        Take a Content-Transfer-Encoding header for what the body holds.""");
    public static final Parameter<List<String>> SMTPUTF8_AUTODETECT_CLASSES = list("smtputf8_autodetect_classes", "sendmail, verify", """
        Origins whose mail is looked at for text that needs SMTPUTF8.""");
    public static final Parameter<Boolean> REQUIRETLS_ENABLE = yesNo("requiretls_enable", "yes", """
        REQUIRETLS (RFC 8689): a sender asks that every host on the way proves who it is, over TLS.""");
    public static final Parameter<Boolean> REQUIRETLS_ESMTP_HEADER = yesNo("requiretls_esmtp_header", "yes", """
        Record REQUIRETLS in a header "Require-TLS-ESMTP: yes", and take that header for it, so that it survives a content filter.""");
    public static final Parameter<Boolean> TLS_REQUIRED_ENABLE = yesNo("tls_required_enable", "yes", """
        Obey the header "TLS-Required: no" (RFC 8689): the message goes with what TLS there is, and no policy is looked up.""");
}
