// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ostler.mail.config.Settings;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsLevel;

/**
 * Full TLS 1.3 handshakes, ours beside a bare SSLSocket with the same keys, in alternating rounds; processor time of the two threads for each handshake.
 * {@code mvn -pl bundles/tls -am -Dtest=TlsFigures -Dsurefire.failIfNoSpecifiedTests=false test} prints them too, by the first compiler tier.
 */
class TlsFigures {

    private static final int WARM = 4;
    private static final int ROUNDS = 7;
    private static final int HANDSHAKES = 100;

    @TempDir Path dir;

    /** Outside of the tests, whose virtual machine has the first compiler tier only, on their class path: that is where figures mean something. */
    public static void main(String[] arguments) throws Exception {
        var figures = new TlsFigures();
        figures.dir = java.nio.file.Files.createTempDirectory("tls-figures");
        figures.full_handshakes_beside_a_bare_SSLSocket();
    }

    private interface Side {
        Socket over(Socket plain) throws Exception;
    }

    @Test
    void full_handshakes_beside_a_bare_SSLSocket() throws Exception {
        Pki.Identity root = Pki.authority("root").selfSigned();
        for (String kind : List.of("EC", "RSA")) {
            Pki leaf = Pki.leaf("mx.example.test");
            Pki.Identity identity = (kind.equals("RSA") ? leaf.rsa() : leaf).signedBy(root);
            Path chain = identity.chainFile(dir.resolve(kind + ".pem"), root);
            try (var ours = new Pair()) {
                ours.level = TlsLevel.SECURE;
                ours.proof = new Proof.Authority(List.of("mx.example.test"), List.of(), false);
                Settings in = Settings.of(Map.of("smtpd_tls_chain_files", chain.toString()));
                Settings out = Settings.of(Map.of("smtp_tls_CAfile", root.certificateFile(dir.resolve("root.pem")).toString()));
                SSLContext bare = SSLContext.getInstance("TLS");
                bare.init(new KeyManager[] {new KeyChoice(Identities.ofChains(List.of(chain)), java.util.Optional.empty())}, new TrustManager[] {new AnyPeer(List.of())}, new SecureRandom());
                Side bareServer = plain -> {
                    var socket = (SSLSocket) bare.getSocketFactory().createSocket(plain, (InputStream) null, true);
                    socket.setUseClientMode(false);
                    socket.startHandshake();
                    return socket;
                };
                Side bareClient = plain -> {
                    var socket = (SSLSocket) bare.getSocketFactory().createSocket(plain, "never twice " + plain.getLocalPort() + System.nanoTime(), plain.getPort(), true);
                    socket.startHandshake();
                    return socket;
                };
                Side bareClientAgain = plain -> {
                    var socket = (SSLSocket) bare.getSocketFactory().createSocket(plain, "mx.example.test", 25, true);
                    socket.startHandshake();
                    return socket;
                };
                Settings keeping = out.with(Map.of("smtp_tls_session_cache_database", "btree:kept"));
                Settings inByBc = in.with(Map.of("tls_provider", "bc"));
                Settings outByBc = out.with(Map.of("tls_provider", "bc"));
                Side ourServer = plain -> ours.serverTls.server(plain, in).socket();
                Side ourClient = plain -> ours.clientTls.client(plain, ours.policy(), out).socket();
                Side ourClientAgain = plain -> ours.clientTls.client(plain, ours.policy(), keeping).socket();
                var sides = new LinkedHashMap<String, List<Side>>();
                sides.put("bare", List.of(bareServer, bareClient));
                sides.put("in", List.of(ourServer, bareClient));
                sides.put("out", List.of(bareServer, ourClient));
                sides.put("bare, resumed", List.of(bareServer, bareClientAgain));
                sides.put("in, resumed", List.of(ourServer, bareClientAgain));
                sides.put("out, resumed", List.of(bareServer, ourClientAgain));
                sides.put("in, bc", List.of(plain -> ours.serverTls.server(plain, inByBc).socket(), bareClient));
                sides.put("out, bc", List.of(bareServer, plain -> ours.clientTls.client(plain, ours.policy(), outByBc).socket()));
                sides.put("both, bc, X25519MLKEM768", List.of(plain -> ours.serverTls.server(plain, inByBc).socket(), plain -> ours.clientTls.client(plain, ours.policy(), outByBc).socket()));
                measure(kind, sides);
            }
        }
    }

    /** Milliseconds of processor time for a handshake, at each end. */
    private record Cost(double server, double client) {
        double both() {
            return server + client;
        }
    }

    private static void measure(String kind, Map<String, List<Side>> sides) throws Exception {
        var costs = new LinkedHashMap<String, List<Cost>>();
        for (int round = 0; round < WARM + ROUNDS; round++) {
            for (var each : sides.entrySet()) {
                Cost cost = round(each.getValue().get(0), each.getValue().get(1));
                if (round >= WARM) {
                    costs.computeIfAbsent(each.getKey(), _ -> new ArrayList<>()).add(cost);
                }
            }
        }
        List<Cost> bare = costs.get("bare");
        costs.forEach((what, all) -> System.out.printf("%s %-24s %.3f ms of processor time for a handshake at both ends, %.2f of bare in the same round (server alone %.2f, client alone %.2f)%n", kind, what,
                median(all, bare, (own, _) -> own.both()), median(all, bare, (own, other) -> own.both() / other.both()), median(all, bare, (own, other) -> own.server / other.server),
                median(all, bare, (own, other) -> own.client / other.client)));
    }

    private static double median(List<Cost> own, List<Cost> bare, ToDoubleBiFunction<Cost, Cost> figure) {
        double[] all = IntStream.range(0, own.size()).mapToDouble(i -> figure.applyAsDouble(own.get(i), bare.get(i))).sorted().toArray();
        return all[all.length / 2];
    }

    /** As the server and the clients have it. */
    private static Socket quick(Socket socket) throws SocketException {
        socket.setTcpNoDelay(true);
        return socket;
    }

    /** Of the two threads alone: the compiler and the collector have their own. */
    private static Cost round(Side server, Side client) throws Exception {
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        try (var listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress()); var threads = Executors.newSingleThreadExecutor()) {
            Future<Long> serving = threads.submit(() -> {
                long begin = clock.getCurrentThreadCpuTime();
                for (int i = 0; i < HANDSHAKES; i++) {
                    try (Socket socket = server.over(quick(listener.accept()))) {
                        socket.getOutputStream().write('x');
                        socket.getInputStream().read();
                    }
                }
                return clock.getCurrentThreadCpuTime() - begin;
            });
            long begin = clock.getCurrentThreadCpuTime();
            for (int i = 0; i < HANDSHAKES; i++) {
                try (Socket socket = client.over(quick(new Socket(listener.getInetAddress(), listener.getLocalPort())))) {
                    socket.getInputStream().read();
                }
            }
            long ours = clock.getCurrentThreadCpuTime() - begin;
            return new Cost(serving.get() / 1e6 / HANDSHAKES, ours / 1e6 / HANDSHAKES);
        }
    }
}
