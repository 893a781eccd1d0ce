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

    public static final Parameter<Integer> LMTP_TLS_LOGLEVEL = integer("lmtp_tls_loglevel", "0", 0, """
        The LMTP form of smtp_tls_loglevel.""");

    public static final Parameter<Boolean> LMTP_LOG_TLS_FEATURE_STATUS = yesNo("lmtp_log_tls_feature_status", "yes", """
        The LMTP form of smtp_log_tls_feature_status.""");

    public static final Parameter<Protocols> LMTP_TLS_PROTOCOLS = SmtpTlsParameters.protocols("lmtp_tls_protocols", """
        The LMTP form of smtp_tls_protocols.""");

    public static final Parameter<Protocols> LMTP_TLS_MANDATORY_PROTOCOLS = SmtpTlsParameters.protocols("lmtp_tls_mandatory_protocols", """
        The LMTP form of smtp_tls_mandatory_protocols.""");

    public static final Parameter<String> LMTP_TLS_SERVERNAME = text("lmtp_tls_servername", "", """
        The LMTP form of smtp_tls_servername.""");
}
