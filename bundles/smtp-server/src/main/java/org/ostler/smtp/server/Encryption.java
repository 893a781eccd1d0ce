// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tls.CertificateNames;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.TlsLogLevel;
import org.ostler.mail.tls.TlsProvider;

/**
 * STARTTLS and {@code smtpd_tls_wrappermode}.
 *
 * <p>The handshake has {@code smtpd_starttls_timeout} in all. It happens under a lease of the provider; the session then owns its socket.
 *
 * <p>Where {@code smtpd_tls_req_ccert} wants a certificate of a trusted authority and the client shows none, its next command is answered 421; where it shows one and we cannot tell, in the words of 454. Authorities
 * that could not be read from the start are known before the handshake, as in Postfix, which reads them once for each process.
 *
 * <h2>Diagnostics</h2> {@code SSL_accept error from ...: reason}; with {@code smtpd_tls_loglevel} 1 or more the connection's protocol and cipher, with 2 or more the client's certificate;
 * {@code NOQUEUE: abort: TLS from ...: No client certificate presented}; {@code Wrapper-mode request dropped from ...} where no certificate can be loaded or the engine is away.
 * <h2>Standards</h2> RFC 3207, RFC 8314 section 3.3
 */
final class Encryption {

    private Encryption() {}

    /** STARTTLS. The reply is sent here where the handshake follows. */
    static boolean starttls(Session session, Profile profile) throws IOException {
        if (!isAvailable(session)) {
            session.error();
            session.say(Replies.TLS_UNAVAILABLE);
            return false;
        }
        session.say(Replies.START_TLS);
        return handshake(session, profile);
    }

    /** {@code smtpd_tls_wrappermode}: nothing can be said in the clear, so where our side cannot speak TLS the client is dropped. */
    static boolean wrap(Session session, Profile profile, String service) throws IOException {
        if (isAvailable(session)) {
            return handshake(session, profile);
        }
        profile.log.warning("Wrapper-mode request dropped from " + session.peer().label() + " for service " + service
                + ". TLS context initialization failed. For details see earlier warnings in your logs.");
        session.hangUp();
        return false;
    }

    private static void log(Peer peer, Profile profile, TlsProvider.Session encrypted, int level) {
        boolean details = level >= TlsLogLevel.DETAILS && !encrypted.chain().isEmpty();
        if (details || profile.tlsRequireCertificate) {
            switch (encrypted.verdict()) {
                case PeerVerdict.Untrusted(String why, _) -> profile.log.info("certificate verification failed for " + peer.label() + ": " + MailLog.printable(why));
                case PeerVerdict.Unjudged(String why) -> profile.log.warning("cannot verify the certificate of " + peer.label() + ": " + MailLog.printable(why));
                default -> { /* good, or there is none */ }
            }
        }
        if (details) {
            profile.log.info("subject=" + CertificateNames.oneLine(encrypted.chain().getFirst().getSubjectX500Principal()));
            profile.log.info("issuer=" + CertificateNames.oneLine(encrypted.chain().getFirst().getIssuerX500Principal()));
            profile.log.info(peer.label() + ": " + encrypted.certificate(profile.tlsDigest));
        }
        if (level >= TlsLogLevel.SUMMARY) {
            String name = encrypted.handshake().serverName();
            profile.log.info(encrypted.trust() + " TLS connection established from " + peer.label() + (name.isEmpty() ? "" : " to " + name) + ": " + encrypted.summary());
        }
    }

    private static boolean isAvailable(Session session) {
        try {
            return session.neighbours().tls().call(tls -> tls.hasServerCertificate(session.settings()));
        } catch (UnavailableException e) {
            return false;
        }
    }

    /** @return false where it failed: the session ends without another word, for the client expects none in clear */
    static boolean handshake(Session session, Profile profile) throws IOException {
        Peer peer = session.peer();
        int level = profile.tlsLog.of(peer.client().name(), peer.client().addressText());
        if (level >= TlsLogLevel.DETAILS) {
            profile.log.info("setting up TLS connection from " + peer.label());
        }
        try (var lease = session.neighbours().tls().acquire()) {
            TlsProvider.Session encrypted = session.encrypt(lease.service());
            Credentials.attributes(encrypted, profile.tlsDigest).forEach(session.gate()::attribute);
            log(peer, profile, encrypted, level);
            if (profile.tlsRequireCertificate && !Credentials.isTrusted(encrypted)) {
                boolean ours = Credentials.isUnjudged(encrypted);
                String why = ours ? Replies.TLS_UNAVAILABLE.text() : encrypted.chain().isEmpty() ? "No client certificate presented" : "Client certificate not trusted";
                profile.log.info("NOQUEUE: abort: TLS from " + peer.label() + ": " + why);
                session.sendAway(ours ? Replies.tlsTrouble(profile.myhostname) : Replies.certificateWanted(profile.myhostname, why));
            }
            return true;
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            profile.log.info("SSL_accept error from " + peer.label() + ": " + (e.getCause() instanceof EOFException ? "lost connection" : e.getMessage()));
            session.hangUp();
            throw e;
        } catch (UnavailableException e) {
            profile.log.warning("STARTTLS from " + peer.label() + ": " + e.getMessage());
            session.hangUp();
            return false;
        }
    }
}
