// SPDX-License-Identifier: Apache-2.0
package org.ostler.dane.verifier;

import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.dns.Tlsa;
import org.ostler.mail.tls.CertificateNames;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.tls.spi.PeerVerifier;
import org.ostler.mail.tls.spi.ProofKind;

/**
 * Matches the certificates that a server presented against TLSA records.
 *
 * <h2>Description</h2>
 * Usage 3 is looked at first: the server's own certificate or key, and nothing else; names and dates are <em>not</em> checked, because the record's own signature lifetime governs (RFC 7672 section 3.1.1). Then
 * usage 2: a path to the anchor that a record names, valid at the time of the call, and one of the names in the server's certificate (RFC 7672 section 3.1.2). The anchor may be a certificate that the server
 * sent, one that only the DNS has (2 0 0), or a bare key (2 1 0); it need not be self-signed, and no authority of the web counts. Any one match suffices.
 *
 * <h2>Security</h2> Reads certificates of strangers. At most {@value Paths#MOST_CERTIFICATES} of them, and {@value Paths#MOST_SIGNATURES} signatures, are looked at.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> never.
 */
@Component(name = "dane-verifier", service = PeerVerifier.class)
@ProofKind("dane")
public final class Verifier implements PeerVerifier {

    @Override
    public PeerVerdict verify(Proof proof, List<X509Certificate> chain, Context context) {
        if (!(proof instanceof Proof.Dane(List<Tlsa> records, List<String> names)) || chain.isEmpty()) {
            throw new IllegalArgumentException("this verifier wants TLSA records and a chain");
        }
        for (Tlsa record : records) {
            if (record.usage() == Usable.END_ENTITY && matches(record, chain.getFirst())) {
                return new PeerVerdict.Verified("Matched DANE EE certificate at depth 0: " + record.shown());
            }
        }
        List<Tlsa> anchors = records.stream().filter(record -> record.usage() == Usable.TRUST_ANCHOR).toList();
        if (anchors.isEmpty()) {
            return new PeerVerdict.Untrusted("no TLSA record matches the server's certificate", TlsResult.VALIDATION_FAILURE);
        }
        return switch (new Paths(anchors, chain, context.now()).search()) {
            case Paths.Good(String anchor) -> named(chain.getFirst(), names, anchor);
            case Paths.Bad(String why, boolean expired) ->
                    new PeerVerdict.Untrusted(why, expired ? TlsResult.CERTIFICATE_EXPIRED : TlsResult.VALIDATION_FAILURE);
        };
    }

    private static PeerVerdict named(X509Certificate server, List<String> names, String anchor) {
        List<String> shown = CertificateNames.of(server);
        for (String name : names) {
            if (CertificateNames.match(name, shown, false)) {
                return new PeerVerdict.Verified("matched peername: " + CertificateNames.matching(name, shown, false).orElse(name) + "\n" + anchor);
            }
        }
        return new PeerVerdict.Untrusted("the certificate is for " + (shown.isEmpty() ? "no host" : String.join(", ", shown.subList(0, Math.min(5, shown.size()))))
                + " and not for " + String.join(" or ", names), TlsResult.CERTIFICATE_HOST_MISMATCH);
    }

    /** Whether a certificate is the one that a record names, whatever the usage. */
    static boolean matches(Tlsa record, X509Certificate certificate) {
        byte[] selected;
        try {
            selected = record.selector() == Usable.KEY ? certificate.getPublicKey().getEncoded() : certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            return false;
        }
        if (selected == null) {
            return false;
        }
        Digest digest = Digest.of(record.matchingType());
        return Arrays.equals(digest == null ? selected : digest.over(selected), record.data());
    }
}
