// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.time.Duration;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.tls.Protocols;

/** Parameters of transport security: certificates, protocol versions, session lifetime. */
@Component(service = ParameterSet.class)
public final class TlsParameters extends ParameterSet {

    public static final Parameter<List<String>> SMTPD_TLS_CHAIN_FILES = list("smtpd_tls_chain_files", "", """
        PEM files with a private key followed by its certificate and the issuers' certificates; several keys of different kinds may follow each other. \
        Where set, the four parameters below are not used. Files are read again when they change.""");

    public static final Parameter<String> SMTPD_TLS_CERT_FILE = text("smtpd_tls_cert_file", "", """
        PEM file with the server's RSA certificate, then the issuers' certificates. Empty or "none": no such certificate.""");

    public static final Parameter<String> SMTPD_TLS_KEY_FILE = text("smtpd_tls_key_file", "$smtpd_tls_cert_file", """
        PEM file with the private key of smtpd_tls_cert_file, not encrypted.""");

    public static final Parameter<String> SMTPD_TLS_ECCERT_FILE = text("smtpd_tls_eccert_file", "", """
        PEM file with the server's ECDSA certificate, then the issuers' certificates; may stand beside the RSA one.""");

    public static final Parameter<String> SMTPD_TLS_ECKEY_FILE = text("smtpd_tls_eckey_file", "$smtpd_tls_eccert_file", """
        PEM file with the private key of smtpd_tls_eccert_file, not encrypted.""");

    public static final Parameter<Protocols> SMTPD_TLS_PROTOCOLS = protocols("smtpd_tls_protocols", """
        TLS versions that the server speaks where TLS is optional: ">=TLSv1.2", or a list of versions, or of versions to leave out with "!". \
        The JDK's own policy (jdk.tls.disabledAlgorithms) leaves out TLSv1 and TLSv1.1 in any case.""");

    public static final Parameter<Protocols> SMTPD_TLS_MANDATORY_PROTOCOLS = protocols("smtpd_tls_mandatory_protocols", """
        As smtpd_tls_protocols, where smtpd_tls_security_level is "encrypt".""");

    public static final Parameter<Duration> SMTPD_TLS_SESSION_CACHE_TIMEOUT = time("smtpd_tls_session_cache_timeout", "3600s", """
        How long a client may resume a session. 0 means one second here, which in practice is never.""");

    private static Parameter<Protocols> protocols(String name, String prose) {
        return new Parameter<>(name, "list", ">=TLSv1", prose, Protocols::parse);
    }
}
