// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.io.IOException;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.ostler.mail.config.Settings;

/**
 * Puts TLS over connected sockets. The service of {@code tls}.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> the handshake, ended by the session's own deadline (it closes the socket). <b>Errors</b> {@link IOException} with OpenSSL-like text for the log. A certificate that
 * proves nothing is no error here: {@link Session#verdict} says so. Where nobody can judge at the moment (the verifier's bundle is away) that is an error, and never a pass. The new socket owns the old one. Nothing may have been read from {@code plain} beyond the reply to STARTTLS.
 */
@ProviderType
public interface TlsProvider {

    /** Whether these settings name a server certificate and an engine that is there, so that a handshake may begin. Waits, bounded, for an engine that is being replaced. */
    boolean hasServerCertificate(Settings settings);

    /** Server side handshake. */
    Session server(Socket plain, Settings settings) throws IOException;

    /** Client side handshake with a peer. */
    Session client(Socket plain, ClientTls policy, Settings settings) throws IOException;

    /**
     * An encrypted connection.
     *
     * @param socket      read and write here
     * @param protocol    {@code TLSv1.3}
     * @param cipher      OpenSSL-like name, {@code TLS_AES_256_GCM_SHA384}
     * @param bits        secret bits used
     * @param algorithmBits of the cipher
     * @param details     key exchange and certificate details as in Postfix's log line, {@code key-exchange X25519 server-signature RSA-PSS (2048 bits)}; may be empty
     * @param verdict     on the peer's certificates
     * @param chain       the peer's certificates as it sent them, its own first; empty where it sent none
     * @param resumed     an earlier session went on: no new proof was made
     */
    record Session(Socket socket, String protocol, String cipher, int bits, int algorithmBits, String details, PeerVerdict verdict, List<X509Certificate> chain,
            boolean resumed) {

        public Session {
            chain = List.copyOf(chain);
        }

        /** {@code Verified}, {@code Trusted}, {@code Untrusted} or {@code Anonymous}. */
        public String trust() {
            return verdict.word();
        }

        /**
         * Digests by which operators name a peer: of its certificate and of its public key, as {@link CertificateDigest} writes them; none where it showed no certificate.
         *
         * @param algorithm as in {@code smtpd_tls_fingerprint_digest}
         * @throws IllegalArgumentException there is no such digest
         */
        public List<String> fingerprints(String algorithm) {
            return chain.isEmpty() ? List.of() : List.of(CertificateDigest.ofCertificate(chain.getFirst(), algorithm), CertificateDigest.ofKey(chain.getFirst(), algorithm));
        }
    }
}
