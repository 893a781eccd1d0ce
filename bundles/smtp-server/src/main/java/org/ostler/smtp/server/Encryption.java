// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.server;

import java.io.IOException;
import java.net.SocketTimeoutException;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.tls.TlsProvider;

/**
 * STARTTLS and {@code smtpd_tls_wrappermode}.
 *
 * <p>The handshake has {@code smtpd_starttls_timeout} in all. It happens under a lease of the provider; the session then owns its socket.
 *
 * <h2>Diagnostics</h2> {@code SSL_accept error from ...: reason}; with {@code smtpd_tls_loglevel} 1 or more the connection's protocol and cipher.
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

    private static boolean isAvailable(Session session) {
        try {
            return session.neighbours().tls().call(tls -> tls.hasServerCertificate(session.settings()));
        } catch (UnavailableException e) {
            return false;
        }
    }

    /** @return false where it failed: the session ends without another word, for the client expects none in clear */
    static boolean handshake(Session session, Profile profile) throws IOException {
        try (var lease = session.neighbours().tls().acquire()) {
            TlsProvider.Session encrypted = session.encrypt(lease.service());
            session.gate().attribute("encryption_protocol", encrypted.protocol());
            session.gate().attribute("encryption_cipher", encrypted.cipher());
            session.gate().attribute("encryption_keysize", Integer.toString(encrypted.bits()));
            if (profile.tlsLogLevel > 0) {
                profile.log.info(encrypted.trust() + " TLS connection established from " + session.peer().label() + ": " + encrypted.protocol()
                        + " with cipher " + encrypted.cipher() + " (" + encrypted.bits() + "/" + encrypted.algorithmBits() + " bits)"
                        + (encrypted.details().isEmpty() ? "" : " " + encrypted.details()));
            }
            return true;
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            profile.log.info("SSL_accept error from " + session.peer().label() + ": " + e.getMessage());
            session.hangUp();
            throw e;
        } catch (UnavailableException e) {
            profile.log.warning("STARTTLS from " + session.peer().label() + ": " + e.getMessage());
            session.hangUp();
            return false;
        }
    }
}
