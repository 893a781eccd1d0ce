// SPDX-License-Identifier: Apache-2.0
package org.ostler.dane.verifier;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
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
 * Whether a path of certificates holds (RFC 5280 section 6), by the JDK's validator, and what that leaves out: the anchor's own dates, rights and name constraints, and that every certificate may be
 * used for a TLS server. Revocation is not asked for: the TLSA record is the operator's word, and leaves the zone where a key is no longer good.
 *
 * <p>The JDK's own lists of weak algorithms (jdk.certpath.disabledAlgorithms) hold, and SHA-1 proves nothing.
 *
 * <p><b>Threads</b> any. Nothing is thrown: an answer says what is wrong; empty means good.
 */
final class PathCheck {

    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    private static final String ANY_PURPOSE = "2.5.29.37.0";
    private static final int SIGN_CERTIFICATES = 5;

    private final Date now;

    PathCheck(Instant now) {
        this.now = Date.from(now);
    }

    /** @param path from the server's certificate upwards, without the anchor */
    Optional<Paths.Bad> toCertificate(List<X509Certificate> path, X509Certificate anchor) {
        Optional<Paths.Bad> flaw = ofAnchor(path, anchor);
        return flaw.or(() -> NameConstraints.flaw(path, anchor).flatMap(why -> bad(why, false))).or(() -> validate(path, new TrustAnchor(anchor, null)));
    }

    /** A bare key has no dates and no rights of its own. */
    Optional<Paths.Bad> toKey(List<X509Certificate> path, PublicKey key) {
        return validate(path, new TrustAnchor(path.getLast().getIssuerX500Principal(), key, null));
    }

    private Optional<Paths.Bad> ofAnchor(List<X509Certificate> path, X509Certificate anchor) {
        try {
            anchor.checkValidity(now);
        } catch (CertificateExpiredException | CertificateNotYetValidException e) {
            return bad("the trust anchor " + name(anchor) + " is " + (e instanceof CertificateExpiredException ? "expired" : "not yet valid"), true);
        }
        boolean oldRoot = anchor.getVersion() == 1 && anchor.getSubjectX500Principal().equals(anchor.getIssuerX500Principal());
        boolean[] usage = anchor.getKeyUsage();
        if (anchor.getBasicConstraints() < 0 && !oldRoot || usage != null && !usage[SIGN_CERTIFICATES]) {
            return bad("the trust anchor " + name(anchor) + " may not sign certificates", false);
        }
        long between = path.stream().skip(1).filter(c -> !c.getSubjectX500Principal().equals(c.getIssuerX500Principal())).count();
        if (!oldRoot && between > anchor.getBasicConstraints()) {
            return bad("the path is longer than the trust anchor " + name(anchor) + " allows", false);
        }
        return wrongPurpose(anchor);
    }

    private Optional<Paths.Bad> validate(List<X509Certificate> path, TrustAnchor anchor) {
        for (X509Certificate certificate : path) {
            Optional<Paths.Bad> flaw = wrongPurpose(certificate).or(() -> weak(certificate));
            if (flaw.isPresent()) {
                return flaw;
            }
        }
        try {
            var parameters = new PKIXParameters(Set.of(anchor));
            parameters.setRevocationEnabled(false);
            parameters.setDate(now);
            CertPathValidator.getInstance("PKIX").validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
            return Optional.empty();
        } catch (CertPathValidatorException e) {
            boolean dates = e.getReason() == BasicReason.EXPIRED || e.getReason() == BasicReason.NOT_YET_VALID;
            String which = e.getIndex() >= 0 && e.getIndex() < path.size() ? name(path.get(e.getIndex())) + ": " : "";
            return bad("the path to the trust anchor does not hold: " + which + e.getMessage(), dates);
        } catch (GeneralSecurityException | RuntimeException e) {
            return bad("the path to the trust anchor cannot be checked: " + e.getMessage(), false);
        }
    }

    private static Optional<Paths.Bad> weak(X509Certificate certificate) {
        return CertificateSignature.isWeak(certificate) ? bad(name(certificate) + ": the signature is by SHA-1, which is too weak", false) : Optional.empty();
    }

    private static Optional<Paths.Bad> wrongPurpose(X509Certificate certificate) {
        try {
            List<String> purposes = certificate.getExtendedKeyUsage();
            return purposes == null || purposes.contains(SERVER_AUTH) || purposes.contains(ANY_PURPOSE) ? Optional.empty()
                    : bad(name(certificate) + " may not be used for a TLS server", false);
        } catch (CertificateParsingException e) {
            return bad(name(certificate) + " cannot be read: " + e.getMessage(), false);
        }
    }

    private static String name(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName();
    }

    private static Optional<Paths.Bad> bad(String why, boolean dates) {
        return Optional.of(new Paths.Bad(why, dates));
    }
}
