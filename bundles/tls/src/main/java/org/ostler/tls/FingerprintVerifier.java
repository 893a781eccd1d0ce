// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.tls.CertificateDigest;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.tls.spi.PeerVerifier;
import org.ostler.mail.tls.spi.ProofKind;

/**
 * Certificates by the digest that the operator wrote down, of the certificate or of its public key: level {@code fingerprint}. Names, dates and authorities do not count.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> never.
 */
@Component(name = "tls-fingerprint", service = PeerVerifier.class)
@ProofKind("fingerprints")
public final class FingerprintVerifier implements PeerVerifier {

    @Override
    public PeerVerdict verify(Proof proof, List<X509Certificate> chain, Context context) {
        if (!(proof instanceof Proof.Fingerprints(String algorithm, List<String> digests)) || chain.isEmpty()) {
            throw new IllegalArgumentException("this verifier wants fingerprints and a chain");
        }
        if (!CertificateDigest.isKnown(algorithm)) {
            return new PeerVerdict.Unjudged("unknown message digest \"" + algorithm + "\"");
        }
        String certificate = CertificateDigest.ofCertificate(chain.getFirst(), algorithm);
        String key = CertificateDigest.ofKey(chain.getFirst(), algorithm);
        for (String digest : digests) {
            String wanted = digest.strip().toUpperCase(Locale.ROOT);
            if (wanted.equals(certificate)) {
                return new PeerVerdict.Verified("Matched fingerprint: " + certificate.replace(":", ""));
            }
            if (wanted.equals(key)) {
                return new PeerVerdict.Verified("Matched fingerprint: " + key.replace(":", ""));
            }
        }
        return new PeerVerdict.Untrusted("fingerprint " + certificate + " and public-key fingerprint " + key + " are none of those asked for", TlsResult.CERTIFICATE_NOT_TRUSTED);
    }
}
