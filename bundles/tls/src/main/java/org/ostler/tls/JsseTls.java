// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.PeerVerdict;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.Protocols;
import org.ostler.mail.tls.TlsProvider;
import org.ostler.mail.tls.TlsResult;

/**
 * TLS by the JDK.
 *
 * <p><b>Description</b> Server contexts are kept per set of certificate files and made again when a file's date or size changes; where the new files are no good, the old context stays and a warning says why.
 * Client contexts are kept per protocol and level, so that a session made without checks is never resumed where checks were asked for. Sessions are resumed on both sides (session
 * tickets of TLS 1.3 included).
 *
 * <p><b>Security</b> Levels {@code may} and {@code encrypt} accept any certificate: they protect against listening, not against a man in the middle (RFC 7435). Names are not compared.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> the handshake; whoever owns the session closes the plain socket at its deadline. <b>Errors</b> {@link IOException}; the plain socket is left to the caller then.
 */
@Component(name = "tls", service = TlsProvider.class, immediate = true)
public final class JsseTls implements TlsProvider {

    private static final int MOST_CONTEXTS = 32;
    private static final int MOST_SESSIONS = 2000;

    private record Stamp(FileTime date, long size) {}

    private record Wanted(Identities.Source source, Duration sessions) {}

    private record Loaded(List<Stamp> stamps, SSLContext context) {}

    private final ReentrantLock loading = new ReentrantLock();
    private final Map<Wanted, Loaded> servers = new LinkedHashMap<>(8, 0.75f, true);
    private final Map<String, SSLContext> clients = new ConcurrentHashMap<>();

    @Activate
    public JsseTls() {}

    @Override
    public boolean hasServerCertificate(Settings settings) {
        return !Identities.Source.of(settings).isEmpty();
    }

    @Override
    public Session server(Socket plain, Settings settings) throws IOException {
        SSLContext context = serverContext(settings);
        var socket = (SSLSocket) context.getSocketFactory().createSocket(plain, (InputStream) null, true);
        socket.setUseClientMode(false);
        boolean mandatory = settings.text("smtpd_tls_security_level").equals("encrypt")
                || settings.text("smtpd_tls_security_level").isEmpty() && settings.text("smtpd_enforce_tls").equals("yes");
        socket.setEnabledProtocols(versions(context,
                settings.get(mandatory ? TlsParameters.SMTPD_TLS_MANDATORY_PROTOCOLS : TlsParameters.SMTPD_TLS_PROTOCOLS)));
        socket.startHandshake();
        return describe(socket, new PeerVerdict.Anonymous(), socket.getSession().getLocalCertificates(), List.of());
    }

    @Override
    public Session client(Socket plain, ClientTls policy, Settings settings) throws IOException {
        if (!(policy.proof() instanceof Proof.None)) {
            throw new IOException("no verifier for this kind of proof");
        }
        SSLContext context = clients.computeIfAbsent(policy.prefix() + " " + policy.level().text(), _ -> context(null, new AnyServer(), Duration.ofHours(1)));
        // The name is the key of the session cache; an IP literal would do as well.
        var socket = (SSLSocket) context.getSocketFactory().createSocket(plain, policy.host(), plain.getPort(), true);
        socket.setUseClientMode(true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(serverName(policy.serverName()));
        parameters.setProtocols(versions(context, policy.terms().protocols()));
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        List<X509Certificate> chain = peer(socket.getSession());
        PeerVerdict verdict = chain.isEmpty() ? new PeerVerdict.Anonymous() : new PeerVerdict.Untrusted("not asked", TlsResult.CERTIFICATE_NOT_TRUSTED);
        return describe(socket, verdict, chain.toArray(Certificate[]::new), chain);
    }

    private static List<X509Certificate> peer(SSLSession session) {
        try {
            return Arrays.stream(session.getPeerCertificates()).map(X509Certificate.class::cast).toList();
        } catch (SSLPeerUnverifiedException _) {
            return List.of();
        }
    }

    private static Session describe(SSLSocket socket, PeerVerdict verdict, Certificate[] server, List<X509Certificate> peer) {
        SSLSession session = socket.getSession();
        String suite = session.getCipherSuite();
        return new Session(socket, session.getProtocol(), CipherNames.openssl(suite), CipherNames.bits(suite), CipherNames.algorithmBits(suite),
                CipherNames.signature(session.getProtocol(), server), verdict, peer, false);
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

    private static String[] versions(SSLContext context, Protocols protocols) {
        List<String> supported = List.of(context.getSupportedSSLParameters().getProtocols());
        return protocols.enabled().stream().filter(supported::contains).toArray(String[]::new);
    }

    private SSLContext serverContext(Settings settings) throws IOException {
        Identities.Source source = Identities.Source.of(settings);
        if (source.isEmpty()) {
            throw new IOException("no server certificate is configured");
        }
        var wanted = new Wanted(source, settings.get(TlsParameters.SMTPD_TLS_SESSION_CACHE_TIMEOUT));
        List<Stamp> now = stamps(source);
        loading.lock();
        try {
            Loaded loaded = servers.get(wanted);
            if (loaded == null || !loaded.stamps.equals(now)) {
                loaded = load(wanted, now, loaded, settings);
                servers.put(wanted, loaded);
                if (servers.size() > MOST_CONTEXTS) {
                    servers.remove(servers.keySet().iterator().next());
                }
            }
            return loaded.context;
        } finally {
            loading.unlock();
        }
    }

    private static Loaded load(Wanted wanted, List<Stamp> now, Loaded last, Settings settings) throws IOException {
        try {
            Identities identities = Identities.load(wanted.source);
            return new Loaded(now, context(identities, null, wanted.sessions));
        } catch (IOException e) {
            MailLog.of(settings.text("syslog_name") + "/smtpd").warning(e.getMessage());
            if (last == null) {
                throw e;
            }
            return new Loaded(now, last.context); // said once per change
        }
    }

    private static SSLContext context(KeyManager keys, TrustManager trust, Duration sessions) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys == null ? null : new KeyManager[] {keys}, trust == null ? null : new TrustManager[] {trust}, null);
            int seconds = (int) Math.max(1, Math.min(sessions.toSeconds(), 86_400 * 100));
            for (var cache : List.of(context.getServerSessionContext(), context.getClientSessionContext())) {
                cache.setSessionCacheSize(MOST_SESSIONS);
                cache.setSessionTimeout(seconds);
            }
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no TLS", e);
        }
    }

    private static List<Stamp> stamps(Identities.Source source) {
        var all = new ArrayList<Stamp>();
        for (Path file : source.files()) {
            try {
                all.add(new Stamp(Files.getLastModifiedTime(file), Files.size(file)));
            } catch (IOException _) {
                all.add(new Stamp(FileTime.fromMillis(0), -1)); // loading it will say why
            }
        }
        return all;
    }
}
