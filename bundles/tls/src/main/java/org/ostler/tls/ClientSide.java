// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.ostler.mail.config.Settings;
import org.ostler.mail.lease.UnavailableException;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsProvider.Session;
import org.ostler.mail.tls.spi.PeerVerifier;

/**
 * The clients' handshakes: one context for each policy, and the verdict afterwards.
 *
 * <p>The whole {@link ClientTls} is the key of a context, with the parameters that matter beside it. So a session is resumed with the same host under the same policy or not at all.
 *
 * <p><b>Threads</b> any. <b>Errors</b> {@link IOException}; with an {@link UnavailableException} as its cause where the trouble is ours: nothing is known against the peer, and nobody goes on in the clear.
 */
final class ClientSide {

    private static final int MOST_CONTEXTS = 1000;
    /** Of one host under one policy, at one port each. */
    private static final int MOST_SESSIONS = 20;

    private final Judges judges;
    private final InstantSource clock;
    private final Contexts contexts;
    private final Contexts.Parts parts;
    private final AtomicLong connections = new AtomicLong();

    ClientSide(Judges judges, Engines engines, InstantSource clock) {
        this.judges = judges;
        this.clock = clock;
        this.contexts = new Contexts(MOST_CONTEXTS, MOST_SESSIONS, clock);
        this.parts = new Parts(engines);
    }

    void forgetContexts(String engine) {
        contexts.forget(engine);
    }

    Session handshake(Socket plain, ClientTls policy, Settings settings) throws IOException {
        MailLog log = MailLog.of(settings.text("syslog_name") + "/" + policy.prefix());
        boolean keep = !settings.get(policy.prefix() + "_tls_session_cache_database", ClientTlsParameters.SMTP_TLS_SESSION_CACHE_DATABASE).isEmpty();
        Duration sessions = keep ? settings.get(policy.prefix() + "_tls_session_cache_timeout", ClientTlsParameters.SMTP_TLS_SESSION_CACHE_TIMEOUT) : Duration.ZERO;
        Contexts.Wanted wanted = ours(() -> wanted(policy, sessions, settings));
        Contexts.Ready ready = ours(() -> contexts.get(wanted, parts, log));
        // Host and port are what JSSE looks for a session by, and it would take even the SNI from an old one: a name that comes once finds none.
        String key = sessions.isZero() ? policy.host() + "#" + connections.incrementAndGet() : policy.host();
        try (Witness witness = Witness.start(log, policy.host())) {
            var socket = (SSLSocket) ready.context().getSocketFactory().createSocket(witness.watch(plain, false), key, plain.getPort(), true);
            socket.setUseClientMode(true);
            SSLParameters parameters = ours(() -> Negotiated.parameters(socket, policy.terms().protocols(), ready));
            parameters.setServerNames(serverName(policy.serverName()));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            List<X509Certificate> chain = Negotiated.peer(socket.getSession(), wanted.engine());
            var context = new PeerVerifier.Context(policy.prefix(), settings, clock.instant());
            PeerVerdict verdict = isProofAsked(policy) ? judges.judge(policy.proof(), chain, context) : judges.test(policy.proof(), chain, context);
            return Negotiated.session(socket, new Negotiated.Peer(verdict, chain, witness.resumed(socket.getSession().getCipherSuite())), witness, false);
        }
    }

    @FunctionalInterface
    private interface OwnWork<T> {
        T done() throws IOException;
    }

    /** Certificates, ciphers, versions and engines of ours: the peer has no part in it. */
    private static <T> T ours(OwnWork<T> work) throws IOException {
        try {
            return work.done();
        } catch (IOException e) {
            if (e.getCause() instanceof UnavailableException) {
                throw e;
            }
            var trouble = new IOException(e.getMessage(), new UnavailableException(String.valueOf(e.getMessage())));
            trouble.addSuppressed(e);
            throw trouble;
        }
    }

    /** With session keeping off the host does not matter: one context serves all that ask for the same. */
    private static Contexts.Wanted wanted(ClientTls policy, Duration sessions, Settings settings) throws IOException {
        ClientTls.Terms terms = policy.terms();
        Object whose = sessions.isZero() ? policy.prefix() : policy;
        return new Contexts.Wanted(whose, Identities.Source.ofClient(policy.prefix(), settings), sessions, settings.get(TlsParameters.TLS_PROVIDER),
                Ciphers.list(terms.grade(), terms.exclude(), isProofAsked(policy), settings), Ciphers.groups(settings));
    }

    private static boolean isProofAsked(ClientTls policy) {
        return policy.level().compareTo(TlsLevel.ENCRYPT) > 0;
    }

    private static List<SNIServerName> serverName(String name) {
        boolean literal = name.isEmpty() || name.startsWith("[") || name.indexOf(':') >= 0 || Character.isDigit(name.charAt(name.length() - 1));
        if (literal) {
            return List.of(); // RFC 6066 section 3: names only, never addresses
        }
        try {
            return List.of(new SNIHostName(name));
        } catch (IllegalArgumentException _) {
            return List.of();
        }
    }

    private record Parts(Engines engines) implements Contexts.Parts {

        @Override
        public SSLContext engine(String name) throws GeneralSecurityException, IOException {
            return engines.context(name);
        }

        @Override
        public Optional<ServerNames> names() {
            return Optional.empty();
        }

        @Override
        public List<X509Certificate> issuers() {
            return List.of();
        }

        @Override
        public List<Path> issuerFiles() {
            return List.of();
        }
    }
}
