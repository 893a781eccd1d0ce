// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.ostler.mail.lookup.TableList;
import org.ostler.mail.lookup.Tables;
import org.ostler.mail.tls.ClientTls.Terms;
import org.ostler.mail.tls.Protocols;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsLogLevel;

/**
 * What settings say of TLS to one protocol, read once per {@link Profile}.
 *
 * <p><b>Threads</b> any; immutable but for the memory of warnings.
 */
final class TlsSettings {

    static final String PROBLEM = "client TLS configuration problem";
    /** Warnings that are said once; with more than these, each is said every time. */
    private static final int MOST_SAID = 1000;

    /** Empty: the parameter names none that exists. */
    final Optional<TlsLevel> level;
    final TableList policies;
    final TableList perSite;
    final Protocols protocols;
    final Protocols mandatoryProtocols;
    final String ciphers;
    final String mandatoryCiphers;
    final String exclude;
    final String mandatoryExclude;
    final String serverName;
    final boolean wrapper;
    final boolean reuse;
    /** For what is said before anybody connects. */
    final int logLevel;
    final TlsLogLevel log;
    final boolean status;
    final boolean noteOffer;
    final boolean blockEarlyReply;
    final boolean enforceStsPatterns;
    final List<String> verifyMatch;
    final List<String> secureMatch;
    final List<String> fingerprints;
    final String fingerprintDigest;
    final List<String> anchorFiles;
    /** What DANE over MX records that nobody signed amounts to: MAY, ENCRYPT or DANE. */
    final TlsLevel insecureMx;
    final boolean insistOnTlsa;
    final List<String> digests;
    final boolean sts;

    private final Profile profile;
    private final Set<String> said = ConcurrentHashMap.newKeySet();

    TlsSettings(Profile profile, Tables tables) {
        this.profile = profile;
        String prefix = profile.protocol();
        this.policies = tables.open(get("tls_policy_maps"), prefix + "_tls_policy_maps");
        this.perSite = tables.open(policies.isEmpty() ? get("tls_per_site") : "", prefix + "_tls_per_site");
        this.protocols = profile.get(SmtpTlsParameters.SMTP_TLS_PROTOCOLS);
        this.mandatoryProtocols = profile.get(SmtpTlsParameters.SMTP_TLS_MANDATORY_PROTOCOLS);
        this.ciphers = profile.get(SmtpTlsParameters.SMTP_TLS_CIPHERS);
        this.mandatoryCiphers = profile.get(SmtpTlsParameters.SMTP_TLS_MANDATORY_CIPHERS);
        this.exclude = profile.get(SmtpTlsParameters.SMTP_TLS_EXCLUDE_CIPHERS);
        this.mandatoryExclude = profile.get(SmtpTlsParameters.SMTP_TLS_MANDATORY_EXCLUDE_CIPHERS);
        this.serverName = profile.get(SmtpTlsParameters.SMTP_TLS_SERVERNAME);
        this.wrapper = profile.get(SmtpTlsParameters.SMTP_TLS_WRAPPERMODE);
        this.reuse = profile.get(SmtpTlsParameters.SMTP_TLS_CONNECTION_REUSE);
        this.logLevel = profile.get(SmtpTlsParameters.SMTP_TLS_LOGLEVEL);
        this.log = new TlsLogLevel(logLevel, profile.lmtp ? LmtpTlsParameters.LMTP_TLS_LOGLEVEL_MAPS : SmtpTlsParameters.SMTP_TLS_LOGLEVEL_MAPS, profile.settings, tables, profile.log);
        this.status = profile.get(SmtpTlsParameters.SMTP_LOG_TLS_FEATURE_STATUS);
        this.noteOffer = profile.get(SmtpTlsParameters.SMTP_TLS_NOTE_STARTTLS_OFFER);
        this.blockEarlyReply = profile.get(SmtpTlsParameters.SMTP_TLS_BLOCK_EARLY_MAIL_REPLY);
        this.enforceStsPatterns = profile.get(SmtpTlsParameters.SMTP_TLS_ENFORCE_STS_MX_PATTERNS);
        this.verifyMatch = PolicyTable.split(profile.get(SmtpTlsParameters.SMTP_TLS_VERIFY_CERT_MATCH), "[\\s,:]+");
        this.secureMatch = PolicyTable.split(profile.get(SmtpTlsParameters.SMTP_TLS_SECURE_CERT_MATCH), "[\\s,:]+");
        this.fingerprints = PolicyTable.split(profile.get(SmtpTlsParameters.SMTP_TLS_FINGERPRINT_CERT_MATCH), "[\\s,]+");
        this.fingerprintDigest = profile.get(SmtpTlsParameters.SMTP_TLS_FINGERPRINT_DIGEST).toLowerCase(Locale.ROOT);
        this.anchorFiles = PolicyTable.split(profile.get(SmtpTlsParameters.SMTP_TLS_TRUST_ANCHOR_FILE), "[\\s,]+");
        this.insistOnTlsa = profile.get(SmtpTlsParameters.SMTP_TLS_FORCE_INSECURE_HOST_TLSA_LOOKUP);
        this.digests = profile.settings.get(SmtpTlsParameters.TLS_DANE_DIGESTS);
        this.sts = !profile.lmtp && profile.settings.get(SmtpTlsParameters.SMTP_TLS_STS);
        this.insecureMx = insecureMx();
        this.level = level();
        warnings(prefix);
    }

