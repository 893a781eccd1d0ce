// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import org.ostler.mail.lease.Leased;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.tls.spi.TlsEngine;

/** Implementations of TLS by the names of {@code tls_provider}. <b>Threads</b> any. */
final class Engines {

    static final String JDK = "jsse";
    /** An engine is chosen by the operator and is not swapped for another in passing: nobody waits long. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Duration patience;
    private final Map<String, Leased<TlsEngine>> byName = new ConcurrentHashMap<>();

    Engines(Duration patience) {
        this.patience = patience;
    }

    Leased<TlsEngine> of(String name) {
        return byName.computeIfAbsent(name, _ -> new Leased<>("the TLS engine \"" + name + "\"", patience));
    }

    /** Whether handshakes can begin. An engine that is being replaced is waited for. */
    boolean isThere(String name) {
        if (name.equals(JDK)) {
            return true;
        }
        try (Leased<TlsEngine>.Lease _ = of(name).acquire()) {
            return true;
        } catch (UnavailableException _) {
            return false;
        }
    }

    SSLContext context(String name) throws GeneralSecurityException, IOException {
        if (name.equals(JDK)) {
            return SSLContext.getInstance("TLS");
        }
        try {
            return of(name).call(TlsEngine::context);
        } catch (UnavailableException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
