// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Lets every certificate through the handshake: no certificate is an error there. Who has shown what is judged afterwards, by a {@link org.ostler.mail.tls.spi.PeerVerifier}, and the verdict is part of
 * the session. The extended form, so that JSSE adds no checks of its own.
 */
final class AnyPeer extends X509ExtendedTrustManager {

    private final X509Certificate[] issuers;

    /** @param issuers whose certificates a client should show; empty: anybody's */
    AnyPeer(List<X509Certificate> issuers) {
        this.issuers = issuers.toArray(X509Certificate[]::new);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
        Witness.sawCertificates();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {
        Witness.sawCertificates();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
        Witness.sawCertificates();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return issuers.clone();
    }
}