    private String get(String suffix) {
        return profile.settings.text(profile.protocol() + "_" + suffix);
    }

    private void warnings(String prefix) {
        if (!policies.isEmpty() && !get("tls_per_site").isEmpty()) {
            profile.log.warning(prefix + "_tls_per_site ignored when " + prefix + "_tls_policy_maps is not empty.");
        }
        if (profile.get(SmtpTlsParameters.SMTP_TLS_ENABLE_RPK)) {
            profile.log.warning(prefix + "_tls_enable_rpk = yes: the JDK has no raw public keys; servers are asked for certificates");
        }
    }

    private TlsLevel insecureMx() {
        String text = profile.settings.text(SmtpTlsParameters.SMTP_TLS_DANE_INSECURE_MX_POLICY.name());
        Optional<TlsLevel> known = TlsLevel.of(text).filter(l -> l == TlsLevel.MAY || l == TlsLevel.ENCRYPT || l == TlsLevel.DANE);
        if (known.isEmpty()) {
            profile.log.warning("bad value for smtp_tls_dane_insecure_mx_policy: \"" + text + "\"; \"dane\" is used");
        }
        return known.orElse(TlsLevel.DANE);
    }

    private Optional<TlsLevel> level() {
        String name = get("tls_security_level");
        if (!name.isEmpty()) {
            Optional<TlsLevel> named = TlsLevel.of(name);
            if (named.isEmpty()) {
                profile.log.warning("invalid tls security level: \"" + name + "\"; mail is held back");
            }
            return named;
        }
        if (profile.get(SmtpTlsParameters.SMTP_ENFORCE_TLS)) {
            return Optional.of(profile.get(SmtpTlsParameters.SMTP_TLS_ENFORCE_PEERNAME) ? TlsLevel.VERIFY : TlsLevel.ENCRYPT);
        }
        return Optional.of(profile.get(SmtpTlsParameters.SMTP_USE_TLS) ? TlsLevel.MAY : TlsLevel.NONE);
    }

    /** {@code smtp_tls_wrappermode}, for messages. */
    String name(String suffix) {
        return profile.protocol() + "_" + suffix;
    }

    /**
     * Versions and ciphers at a level (postconf(5)): what a policy table says replaces the parameters.
     *
     * @throws IllegalArgumentException a parameter names a grade that does not exist; the message is for the log
     */
    Terms terms(TlsLevel level, PolicyTable.Entry entry) {
        boolean mandatory = level.isMandatory();
        Protocols versions = entry.protocols().orElse(mandatory ? mandatoryProtocols : protocols);
        String grade = entry.ciphers().orElseGet(() -> grade(mandatory ? mandatoryCiphers : ciphers));
        String left = entry.exclude().orElse(mandatory ? exclude + " " + mandatoryExclude : exclude);
        // Encryption that encrypts nothing, and authentication without certificates, are left out where they would break the promise.
        String always = !mandatory ? "" : level == TlsLevel.ENCRYPT ? "eNULL" : "aNULL";
        return new Terms(versions, grade, (left + " " + always).strip());
    }

    /** @throws IllegalArgumentException no such grade; the message is for the log */
    static String grade(String text) {
        if (!Terms.isGrade(text)) {
            throw new IllegalArgumentException("invalid cipher grade: \"" + text + "\"");
        }
        return text.strip().toLowerCase(Locale.ROOT);
    }

    /** A warning about the configuration, which does not change from mail to mail. */
    void warnOnce(String text) {
        if (said.size() >= MOST_SAID || said.add(text)) {
            profile.log.warning(text);
        }
    }
}
