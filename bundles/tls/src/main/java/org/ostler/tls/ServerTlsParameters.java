// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.time.Duration;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.tls.Protocols;

/** Parameters of the server's side: its certificates, what it asks of clients, protocol versions and ciphers, session lifetime. */
@Component(service = ParameterSet.class)
public final class ServerTlsParameters extends ParameterSet {

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

    public static final Parameter<String> SMTPD_TLS_CAFILE = text("smtpd_tls_CAfile", "", """
        PEM file with the authorities that client certificates are judged by; their names are sent to the client.""");

    public static final Parameter<String> SMTPD_TLS_CAPATH = text("smtpd_tls_CApath", "", """
        Directory with such authorities, one or more to a file; names by hash, as OpenSSL wants them, are not needed.""");

    public static final Parameter<Boolean> SMTPD_TLS_ASK_CCERT = yesNo("smtpd_tls_ask_ccert", "no", """
        Ask the client for a certificate; whether it shows one, and a good one, changes nothing by itself.""");

    public static final Parameter<Boolean> SMTPD_TLS_REQ_CCERT = yesNo("smtpd_tls_req_ccert", "no", """
        Where TLS is mandatory: ask for a certificate, and end the session of a client that shows none of a trusted authority. Elsewhere it counts for nothing, with a warning.""");

    public static final Parameter<Integer> SMTPD_TLS_CCERT_VERIFYDEPTH = integer("smtpd_tls_ccert_verifydepth", "9", 0, """
        How many certificates may stand between the client's own and the authority's; one more passes, as in Postfix.""");

    public static final Parameter<Protocols> SMTPD_TLS_PROTOCOLS = protocols("smtpd_tls_protocols", """
        TLS versions that the server speaks where TLS is optional: ">=TLSv1.2", or a list of versions, or of versions to leave out with "!". \
        The JDK's own policy (jdk.tls.disabledAlgorithms) leaves out TLSv1 and TLSv1.1 in any case.""");

    public static final Parameter<Protocols> SMTPD_TLS_MANDATORY_PROTOCOLS = protocols("smtpd_tls_mandatory_protocols", """
        As smtpd_tls_protocols, where smtpd_tls_security_level is "encrypt".""");

    public static final Parameter<String> SMTPD_TLS_CIPHERS = text("smtpd_tls_ciphers", "medium", """
        Weakest grade of ciphers where TLS is optional: high, medium, null; low and export are medium.""");

    public static final Parameter<String> SMTPD_TLS_MANDATORY_CIPHERS = text("smtpd_tls_mandatory_ciphers", "medium", """
        As smtpd_tls_ciphers, where smtpd_tls_security_level is "encrypt".""");

    public static final Parameter<String> SMTPD_TLS_EXCLUDE_CIPHERS = text("smtpd_tls_exclude_ciphers", "", """
        Ciphers and kinds of ciphers, by OpenSSL's names, that the server does not speak.""");

    public static final Parameter<String> SMTPD_TLS_MANDATORY_EXCLUDE_CIPHERS = text("smtpd_tls_mandatory_exclude_ciphers", "", """
        More of these where smtpd_tls_security_level is "encrypt".""");

    public static final Parameter<Duration> SMTPD_TLS_SESSION_CACHE_TIMEOUT = time("smtpd_tls_session_cache_timeout", "3600s", """
        How long a client may resume a session. 0: never; no tickets are given out.""");

    public static final Parameter<String> SMTPD_TLS_SESSION_CACHE_DATABASE = text("smtpd_tls_session_cache_database", "", """
        Accepted as it is: sessions of clients that know no tickets are kept in memory, whatever type and file are named.""");

    private static Parameter<Protocols> protocols(String name, String prose) {
        return new Parameter<>(name, "list", ">=TLSv1", prose, Protocols::parse);
    }
}
