// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tls.CertificateNames;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.tls.spi.PeerVerifier;
import org.ostler.mail.tls.spi.ProofKind;

/**
 * Certificates by authorities: levels {@code verify} and {@code secure}, MTA-STS, trust anchor files, and the certificates of clients.
 *
 * <p><b>Description</b> Verified: a chain to an authority that counts, and one of the names. Trusted: the chain without the name, or no name was asked for. The authorities are those of the proof's
 * anchor files, where each certificate is an anchor, whoever signed it; or else of CAfile, CApath and, where {@code tls_append_default_CA} or the proof says so, the system.
 *
 * <p><b>Standards</b> RFC 5280 section 6, RFC 6125, RFC 8461 section 4.2.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> reads files that have changed.
 */
@Component(name = "tls-authority", service = PeerVerifier.class)
@ProofKind("authority")
public final class AuthorityVerifier implements PeerVerifier {

    private static final int MOST_NAMES_SHOWN = 5;

    private final Authorities authorities = new Authorities();
    private final GoodChains goodChains = new GoodChains();

    @Override
    public PeerVerdict verify(Proof proof, List<X509Certificate> chain, Context context) {
        if (!(proof instanceof Proof.Authority authority) || chain.isEmpty()) {
            throw new IllegalArgumentException("this verifier wants authorities and a chain");
        }
        Settings settings = context.settings();
        boolean client = context.prefix().equals("smtpd");
        Authorities.Source source = authority.anchorFiles().isEmpty() ? Authorities.Source.of(context.prefix(), authority.webPki(), settings)
                : new Authorities.Source(authority.anchorFiles().stream().map(Path::of).toList(), List.of(), false, true);
        if (source.isEmpty()) {
            return new PeerVerdict.Untrusted("no certification authority is configured", TlsResult.CERTIFICATE_NOT_TRUSTED);
        }
        int depth = client ? settings.get(ServerTlsParameters.SMTPD_TLS_CCERT_VERIFYDEPTH)
                : settings.get(context.prefix() + "_tls_scert_verifydepth", ClientTlsParameters.SMTP_TLS_SCERT_VERIFYDEPTH);
        try {
            ChainSearch.Outcome outcome = goodChains.judge(new GoodChains.Question(authorities.of(source), chain, depth, purposes(client, settings)), context.now());
            return outcome.isGood() ? named(chain.getFirst(), authority, settings)
                    : new PeerVerdict.Untrusted(outcome.why(), outcome.expired() ? TlsResult.CERTIFICATE_EXPIRED : TlsResult.CERTIFICATE_NOT_TRUSTED);
        } catch (IOException e) {
            return new PeerVerdict.Unjudged(e.getMessage());
        }
    }

    private static Set<String> purposes(boolean client, Settings settings) {
        if (!client) {
            return Set.of(PathCheck.SERVER_AUTH);
        }
        return settings.get(TlsParameters.TLS_TRUST_SERVER_CCERTS) ? Set.of(PathCheck.CLIENT_AUTH, PathCheck.SERVER_AUTH) : Set.of(PathCheck.CLIENT_AUTH);
    }

    private static PeerVerdict named(X509Certificate peer, Proof.Authority authority, Settings settings) {
        List<String> names = authority.names();
        if (names.isEmpty()) {
            return new PeerVerdict.Trusted("no name was asked for");
        }
        // Postfix's looser wildcard and its common names are for its own levels; RFC 8461 section 4.2 asks for a DNS-ID and the wildcard of RFC 6125.
        List<String> shown = authority.webPki() ? CertificateNames.alternatives(peer) : CertificateNames.of(peer);
        boolean multiLabel = !authority.webPki() && settings.get(TlsParameters.TLS_WILDCARD_MATCHES_MULTIPLE_LABELS);
        for (String name : names) {
            Optional<String> match = CertificateNames.matching(name, shown, multiLabel);
            if (match.isPresent()) {
                return new PeerVerdict.Verified("matched peername: " + match.get());
            }
        }
        return new PeerVerdict.Trusted("the certificate is for " + (shown.isEmpty() ? "no host" : String.join(", ", shown.subList(0, Math.min(MOST_NAMES_SHOWN, shown.size()))))
                + " and not for " + String.join(" or ", names));
    }
}
