// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Pem;
import org.ostler.mail.tls.Protocols;
import org.ostler.mail.tls.TlsProvider.Handshake;
import org.ostler.mail.tls.TlsProvider.Session;

/** What is offered in a handshake, and what came of it. Pure functions over sockets. */
final class Negotiated {

    private Negotiated() {}

    static SSLParameters parameters(SSLSocket socket, Protocols protocols, Contexts.Ready ready) throws IOException {
        List<String> supported = List.of(socket.getSupportedProtocols());
        String[] versions = DisabledVersions.without(protocols.enabled()).stream().filter(supported::contains).toArray(String[]::new);
        if (versions.length == 0) {
            throw new IOException("none of the TLS versions asked for is spoken here: " + String.join(", ", protocols.enabled()));
        }
        // Of TLS 1.3 lists do not speak: all its suites are always there. Those of older versions are named by "WITH".
        if (!List.of(versions).contains("TLSv1.3") && Stream.of(ready.suites()).noneMatch(suite -> suite.contains("_WITH_"))) {
            throw new IOException("no cipher is left for " + String.join(", ", versions));
        }
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(versions);
        parameters.setCipherSuites(ready.suites());
        if (ready.groups() != null) {
            parameters.setNamedGroups(ready.groups());
        }
        return parameters;
    }

    /** The peer's chain as it sent it; empty where it sent none. Whatever the engine, certificates are the JDK's own, so that every verifier finds in them what it knows. */
    static List<X509Certificate> peer(SSLSession session, String engine) throws IOException {
        try {
            var chain = new ArrayList<X509Certificate>();
            for (Certificate certificate : session.getPeerCertificates()) {
                chain.add(engine.equals(Engines.JDK) ? (X509Certificate) certificate : Pem.certificate(certificate.getEncoded()));
            }
            return chain;
        } catch (SSLPeerUnverifiedException _) {
            return List.of();
        } catch (CertificateEncodingException e) {
            throw new IOException("bad certificate: " + e.getMessage(), e);
        }
    }

    /** @param resumed no certificate was used in this handshake: those of the session are from an earlier one */
    record Peer(PeerVerdict verdict, List<X509Certificate> chain, boolean resumed) {}

    static Session session(SSLSocket socket, Peer peer, Witness witness, boolean weAreServer) {
        SSLSession session = socket.getSession();
        String suite = session.getCipherSuite();
        return new Session(socket, session.getProtocol(), CipherNames.openssl(suite), CipherNames.bits(suite), CipherNames.algorithmBits(suite),
                handshake(session, peer, witness, weAreServer), peer.verdict, peer.chain, peer.resumed);
    }

    /** Of TLS 1.3 only: the ciphers of older versions say it by their names, and Postfix leaves it at that. */
    private static Handshake handshake(SSLSession session, Peer peer, Witness witness, boolean weAreServer) {
        if (!session.getProtocol().equals("TLSv1.3")) {
            return new Handshake("", "", "", witness.serverName());
        }
        String exchange = CipherNames.keyExchange(witness.group());
        if (peer.resumed) {
            return new Handshake(exchange, "", "", witness.serverName());
        }
        Certificate[] ours = session.getLocalCertificates();
        Certificate[] theirs = peer.chain.toArray(Certificate[]::new);
        return new Handshake(exchange, CipherNames.signature("server", weAreServer ? ours : theirs), CipherNames.signature("client", weAreServer ? theirs : ours), witness.serverName());
    }
}
