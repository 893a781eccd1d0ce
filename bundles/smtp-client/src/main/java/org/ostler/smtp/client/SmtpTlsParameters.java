// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.List;
import java.util.Optional;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tls.Protocols;
import org.ostler.mail.tls.TlsLogLevel;

/** Parameters of the SMTP client that say when and how TLS is spoken. {@link LmtpTlsParameters} has their twins. */
@Component(service = ParameterSet.class)
public final class SmtpTlsParameters extends ParameterSet {

    static final List<String> LEVELS = List.of("", "none", "may", "encrypt", "dane", "dane-only", "fingerprint", "verify", "secure");

    @Override
    public List<Finding> check(Settings settings) {
        return TlsLogLevel.traces(settings, "smtp_tls_loglevel", "lmtp_tls_loglevel");
    }

    @Override
    public Optional<EntryCheck> entryCheck(String parameter) {
        return switch (parameter) {
            case "smtp_tls_policy_maps", "lmtp_tls_policy_maps" -> Optional.of((_, value) -> PolicyTable.parse(value) instanceof PolicyTable.Bad(String why) ? Optional.of(why) : Optional.empty());
            case "smtp_requiretls_policy", "lmtp_requiretls_policy" -> Optional.of((_, value) -> RequireTls.of(value).isPresent() ? Optional.empty() : Optional.of("unknown policy action: '" + value + "'"));
            case "smtp_tls_per_site", "lmtp_tls_per_site" -> Optional.of((_, value) -> PerSite.isKnown(value) ? Optional.empty() : Optional.of("unknown TLS policy '" + value + "'"));
            default -> Optional.empty();
        };
    }

    public static final Parameter<String> SMTP_TLS_SECURITY_LEVEL = choice("smtp_tls_security_level", "${{$compatibility_level} <level {3.11} ? {} : {may}}", LEVELS, """
        none, may (TLS where offered), encrypt (TLS or no delivery), dane (TLSA records where a domain has some, else may), dane-only, fingerprint, verify or secure. \
        What a level asks for and cannot be had puts mail off; it never lowers the level. Empty: smtp_use_tls and smtp_enforce_tls count.""");

    public static final Parameter<Boolean> SMTP_USE_TLS = yesNo("smtp_use_tls", "no", """
        Old form of security level may.""");

    public static final Parameter<Boolean> SMTP_ENFORCE_TLS = yesNo("smtp_enforce_tls", "no", """
        Old form of security level encrypt, or of verify where smtp_tls_enforce_peername is on.""");

    public static final Parameter<Boolean> SMTP_TLS_ENFORCE_PEERNAME = yesNo("smtp_tls_enforce_peername", "yes", """
        With smtp_enforce_tls: certificates and names are compared, level verify.""");

    public static final Parameter<Boolean> SMTP_TLS_WRAPPERMODE = yesNo("smtp_tls_wrappermode", "no", """
        TLS from the first byte, as on port 465; needs level encrypt or above.""");

    public static final Parameter<Boolean> SMTP_TLS_CONNECTION_REUSE = yesNo("smtp_tls_connection_reuse", "no", """
        Connections with TLS are used over and over too, where the policy for their server is still the one they were made under.""");

    public static final Parameter<Integer> SMTP_TLS_LOGLEVEL = logLevel("smtp_tls_loglevel", """
        1: a line in the log for every TLS handshake. 2 and more: the server's certificate, what it was matched by, and what is wrong with TLSA records, too. Up to 4; ",trace" behind it is accepted, \
        and no trace is written.""");

    public static final Parameter<String> SMTP_TLS_LOGLEVEL_MAPS = text("smtp_tls_loglevel_maps", "", """
        Tables from a server's name or address, or parent domains and networks of these, to its smtp_tls_loglevel; DUNNO: the usual one.""");

