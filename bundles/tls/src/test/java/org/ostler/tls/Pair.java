// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tls.ClientTls;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.Protocols;
import org.ostler.mail.tls.TlsLevel;
import org.ostler.mail.tls.TlsProvider.Session;
import org.ostler.tls.bc.BouncyCastleEngine;

/** A client and a server of ours on one kept listener: each call is a connection. Policy and parameters are happy by default. */
final class Pair implements AutoCloseable {

    static final int SECONDS = 30;

    final JsseTls clientTls;
    final JsseTls serverTls;
    final Map<String, String> client = new HashMap<>();
    final Map<String, String> server = new HashMap<>();
    private final ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    TlsLevel level = TlsLevel.ENCRYPT;
    String host = "mx.example.test";
    String serverName = "";
    String prefix = "smtp";
    /** What {@code tls_provider} says where {@link #client} and {@link #server} do not say it. */
    String clientEngine = "jsse";
    String serverEngine = "jsse";
    /** Where the client connects to: the server itself, or somebody in between. */
    int port = listener.getLocalPort();
    String protocols = ">=TLSv1.2";
    String grade = "medium";
    String exclude = "";
    Proof proof = Proof.NONE;

    record Both(Session client, Session server) {}

    Pair() throws IOException {
        this(wired(), wired());
    }

    Pair(JsseTls clientTls, JsseTls serverTls) throws IOException {
        this.clientTls = clientTls;
        this.serverTls = serverTls;
    }

    static JsseTls wired() {
        return new JsseTls(Map.of("authority", new AuthorityVerifier(), "fingerprints", new FingerprintVerifier()), Map.of("bc", new BouncyCastleEngine()));
    }

    /** Both sides speak by this engine. */
    Pair by(String engine) {
        clientEngine = engine;
        serverEngine = engine;
        return this;
    }

    Settings clientSettings() {
        return settings(clientEngine, client);
    }

    Settings serverSettings() {
        return settings(serverEngine, server);
    }

    private static Settings settings(String engine, Map<String, String> more) {
        var all = new HashMap<>(Map.of("tls_provider", engine));
        all.putAll(more);
        return Settings.of(all);
    }

    ClientTls policy() {
        return new ClientTls(level, host, serverName, prefix, new ClientTls.Terms(Protocols.parse(protocols), grade, exclude), proof);
    }

    /** One connection: the handshake, a line from the server, the end. */
    Both connect() throws Exception {
        Future<Session> other = threads.submit(() -> {
            Socket socket = listener.accept();
            try {
                Session session = serverTls.server(socket, "client.test[192.0.2.1]", serverSettings());
                session.socket().getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
                session.socket().getInputStream().read();
                session.socket().close();
                return session;
            } catch (IOException e) {
                socket.close();
                throw e;
            }
        });
        try (var socket = new Socket(listener.getInetAddress(), port)) {
            Session mine = clientTls.client(socket, policy(), clientSettings());
            // The tickets of TLS 1.3 come before the first line.
            if (!List.of("hello").contains(new String(mine.socket().getInputStream().readNBytes(5), StandardCharsets.US_ASCII))) {
                throw new IOException("no greeting");
            }
            mine.socket().close();
            return new Both(mine, other.get(SECONDS, TimeUnit.SECONDS));
        } catch (IOException e) {
            // What the server says is the better reason.
            try {
                other.get(SECONDS, TimeUnit.SECONDS);
            } catch (java.util.concurrent.ExecutionException theirs) {
                e.addSuppressed(theirs.getCause());
            }
            throw e;
        }
    }

    /** A connection that stays: whoever asks for it closes both sides. */
    Both open() throws Exception {
        Future<Session> other = threads.submit(() -> serverTls.server(listener.accept(), "unknown", serverSettings()));
        Session mine = clientTls.client(new Socket(listener.getInetAddress(), port), policy(), clientSettings());
        return new Both(mine, other.get(SECONDS, TimeUnit.SECONDS));
    }

    @Override
    public void close() throws IOException {
        listener.close();
        threads.shutdownNow();
    }
}
