// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;

/**
 * What JSSE takes from strangers in a handshake. It reads system properties, once, before the first handshake of the process; the launcher sets the same, for the case that somebody else comes first. What an
 * operator has set stays.
 *
 * <p>Servers may send what OpenSSL takes: 100 KB. The number of certificates has a bound of its own here, far above what {@code smtp_tls_scert_verifydepth} could use. Connections that we make are few;
 * those that we take are as many as strangers like, so {@link Flight} bounds what a client may have us keep.
 */
final class JsseBounds {

    /** Bytes of a handshake message: OpenSSL's SSL_MAX_CERT_LIST_DEFAULT. */
    static final int MESSAGE = 102_400;
    static final int CERTIFICATES_OF_SERVERS = 40;
    /** Bytes of a client's part in a handshake; JSSE takes 8 certificates of it. */
    static final int FLIGHT_OF_CLIENTS = 40_960;

    private JsseBounds() {}

    static void set() {
        // TLS 1.3 has no renegotiation; in TLS 1.2 it serves nobody but who wants to keep us busy.
        set("jdk.tls.rejectClientInitiatedRenegotiation", "true");
        set("jdk.tls.maxHandshakeMessageSize", Integer.toString(MESSAGE));
        set("jdk.tls.client.maxInboundCertificateChainLength", Integer.toString(CERTIFICATES_OF_SERVERS));
    }

    private static void set(String name, String value) {
        if (System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }

    /** Counts what a client sends until the handshake is over. */
    static final class Flight implements WatchedSocket.Watcher {

        private int count;
        private volatile boolean over;

        @Override
        public void saw(byte[] bytes, int offset, int length) throws IOException {
            if (!over && (count += length) > FLIGHT_OF_CLIENTS) {
                throw new IOException("the client sends more than " + FLIGHT_OF_CLIENTS + " bytes in the handshake");
            }
        }

        void over() {
            over = true;
        }
    }
}