    public static final Parameter<Boolean> SMTP_LOG_TLS_FEATURE_STATUS = yesNo("smtp_log_tls_feature_status", "yes", """
        The line in the log for each recipient has the TLS level: tls=dane, tls=may:none (lowered), tls=!encrypt (not to be had), tls=dane? (nobody knows).""");

    public static final Parameter<Protocols> SMTP_TLS_PROTOCOLS = protocols("smtp_tls_protocols", """
        TLS versions that the SMTP client speaks at level "may".""");

    public static final Parameter<Protocols> SMTP_TLS_MANDATORY_PROTOCOLS = protocols("smtp_tls_mandatory_protocols", """
        TLS versions that the SMTP client speaks at levels that do not deliver without TLS.""");

    public static final Parameter<String> SMTP_TLS_SERVERNAME = text("smtp_tls_servername", "", """
        Name sent to the server for it to choose a certificate by: "hostname", "nexthop" or a name. Empty: none is sent. DANE and MTA-STS send the name that they ask for.""");

    public static final Parameter<String> SMTP_TLS_POLICY_MAPS = text("smtp_tls_policy_maps", "", """
        Tables with a TLS level, and attributes, for a next hop as written, a domain, or (.example.org) everything below a domain. What stands there comes before DANE, MTA-STS and \
        smtp_tls_security_level.""");

    public static final Parameter<String> SMTP_TLS_PER_SITE = text("smtp_tls_per_site", "", """
        Old form of smtp_tls_policy_maps: NONE, MAY, MUST_NOPEERMATCH or MUST for next hops and host names. Not read where smtp_tls_policy_maps is set.""");

    public static final Parameter<String> SMTP_TLS_CIPHERS = text("smtp_tls_ciphers", "medium", """
        Cipher grade at level "may": high, medium, low, export or null.""");

    public static final Parameter<String> SMTP_TLS_EXCLUDE_CIPHERS = text("smtp_tls_exclude_ciphers", "", """
        Ciphers to leave out at every level.""");

    public static final Parameter<String> SMTP_TLS_MANDATORY_CIPHERS = text("smtp_tls_mandatory_ciphers", "medium", """
        Cipher grade at levels that do not deliver without TLS.""");

    public static final Parameter<String> SMTP_TLS_MANDATORY_EXCLUDE_CIPHERS = text("smtp_tls_mandatory_exclude_ciphers", "", """
        Ciphers to leave out besides, at levels that do not deliver without TLS.""");

    public static final Parameter<String> SMTP_TLS_VERIFY_CERT_MATCH = text("smtp_tls_verify_cert_match", "hostname", """
        Names that count at level "verify": hostname, nexthop, dot-nexthop, names, or (.example.org) everything below a name.""");

    public static final Parameter<String> SMTP_TLS_SECURE_CERT_MATCH = text("smtp_tls_secure_cert_match", "nexthop, dot-nexthop", """
        Names that count at level "secure", as in smtp_tls_verify_cert_match.""");

    public static final Parameter<String> SMTP_TLS_FINGERPRINT_CERT_MATCH = text("smtp_tls_fingerprint_cert_match", "", """
        Digests of server certificates or keys that count at level "fingerprint": hexadecimal bytes, with or without colons.""");

    public static final Parameter<String> SMTP_TLS_FINGERPRINT_DIGEST = text("smtp_tls_fingerprint_digest", "${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}", """
        Algorithm of those digests.""");

    public static final Parameter<String> SMTP_TLS_TRUST_ANCHOR_FILE = text("smtp_tls_trust_anchor_file", "", """
        PEM files with the only authorities that count at levels "verify" and "secure". Empty: those of smtp_tls_CAfile and smtp_tls_CApath.""");

    public static final Parameter<Boolean> SMTP_TLS_NOTE_STARTTLS_OFFER = yesNo("smtp_tls_note_starttls_offer", "no", """
        A line in the log for every server that offers STARTTLS where the level is "none".""");

