// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ostler.mail.tls.CertificateSignature;
import org.ostler.mail.tls.NameConstraints;

/**
 * Whether a path to an anchor holds (RFC 5280 section 6), by the JDK's validator, and what that leaves out: the anchor's own dates, rights and name constraints, and what the certificates may be used for.
 * Revocation is not asked for, as in Postfix. The JDK's lists of weak algorithms (jdk.certpath.disabledAlgorithms) hold, and SHA-1 proves nothing.
 *
 * <p><b>Threads</b> any. Nothing is thrown: an answer says what is wrong; empty means good.
 */
final class PathCheck {

    static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    private static final String ANY_PURPOSE = "2.5.29.37.0";
    private static final int SIGN_CERTIFICATES = 5;

    private final Date now;
    private final Set<String> purposes;

    /** @param purposes any of which must be allowed where a certificate says what it is for */
    PathCheck(Instant now, Set<String> purposes) {
        this.now = Date.from(now);
        this.purposes = purposes;
    }

    /** The peer's own certificate is the anchor. */
    Optional<ChainSearch.Outcome> alone(X509Certificate certificate) {
        return dates(certificate).or(() -> purpose(certificate));
    }

    /** @param path from the peer's certificate upwards, without the anchor */
    Optional<ChainSearch.Outcome> path(List<X509Certificate> path, X509Certificate anchor) {
        for (X509Certificate certificate : path) {
            Optional<ChainSearch.Outcome> flaw = purpose(certificate).or(() -> signature(certificate));
            if (flaw.isPresent()) {
                return flaw;
            }
        }
        return dates(anchor).or(() -> purpose(anchor)).or(() -> rights(path, anchor)).or(() -> NameConstraints.flaw(path, anchor).flatMap(why -> flaw(why, false))).or(() -> validate(path, anchor));
    }

    private Optional<ChainSearch.Outcome> dates(X509Certificate certificate) {
        try {
            certificate.checkValidity(now);
            return Optional.empty();
        } catch (CertificateExpiredException | CertificateNotYetValidException e) {
            return flaw(name(certificate) + (e instanceof CertificateExpiredException ? ": certificate has expired" : ": certificate is not yet valid"), true);
        }
    }

    private Optional<ChainSearch.Outcome> purpose(X509Certificate certificate) {
        try {
            List<String> allowed = certificate.getExtendedKeyUsage();
            return allowed == null || allowed.contains(ANY_PURPOSE) || allowed.stream().anyMatch(purposes::contains) ? Optional.empty()
                    : flaw(name(certificate) + " may not be used for this side of TLS", false);
        } catch (CertificateParsingException e) {
            return flaw(name(certificate) + " cannot be read: " + e.getMessage(), false);
        }
    }

    private static Optional<ChainSearch.Outcome> signature(X509Certificate certificate) {
        return CertificateSignature.isWeak(certificate) ? flaw(name(certificate) + ": the signature is by SHA-1, which is too weak", false) : Optional.empty();
    }

    private static Optional<ChainSearch.Outcome> rights(List<X509Certificate> path, X509Certificate anchor) {
        boolean oldRoot = anchor.getVersion() == 1 && anchor.getSubjectX500Principal().equals(anchor.getIssuerX500Principal());
        boolean[] usage = anchor.getKeyUsage();
        if (anchor.getBasicConstraints() < 0 && !oldRoot || usage != null && !usage[SIGN_CERTIFICATES]) {
            return flaw(name(anchor) + " may not sign certificates", false);
        }
        long between = path.stream().skip(1).filter(c -> !c.getSubjectX500Principal().equals(c.getIssuerX500Principal())).count();
        return oldRoot || between <= anchor.getBasicConstraints() ? Optional.empty() : flaw("the chain is longer than " + name(anchor) + " allows", false);
    }

    private Optional<ChainSearch.Outcome> validate(List<X509Certificate> path, X509Certificate anchor) {
        try {
            var parameters = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
            parameters.setRevocationEnabled(false);
            parameters.setDate(now);
            CertPathValidator.getInstance("PKIX").validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
            return Optional.empty();
        } catch (CertPathValidatorException e) {
            boolean expired = e.getReason() == BasicReason.EXPIRED || e.getReason() == BasicReason.NOT_YET_VALID;
            String which = e.getIndex() >= 0 && e.getIndex() < path.size() ? name(path.get(e.getIndex())) + ": " : "";
            String what = e.getReason() == BasicReason.EXPIRED ? "certificate has expired" : e.getReason() == BasicReason.NOT_YET_VALID ? "certificate is not yet valid" : e.getMessage();
            return flaw(which + what, expired);
        } catch (GeneralSecurityException | RuntimeException e) {
            return flaw("the certificate chain cannot be checked: " + e.getMessage(), false);
        }
    }

    private static String name(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName();
    }

    private static Optional<ChainSearch.Outcome> flaw(String why, boolean dates) {
        return Optional.of(new ChainSearch.Outcome(why, dates));
    }
}
