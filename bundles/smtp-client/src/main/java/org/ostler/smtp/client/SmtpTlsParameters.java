// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.tls.Protocols;

/** Parameters of the SMTP client that say when and how TLS is spoken. {@link LmtpTlsParameters} has their twins. */
@Component(service = ParameterSet.class)
public final class SmtpTlsParameters extends ParameterSet {

    static final List<String> LEVELS = List.of("", "none", "may", "encrypt", "dane", "dane-only", "fingerprint", "verify", "secure");

    public static final Parameter<String> SMTP_TLS_SECURITY_LEVEL = choice("smtp_tls_security_level", "${{$compatibility_level} <level {3.11} ? {} : {may}}", LEVELS, """
        none, may (TLS where offered) or encrypt (TLS or no delivery). The levels above these hold mail back with a warning in this \
        version.""");

    public static final Parameter<Boolean> SMTP_USE_TLS = yesNo("smtp_use_tls", "no", """
        Old form of security level may.""");

    public static final Parameter<Boolean> SMTP_ENFORCE_TLS = yesNo("smtp_enforce_tls", "no", """
        Old form of security level encrypt, where tls_enforce_peername is off.""");

    public static final Parameter<Boolean> SMTP_TLS_ENFORCE_PEERNAME = yesNo("smtp_tls_enforce_peername", "yes", """
        With enforce_tls: names are compared, which this version cannot: mail is held back.""");

    public static final Parameter<Boolean> SMTP_TLS_WRAPPERMODE = yesNo("smtp_tls_wrappermode", "no", """
        TLS from the first byte, as on port 465; needs security level encrypt.""");

    public static final Parameter<Boolean> SMTP_TLS_CONNECTION_REUSE = yesNo("smtp_tls_connection_reuse", "no", """
        Connections with TLS are used over and over too.""");

    public static final Parameter<Integer> SMTP_TLS_LOGLEVEL = integer("smtp_tls_loglevel", "0", 0, """
        1 or more: a line in the log for every TLS handshake.""");

    public static final Parameter<Boolean> SMTP_LOG_TLS_FEATURE_STATUS = yesNo("smtp_log_tls_feature_status", "yes", """
        The line in the log for each recipient says tls=none, tls=may or tls=encrypt.""");

    public static final Parameter<Protocols> SMTP_TLS_PROTOCOLS = protocols("smtp_tls_protocols", """
        TLS versions that the SMTP client speaks at level "may".""");

    public static final Parameter<Protocols> SMTP_TLS_MANDATORY_PROTOCOLS = protocols("smtp_tls_mandatory_protocols", """
        TLS versions that the SMTP client speaks at level "encrypt".""");

    public static final Parameter<String> SMTP_TLS_SERVERNAME = text("smtp_tls_servername", "", """
        Name sent to the server for it to choose a certificate by: "hostname", "nexthop" or a name. Empty: none is sent.""");

    static Parameter<Protocols> protocols(String name, String prose) {
        return new Parameter<>(name, "list", ">=TLSv1", prose, Protocols::parse);
    }
}