    public static final Parameter<Boolean> SMTP_TLSRPT_SKIP_REUSED_HANDSHAKES = yesNo("smtp_tlsrpt_skip_reused_handshakes", "no", """
        TLS reports leave out sessions that resumed an earlier one, which proved nothing anew.""");

    public static final Parameter<Boolean> SMTP_TLS_BLOCK_EARLY_MAIL_REPLY = yesNo("smtp_tls_block_early_mail_reply", "no", """
        A server that answers MAIL before it was sent, over TLS, gets no mail: somebody may have put commands into the session (CVE-2009-3555).""");

    public static final Parameter<Boolean> SMTP_TLS_ENFORCE_STS_MX_PATTERNS = yesNo("smtp_tls_enforce_sts_mx_patterns", "yes", """
        Where smtp_tls_policy_maps has a policy of type "sts" with MX patterns: hosts that match none are not connected to, and certificates must have the name of the host.""");

    public static final Parameter<Boolean> SMTP_TLS_ENABLE_RPK = yesNo("smtp_tls_enable_rpk", "no", """
        Accepted for compatibility: the JDK has no raw public keys (RFC 7250), so servers are asked for certificates in any case.""");

    public static final Parameter<String> SMTP_TLS_DANE_INSECURE_MX_POLICY = choice("smtp_tls_dane_insecure_mx_policy", "dane", List.of("may", "encrypt", "dane"), """
        What TLSA records are worth where the MX records that led to the host are not secure: may (nothing), encrypt (TLS is a must), dane (the server must match them; logged as Trusted).""");

    public static final Parameter<Boolean> SMTP_TLS_FORCE_INSECURE_HOST_TLSA_LOOKUP = yesNo("smtp_tls_force_insecure_host_tlsa_lookup", "no", """
        TLSA records are asked for even where no address of the host is secure.""");

    public static final Parameter<List<String>> TLS_DANE_DIGESTS = list("tls_dane_digests", "sha512 sha256", """
        Digests of TLSA records that count, the preferred first.""");

    public static final Parameter<Boolean> SMTP_TLS_STS = yesNo("smtp_tls_sts", "yes", """
        Domains may ask for authenticated TLS by MTA-STS (RFC 8461), where a bundle that knows such policies is installed. Counts at levels may, encrypt and dane, for domains \
        that smtp_tls_policy_maps does not know and DANE does not settle. Not in Postfix, which has policy servers behind smtp_tls_policy_maps instead.""");

    public static final Parameter<Boolean> REQUIRETLS_ENABLE = yesNo("requiretls_enable", "yes", """
        REQUIRETLS (RFC 8689): a message whose sender asks for it goes to servers only that do as smtp_requiretls_policy says.""");

    public static final Parameter<Boolean> TLS_REQUIRED_ENABLE = yesNo("tls_required_enable", "yes", """
        A message with the header "TLS-Required: no" (RFC 8689) goes with what TLS there is, at most at level "may": no table, no TLSA records and no MTA-STS policy is looked up for it, and no report is made.""");

    public static final Parameter<String> SMTP_REQUIRETLS_POLICY = text("smtp_requiretls_policy", "inline:{{${domain_to_ascii{$mydomain}}=opportunistic}, {.${domain_to_ascii{$mydomain}}=opportunistic}, {localhost=opportunistic}}, cidr:{{0.0.0.0/0 opportunistic}, {::/0 opportunistic}}, enforce", """
        How far servers are held to REQUIRETLS: actions, and tables from a next hop to one. enforce (a server that has proved who it is and offers REQUIRETLS, or the message is returned), opportunistic+starttls (TLS or the message \
        is returned), opportunistic (asked where it is offered), disable.""");

    static Parameter<Integer> logLevel(String name, String prose) {
        return new Parameter<>(name, "integer", "0", prose, TlsLogLevel::parse);
    }

    static Parameter<Protocols> protocols(String name, String prose) {
        return new Parameter<>(name, "list", ">=TLSv1", prose, Protocols::parse);
    }
}
