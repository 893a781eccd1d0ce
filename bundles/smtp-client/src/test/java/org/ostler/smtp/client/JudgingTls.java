// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.client;

import java.io.IOException;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.ostler.dane.verifier.Verifier;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tls.CertificateNames;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.mail.tls.TlsResult;
import org.ostler.mail.tls.spi.PeerVerifier;
import org.ostler.tls.JsseTls;

/**
 * A real handshake; TLSA records are judged by the real verifier, names and digests by what a line can do. An authority is taken to have signed every certificate: how chains are built is the matter of {@code tls}.
 */
final class JudgingTls implements TlsProvider {

    final List<ClientTls> asked = new CopyOnWriteArrayList<>();
    /** In place of a judgement. */
    Optional<PeerVerdict> verdict = Optional.empty();
    boolean resumed;
    private final JsseTls jsse = new JsseTls();
    private final Verifier dane = new Verifier();

    @Override
    public boolean hasServerCertificate(Settings settings) {
        return false;
    }

    @Override
    public Session server(Socket plain, String client, Settings settings) throws IOException {
        throw new IOException("this is the client's side");
    }

    @Override
    public Session client(Socket plain, ClientTls policy, Settings settings) throws IOException {
        asked.add(policy);
        var bare = new ClientTls(policy.level(), policy.host(), policy.serverName(), policy.prefix(), policy.terms(), Proof.NONE);
        Session made = jsse.client(plain, bare, settings);
        PeerVerdict judged = verdict.orElseGet(() -> judge(policy, made, settings));
        return new Session(made.socket(), made.protocol(), made.cipher(), made.bits(), made.algorithmBits(), made.handshake(), judged, made.chain(), resumed || made.resumed());
    }

    private PeerVerdict judge(ClientTls policy, Session made, Settings settings) {
        List<X509Certificate> chain = made.chain();
        return switch (policy.proof()) {
            case Proof.None _ -> made.verdict();
            case Proof.Dane proof -> dane.verify(proof, chain, new PeerVerifier.Context(policy.prefix(), settings, Instant.now()));
            case Proof.Fingerprints(String algorithm, List<String> digests) -> digests.stream().anyMatch(made.fingerprints(algorithm)::contains)
                    ? new PeerVerdict.Verified("digest") : new PeerVerdict.Untrusted("another digest", TlsResult.CERTIFICATE_NOT_TRUSTED);
            case Proof.Authority(List<String> names, _, _) -> names.stream().anyMatch(name -> CertificateNames.match(name, CertificateNames.of(chain.getFirst()), true))
                    ? new PeerVerdict.Verified("name") : new PeerVerdict.Trusted("another name");
        };
    }
}
