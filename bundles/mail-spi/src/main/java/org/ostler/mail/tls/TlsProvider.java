// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.io.IOException;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.annotation.versioning.ProviderType;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;

/**
 * Puts TLS over connected sockets. The service of {@code tls}.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> the handshake, ended by the session's own deadline (it closes the socket). <b>Errors</b> {@link IOException} with OpenSSL-like text for the log. A certificate that
 * proves nothing is no error here: {@link Session#verdict} says so. Where there is nobody to judge at the moment (the verifier's bundle is away, or it broke)
 * that is an error, and never a pass; where the trouble is ours and not the peer's, its cause is an {@link UnavailableException}. The new socket owns the old one. Nothing may have been read from {@code plain} beyond the reply to STARTTLS.
 */
@ProviderType
public interface TlsProvider {

    /** Whether these settings name a server certificate and an engine that is there, so that a handshake may begin. Waits, bounded, for an engine that is being replaced. */
    boolean hasServerCertificate(Settings settings);

    /**
     * Server side handshake.
     *
     * @param client its name in the log, {@code client.example.org[192.0.2.1]}
     */
    Session server(Socket plain, String client, Settings settings) throws IOException;

    /** Client side handshake with a peer. */
    Session client(Socket plain, ClientTls policy, Settings settings) throws IOException;

    /**
     * Details of a handshake, in Postfix's words; each is empty where it is not known or there is nothing to say.
     *
     * @param keyExchange     {@code key-exchange x25519}
     * @param serverSignature {@code server-signature ECDSA (prime256v1) server-digest SHA256}
     * @param clientSignature the same of the client's, where it showed a certificate
     * @param serverName      by which the client chose our certificate (SNI); empty where it asked for none, or for one that we do not have
     */
    record Handshake(String keyExchange, String serverSignature, String clientSignature, String serverName) {

        public static final Handshake UNKNOWN = new Handshake("", "", "", "");

        /** All that is known of the keys, on one line. */
        public String text() {
            return Stream.of(keyExchange, serverSignature, clientSignature).filter(part -> !part.isEmpty()).collect(Collectors.joining(" "));
        }
    }

    /**
     * An encrypted connection.
     *
     * @param socket      read and write here
     * @param protocol    {@code TLSv1.3}
     * @param cipher      OpenSSL-like name, {@code TLS_AES_256_GCM_SHA384}
     * @param bits        secret bits used
     * @param algorithmBits of the cipher
     * @param handshake   what keys were used
     * @param verdict     on the peer's certificates
     * @param chain       the peer's certificates as it sent them, its own first; empty where it sent none
     * @param resumed     an earlier session went on: no new proof was made
     */
    record Session(Socket socket, String protocol, String cipher, int bits, int algorithmBits, Handshake handshake, PeerVerdict verdict, List<X509Certificate> chain,
            boolean resumed) {

        public Session {
            chain = List.copyOf(chain);
        }

        /** What stands in log lines: {@code TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange x25519 server-signature RSA-PSS (2048 bits)}. */
        public String summary() {
            String details = details();
            return protocol + " with cipher " + cipher + " (" + bits + "/" + algorithmBits + " bits)" + (details.isEmpty() ? "" : " " + details);
        }

        /** The part of it behind the bits; may be empty. */
        public String details() {
            return handshake.text();
        }

        /**
         * The peer's certificate in one line of the log: {@code subject_CN=client.example.org, issuer=Example CA, cert fingerprint=..., pkey fingerprint=...}; there must be one.
         *
         * @throws IllegalArgumentException there is no such digest
         */
        public String certificate(String digest) {
            X509Certificate certificate = chain.getFirst();
            return "subject_CN=" + MailLog.printable(CertificateNames.commonName(certificate).orElse("")) + ", issuer=" + MailLog.printable(CertificateNames.issuerName(certificate).orElse(""))
                    + ", cert fingerprint=" + CertificateDigest.ofCertificate(certificate, digest) + ", pkey fingerprint=" + CertificateDigest.ofKey(certificate, digest);
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
