// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.Settings;

/** Parameters of transport security that both sides share: cipher lists, groups, authorities, the implementation. */
@Component(service = ParameterSet.class)
public final class TlsParameters extends ParameterSet {

    /** Lists of versions where none is left that Java lets anybody speak, and grades that do not exist: without this it would be seen at the first handshake only. */
    @Override
    public List<Finding> check(Settings settings) {
        return Stream.concat(DisabledVersions.findings(settings).stream(), Ciphers.findings(settings).stream()).toList();
    }

    /** The same of a policy table's entry; what else is wrong with one says the client. */
    @Override
    public Optional<EntryCheck> entryCheck(String parameter) {
        boolean policies = parameter.equals("smtp_tls_policy_maps") || parameter.equals("lmtp_tls_policy_maps");
        return policies ? Optional.of((_, value) -> DisabledVersions.mistake(value)) : Optional.empty();
    }

    public static final Parameter<String> TLS_PROVIDER = text("tls_provider", "jsse", """
        Who speaks TLS: "jsse", the JDK's own implementation, or the name of an engine that another bundle brings as a service: "bc", Bouncy Castle's, with post-quantum key exchange. \
        Where the engine is not there, connections fail and mail waits.""");

    public static final Parameter<String> TLS_HIGH_CIPHERLIST = text("tls_high_cipherlist",
            "aNULL:-aNULL:HIGH:!SEED:!IDEA:!3DES:!RC2:!RC4:!RC5:!kDH:!kECDH:!aDSS:!MD5:@STRENGTH", """
        OpenSSL cipher list of grade "high". It speaks of TLS 1.2 and older; what TLS 1.3 has is always on.""");

    public static final Parameter<String> TLS_MEDIUM_CIPHERLIST = text("tls_medium_cipherlist",
            "aNULL:-aNULL:HIGH:MEDIUM:!SEED:!IDEA:!3DES:!RC2:!RC4:!RC5:!kDH:!kECDH:!aDSS:!MD5:+RC4:@STRENGTH", """
        OpenSSL cipher list of grade "medium"; of grades "low" and "export" too, which no longer have ciphers of their own.""");

    public static final Parameter<String> TLS_NULL_CIPHERLIST = text("tls_null_cipherlist", "eNULL:!kDH:!kECDH:!aDSS:!MD5:!aNULL", """
        OpenSSL cipher list of grade "null", authentication without encryption. The JDK has such ciphers switched off (jdk.tls.disabledAlgorithms).""");

    public static final Parameter<Boolean> TLS_PREEMPT_CIPHERLIST = yesNo("tls_preempt_cipherlist", "no", """
        The server's order of ciphers decides, not the client's.""");

    public static final Parameter<List<String>> TLS_EECDH_AUTO_CURVES = list("tls_eecdh_auto_curves", "X25519 X448 prime256v1 secp384r1 secp521r1", """
        Elliptic curves for key exchange, the preferred first, by OpenSSL's names. Ones that the implementation does not know are left out with a warning.""");

    public static final Parameter<List<String>> TLS_FFDHE_AUTO_GROUPS = list("tls_ffdhe_auto_groups", "ffdhe2048 ffdhe3072", """
        Finite field groups for key exchange, behind the curves.""");

    public static final Parameter<Boolean> TLS_APPEND_DEFAULT_CA = yesNo("tls_append_default_CA", "no", """
        The system's authorities count beside those of CAfile and CApath, where one of these is set: the operating system's list where there is one, else the JDK's.""");

    public static final Parameter<Boolean> TLS_WILDCARD_MATCHES_MULTIPLE_LABELS = yesNo("tls_wildcard_matches_multiple_labels", "yes", """
        A name "*.example.org" in a certificate is good for a.b.example.org too.""");

    public static final Parameter<Boolean> TLS_TRUST_SERVER_CCERTS = yesNo("tls_trust_server_ccerts", "no", """
        Clients may show certificates that are meant for servers only.""");

    public static final Parameter<List<String>> TLS_SSL_OPTIONS = list("tls_ssl_options", "", """
        OpenSSL options. NO_TICKET: the server gives out no session tickets, so clients do not resume. NO_RENEGOTIATION and NO_COMPRESSION are always on here; \
        others have no counterpart and are named in a warning.""");

    public static final Parameter<String> TLS_SERVER_SNI_MAPS = text("tls_server_sni_maps", "", """
        Tables with keys and certificates by the name that a client asks for (SNI), then by its parent domains, ".example.org". A value is PEM text in base64, as \
        "postmap -F" stores it, or the names of files with key and certificates in the form of smtpd_tls_chain_files. A name that is not found gets the usual certificate; \
        a table that cannot answer ends the handshake.""");
}
