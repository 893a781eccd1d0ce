// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.tls.spi.PeerVerifier;

/**
 * The verifiers that there are, by kind of proof.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> waits for a verifier that is being replaced. <b>Errors</b> {@link IOException} caused by {@link UnavailableException} where nobody can judge, be the verifier away or broken: never
 * a pass, and nothing against the peer.
 */
final class Judges {

    private static final String AUTHORITY = "authority";
    /** What every certificate is asked where the policy asks nothing: the log says whether an authority stands behind it. */
    private static final Proof ANY_NAME = new Proof.Authority(List.of(), List.of(), false);

    private final Map<String, Leased<PeerVerifier>> byKind = new ConcurrentHashMap<>();
    private final Duration patience;

    /** @param patience how long a handshake that is over waits for its judge */
    Judges(Duration patience) {
        this.patience = patience;
    }

    Leased<PeerVerifier> of(String kind) {
        return byKind.computeIfAbsent(kind, _ -> new Leased<>("the verifier of certificates by " + kind, patience));
    }

    PeerVerdict judge(Proof proof, List<X509Certificate> chain, PeerVerifier.Context context) throws IOException {
        if (chain.isEmpty()) {
            return new PeerVerdict.Anonymous();
        }
        if (proof instanceof Proof.None) {
            return unasked(chain, context);
        }
        try (Leased<PeerVerifier>.Lease lease = of(kind(proof)).acquire()) {
            return verdict(lease.service(), proof, chain, context);
        } catch (UnavailableException e) {
            throw new IOException("cannot verify the peer: " + e.getMessage(), e);
        }
    }

    private static String kind(Proof proof) {
        return switch (proof) {
            case Proof.Authority _, Proof.None _ -> AUTHORITY;
            case Proof.Fingerprints _ -> "fingerprints";
            case Proof.Dane _ -> "dane";
        };
    }

    /** Reports hang on it and no mail (MTA-STS in testing mode), so nobody is waited for, and trouble is a verdict. */
    PeerVerdict test(Proof proof, List<X509Certificate> chain, PeerVerifier.Context context) {
        return proof instanceof Proof.None ? unasked(chain, context) : opinion(proof, chain, context);
    }

    /** Nothing hangs on it, so nobody is waited for. */
    PeerVerdict unasked(List<X509Certificate> chain, PeerVerifier.Context context) {
        if (chain.isEmpty()) {
            return new PeerVerdict.Anonymous();
        }
        if (Authorities.Source.of(context.prefix(), false, context.settings()).isEmpty()) {
            return new PeerVerdict.Untrusted("not asked", TlsResult.CERTIFICATE_NOT_TRUSTED);
        }
        return opinion(ANY_NAME, chain, context);
    }

    private PeerVerdict opinion(Proof proof, List<X509Certificate> chain, PeerVerifier.Context context) {
        if (chain.isEmpty()) {
            return new PeerVerdict.Anonymous();
        }
        try (Leased<PeerVerifier>.Lease lease = of(kind(proof)).acquire(Duration.ZERO)) {
            return verdict(lease.service(), proof, chain, context);
        } catch (UnavailableException e) {
            // Access rules of the server may hang on it: they must be able to tell this from a certificate that is not good.
            return new PeerVerdict.Unjudged(e.getMessage());
        }
    }

    private static PeerVerdict verdict(PeerVerifier verifier, Proof proof, List<X509Certificate> chain, PeerVerifier.Context context) throws UnavailableException {
        try {
            return verifier.verify(proof, chain, context);
        } catch (RuntimeException e) {
            MailLog.of(context.settings().text("syslog_name") + "/" + context.prefix())
                    .warning("a verifier of certificates failed, which is a bug in " + verifier.getClass().getName() + ": " + MailLog.printable(String.valueOf(e)));
            throw new UnavailableException("the certificates could not be judged");
        }
    }
}
