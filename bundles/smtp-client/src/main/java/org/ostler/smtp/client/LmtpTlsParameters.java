// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.tls.Protocols;

/** Parameters of the LMTP client that say when and how TLS is spoken: twins of those of {@link SmtpTlsParameters}. */
@Component(service = ParameterSet.class)
public final class LmtpTlsParameters extends ParameterSet {

    public static final Parameter<String> LMTP_TLS_SECURITY_LEVEL = choice("lmtp_tls_security_level", "", SmtpTlsParameters.LEVELS, """
        The LMTP form of smtp_tls_security_level.""");

    public static final Parameter<Boolean> LMTP_USE_TLS = yesNo("lmtp_use_tls", "no", """
        The LMTP form of smtp_use_tls.""");

    public static final Parameter<Boolean> LMTP_ENFORCE_TLS = yesNo("lmtp_enforce_tls", "no", """
        The LMTP form of smtp_enforce_tls.""");

    public static final Parameter<Boolean> LMTP_TLS_ENFORCE_PEERNAME = yesNo("lmtp_tls_enforce_peername", "yes", """
        The LMTP form of smtp_tls_enforce_peername.""");

    public static final Parameter<Boolean> LMTP_TLS_WRAPPERMODE = yesNo("lmtp_tls_wrappermode", "no", """
        The LMTP form of smtp_tls_wrappermode.""");

    public static final Parameter<Boolean> LMTP_TLS_CONNECTION_REUSE = yesNo("lmtp_tls_connection_reuse", "no", """
        The LMTP form of smtp_tls_connection_reuse.""");

    public static final Parameter<Integer> LMTP_TLS_LOGLEVEL = SmtpTlsParameters.logLevel("lmtp_tls_loglevel", """
        The LMTP form of smtp_tls_loglevel.""");

    public static final Parameter<String> LMTP_TLS_LOGLEVEL_MAPS = text("lmtp_tls_loglevel_maps", "", """
        The LMTP form of smtp_tls_loglevel_maps.""");

    public static final Parameter<Boolean> LMTP_LOG_TLS_FEATURE_STATUS = yesNo("lmtp_log_tls_feature_status", "yes", """
        The LMTP form of smtp_log_tls_feature_status.""");

    public static final Parameter<Protocols> LMTP_TLS_PROTOCOLS = SmtpTlsParameters.protocols("lmtp_tls_protocols", """
        The LMTP form of smtp_tls_protocols.""");

    public static final Parameter<Protocols> LMTP_TLS_MANDATORY_PROTOCOLS = SmtpTlsParameters.protocols("lmtp_tls_mandatory_protocols", """
        The LMTP form of smtp_tls_mandatory_protocols.""");

    public static final Parameter<String> LMTP_TLS_SERVERNAME = text("lmtp_tls_servername", "", """
        The LMTP form of smtp_tls_servername.""");

    public static final Parameter<String> LMTP_TLS_POLICY_MAPS = text("lmtp_tls_policy_maps", "", """
        The LMTP form of smtp_tls_policy_maps.""");

    public static final Parameter<String> LMTP_TLS_PER_SITE = text("lmtp_tls_per_site", "", """
        The LMTP form of smtp_tls_per_site.""");

    public static final Parameter<String> LMTP_TLS_CIPHERS = text("lmtp_tls_ciphers", "medium", """
        The LMTP form of smtp_tls_ciphers.""");

    public static final Parameter<String> LMTP_TLS_EXCLUDE_CIPHERS = text("lmtp_tls_exclude_ciphers", "", """
        The LMTP form of smtp_tls_exclude_ciphers.""");

    public static final Parameter<String> LMTP_TLS_MANDATORY_CIPHERS = text("lmtp_tls_mandatory_ciphers", "medium", """
        The LMTP form of smtp_tls_mandatory_ciphers.""");

    public static final Parameter<String> LMTP_TLS_MANDATORY_EXCLUDE_CIPHERS = text("lmtp_tls_mandatory_exclude_ciphers", "", """
        The LMTP form of smtp_tls_mandatory_exclude_ciphers.""");

    public static final Parameter<String> LMTP_TLS_VERIFY_CERT_MATCH = text("lmtp_tls_verify_cert_match", "hostname", """
        The LMTP form of smtp_tls_verify_cert_match.""");

    public static final Parameter<String> LMTP_TLS_SECURE_CERT_MATCH = text("lmtp_tls_secure_cert_match", "nexthop", """
        The LMTP form of smtp_tls_secure_cert_match.""");

    public static final Parameter<String> LMTP_TLS_FINGERPRINT_CERT_MATCH = text("lmtp_tls_fingerprint_cert_match", "", """
        The LMTP form of smtp_tls_fingerprint_cert_match.""");

    public static final Parameter<String> LMTP_TLS_FINGERPRINT_DIGEST = text("lmtp_tls_fingerprint_digest", "${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}", """
        The LMTP form of smtp_tls_fingerprint_digest.""");

    public static final Parameter<String> LMTP_TLS_TRUST_ANCHOR_FILE = text("lmtp_tls_trust_anchor_file", "", """
        The LMTP form of smtp_tls_trust_anchor_file.""");

    public static final Parameter<Boolean> LMTP_TLS_NOTE_STARTTLS_OFFER = yesNo("lmtp_tls_note_starttls_offer", "no", """
        The LMTP form of smtp_tls_note_starttls_offer.""");

    public static final Parameter<Boolean> LMTP_TLS_BLOCK_EARLY_MAIL_REPLY = yesNo("lmtp_tls_block_early_mail_reply", "no", """
        The LMTP form of smtp_tls_block_early_mail_reply.""");

    public static final Parameter<Boolean> LMTP_TLS_ENFORCE_STS_MX_PATTERNS = yesNo("lmtp_tls_enforce_sts_mx_patterns", "yes", """
        The LMTP form of smtp_tls_enforce_sts_mx_patterns.""");

    public static final Parameter<String> LMTP_REQUIRETLS_POLICY = text("lmtp_requiretls_policy", "opportunistic", """
        The LMTP form of smtp_requiretls_policy.""");

    public static final Parameter<Boolean> LMTP_TLS_ENABLE_RPK = yesNo("lmtp_tls_enable_rpk", "no", """
        The LMTP form of smtp_tls_enable_rpk.""");

    public static final Parameter<Boolean> LMTP_TLS_FORCE_INSECURE_HOST_TLSA_LOOKUP = yesNo("lmtp_tls_force_insecure_host_tlsa_lookup", "no", """
        The LMTP form of smtp_tls_force_insecure_host_tlsa_lookup.""");
}
