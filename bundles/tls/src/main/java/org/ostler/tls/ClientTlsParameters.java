// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.time.Duration;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** Parameters of the clients' side, each for SMTP and for LMTP: certificates to show, authorities to judge by, sessions to resume. Levels and policies are the clients' own. */
@Component(service = ParameterSet.class)
public final class ClientTlsParameters extends ParameterSet {

    public static final Parameter<List<String>> SMTP_TLS_CHAIN_FILES = list("smtp_tls_chain_files", "", """
        PEM files with keys and certificates that the client shows to servers that ask, in the form of smtpd_tls_chain_files. Where set, the four parameters below are not used.""");

    public static final Parameter<String> SMTP_TLS_CERT_FILE = text("smtp_tls_cert_file", "", """
        PEM file with an RSA certificate that the client shows to servers that ask, then the issuers' certificates.""");

    public static final Parameter<String> SMTP_TLS_KEY_FILE = text("smtp_tls_key_file", "$smtp_tls_cert_file", """
        PEM file with the private key of smtp_tls_cert_file, not encrypted.""");

    public static final Parameter<String> SMTP_TLS_ECCERT_FILE = text("smtp_tls_eccert_file", "", """
        PEM file with an ECDSA certificate; may stand beside the RSA one.""");

    public static final Parameter<String> SMTP_TLS_ECKEY_FILE = text("smtp_tls_eckey_file", "$smtp_tls_eccert_file", """
        PEM file with the private key of smtp_tls_eccert_file, not encrypted.""");

    public static final Parameter<String> SMTP_TLS_CAFILE = text("smtp_tls_CAfile", "", """
        PEM file with the authorities that servers' certificates are judged by. Certificates in it that are not self-signed help to build chains.""");

    public static final Parameter<String> SMTP_TLS_CAPATH = text("smtp_tls_CApath", "", """
        Directory with such authorities, one or more to a file; names by hash, as OpenSSL wants them, are not needed.""");

    public static final Parameter<Integer> SMTP_TLS_SCERT_VERIFYDEPTH = integer("smtp_tls_scert_verifydepth", "9", 0, """
        How many certificates may stand between the server's own and the authority's; one more passes, as in Postfix.""");

    public static final Parameter<String> SMTP_TLS_SESSION_CACHE_DATABASE = text("smtp_tls_session_cache_database", "", """
        Set to anything, such as "btree:${data_directory}/smtp_scache": sessions are kept, in memory, and resumed under the same policy. Empty: every handshake is a full one.""");

    public static final Parameter<Duration> SMTP_TLS_SESSION_CACHE_TIMEOUT = time("smtp_tls_session_cache_timeout", "3600s", """
        How long a session may be resumed. 0: never.""");

    public static final Parameter<List<String>> LMTP_TLS_CHAIN_FILES = list("lmtp_tls_chain_files", "", """
        The LMTP form of smtp_tls_chain_files.""");

    public static final Parameter<String> LMTP_TLS_CERT_FILE = text("lmtp_tls_cert_file", "", """
        The LMTP form of smtp_tls_cert_file.""");

    public static final Parameter<String> LMTP_TLS_KEY_FILE = text("lmtp_tls_key_file", "$lmtp_tls_cert_file", """
        The LMTP form of smtp_tls_key_file.""");

    public static final Parameter<String> LMTP_TLS_ECCERT_FILE = text("lmtp_tls_eccert_file", "", """
        The LMTP form of smtp_tls_eccert_file.""");

    public static final Parameter<String> LMTP_TLS_ECKEY_FILE = text("lmtp_tls_eckey_file", "$lmtp_tls_eccert_file", """
        The LMTP form of smtp_tls_eckey_file.""");

    public static final Parameter<String> LMTP_TLS_CAFILE = text("lmtp_tls_CAfile", "", """
        The LMTP form of smtp_tls_CAfile.""");

    public static final Parameter<String> LMTP_TLS_CAPATH = text("lmtp_tls_CApath", "", """
        The LMTP form of smtp_tls_CApath.""");

    public static final Parameter<Integer> LMTP_TLS_SCERT_VERIFYDEPTH = integer("lmtp_tls_scert_verifydepth", "9", 0, """
        The LMTP form of smtp_tls_scert_verifydepth.""");

    public static final Parameter<String> LMTP_TLS_SESSION_CACHE_DATABASE = text("lmtp_tls_session_cache_database", "", """
        The LMTP form of smtp_tls_session_cache_database.""");

    public static final Parameter<Duration> LMTP_TLS_SESSION_CACHE_TIMEOUT = time("lmtp_tls_session_cache_timeout", "3600s", """
        The LMTP form of smtp_tls_session_cache_timeout.""");
}
