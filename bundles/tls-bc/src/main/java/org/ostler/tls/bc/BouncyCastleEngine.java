// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls.bc;

import java.security.GeneralSecurityException;
import java.security.Provider;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLContext;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.jsse.provider.BouncyCastleJsseProvider;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.tls.spi.TlsEngine;
import org.ostler.mail.tls.spi.TlsEngineName;

/**
 * Bouncy Castle's TLS, which knows the hybrid group X25519MLKEM768: what is recorded today stays secret from a quantum computer of tomorrow, as long as one of X25519 and ML-KEM-768 holds.
 *
 * <p><b>Description</b> Protocol and cryptography are both Bouncy Castle's. The two providers are objects of this component and are not registered with the JDK. They are made for the first context, not
 * at start: who does not use the engine pays nothing for it but its files.
 *
 * <p><b>Standards</b> RFC 8446; draft-ietf-tls-ecdhe-mlkem (X25519MLKEM768, group 4588); FIPS 203.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> only the first call, while classes load: about a second. <b>Lifetime</b> contexts, and sessions made from them, outlive the component: the library's bundles stay.
 */
@Component(name = "tls-bc", service = TlsEngine.class)
@TlsEngineName("bc")
public final class BouncyCastleEngine implements TlsEngine {

    /**
     * Groups that a client sends a key for in its first message; the library's own choice is X25519 alone, and a server would take that rather than ask for another. Both, as OpenSSL 3.5 does: a server
     * without the hybrid group needs no second round.
     */
    private static final String FIRST_KEYS = "X25519MLKEM768, x25519";
    private static final String FIRST_KEYS_PROPERTY = "org.bouncycastle.jsse.client.earlyKeyShares";

    /** Held, so that its level is: loggers are collected when nobody does. It prints a stack trace for each handshake that fails; whoever asked for the handshake logs that in the mail log's words. */
    private static final Logger ITS_LOG = Logger.getLogger("org.bouncycastle.jsse.provider");

    static {
        if (ITS_LOG.getLevel() == null) {
            ITS_LOG.setLevel(Level.OFF);
        }
        if (System.getProperty(FIRST_KEYS_PROPERTY) == null) {
            System.setProperty(FIRST_KEYS_PROPERTY, FIRST_KEYS);
        }
    }

    private final ReentrantLock making = new ReentrantLock();
    private Provider provider;

    @Override
    public SSLContext context() throws GeneralSecurityException {
        return SSLContext.getInstance("TLS", provider());
    }

    private Provider provider() {
        making.lock();
        try {
            if (provider == null) {
                provider = new BouncyCastleJsseProvider(false, new BouncyCastleProvider());
            }
            return provider;
        } finally {
            making.unlock();
        }
    }
}
