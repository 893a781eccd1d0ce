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
import java.util.Collections;
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
import org.ostler.mail.tck.Certificates;
import org.ostler.mail.tck.Certificates.Identity;
import org.ostler.mail.tls.Proof;
import org.ostler.mail.tls.TlsLevel;

/**
 * Full TLS 1.3 handshakes, ours beside a bare SSLSocket with the same keys: handshakes in a second of wall clock, and processor time of either end for each.
 *
 * <p>A round is short, each candidate has one beside a round of the bare loop, and the order turns from round to round, so that whatever else the machine does hits both alike; ratios are of one round, and the median counts.
 * {@code mvn -pl bundles/tls -am -Dtest=TlsFigures -Dsurefire.failIfNoSpecifiedTests=false test} prints them too, by the first compiler tier; how to have the second is in docs/performance.md.
 */
class TlsFigures {

    private static final int WARM = Integer.getInteger("figures.warm", 4);
    private static final int ROUNDS = Integer.getInteger("figures.rounds", 7);
    /** In one round, by all connections together. */
    private static final int HANDSHAKES = 100;
    /** At the same time: as many as there are processors, so that none of them waits for the network of this machine. */
    private static final int CONNECTIONS = Runtime.getRuntime().availableProcessors();

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
        Identity root = Certificates.authority("root").selfSigned();
        for (String kind : List.of("EC P-256", "RSA-2048")) {
            Certificates leaf = Certificates.server("mx.example.test");
            Identity identity = (kind.startsWith("RSA") ? leaf.rsa() : leaf).signedBy(root);
            Path chain = identity.chainFile(dir.resolve(kind.substring(0, 2) + ".pem"), root);
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
                Side ourServer = plain -> ours.serverTls.server(plain, "unknown", in).socket();
                Side ourClient = plain -> ours.clientTls.client(plain, ours.policy(), out).socket();
                Side ourClientAgain = plain -> ours.clientTls.client(plain, ours.policy(), keeping).socket();
                var sides = new LinkedHashMap<String, List<Side>>();
                sides.put("bare", List.of(bareServer, bareClient));
                sides.put("ours, in", List.of(ourServer, bareClient));
                sides.put("ours, out", List.of(bareServer, ourClient));
                sides.put("bare, resumed", List.of(bareServer, bareClientAgain));
                sides.put("ours, in, resumed", List.of(ourServer, bareClientAgain));
                sides.put("ours, out, resumed", List.of(bareServer, ourClientAgain));
                sides.put("ours, in, Bouncy Castle", List.of(plain -> ours.serverTls.server(plain, "unknown", inByBc).socket(), bareClient));
                sides.put("ours, out, Bouncy Castle", List.of(bareServer, plain -> ours.clientTls.client(plain, ours.policy(), outByBc).socket()));
                sides.put("ours, both, Bouncy Castle, X25519MLKEM768", List.of(plain -> ours.serverTls.server(plain, "unknown", inByBc).socket(), plain -> ours.clientTls.client(plain, ours.policy(), outByBc).socket()));
                measure(kind, sides);
            }
        }
    }

    /** @param server milliseconds of processor time for a handshake @param client the same @param rate handshakes in a second */
    private record Cost(double server, double client, double rate) {
        double both() {
            return server + client;
        }
    }

    private static void measure(String kind, Map<String, List<Side>> sides) throws Exception {
        var costs = new LinkedHashMap<String, List<Cost>>();
        var bare = new LinkedHashMap<String, List<Cost>>();
        var order = new ArrayList<>(sides.keySet());
        for (int round = 0; round < WARM + ROUNDS; round++) {
            Collections.rotate(order, 1);
            for (String what : order) {
                Cost beside = round(sides.get("bare"));
                Cost cost = round(sides.get(what));
                if (round >= WARM) {
                    costs.computeIfAbsent(what, _ -> new ArrayList<>()).add(cost);
                    bare.computeIfAbsent(what, _ -> new ArrayList<>()).add(beside);
                }
            }
        }
        System.out.printf("%n| %s, %d at a time | handshakes/s | of bare | ms of processor time | of bare | server alone | client alone |%n|---|--:|--:|--:|--:|--:|--:|%n", kind, CONNECTIONS);
        for (String what : sides.keySet()) {
            List<Cost> all = costs.get(what);
            List<Cost> other = bare.get(what);
            System.out.printf("| %s | %.0f | %.2f | %.2f | %.2f | %.2f | %.2f |%n", what, median(all, other, (own, _) -> own.rate), median(all, other, (own, its) -> own.rate / its.rate),
                    median(all, other, (own, _) -> own.both()), median(all, other, (own, its) -> own.both() / its.both()), median(all, other, (own, its) -> own.server / its.server),
                    median(all, other, (own, its) -> own.client / its.client));
        }
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

    /** Processor time is that of the threads that shake hands: the compiler and the collector have their own. */
    private static Cost round(List<Side> pair) throws Exception {
        try (var listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress()); var threads = Executors.newFixedThreadPool(2 * CONNECTIONS)) {
            listener.setSoTimeout(30_000); // a client that fails is not waited for without end
            var serving = new ArrayList<Future<Long>>();
            var asking = new ArrayList<Future<Long>>();
            long begin = System.nanoTime();
            for (int i = 0; i < CONNECTIONS; i++) {
                serving.add(threads.submit(() -> timed(() -> serve(listener, pair.getFirst()))));
                asking.add(threads.submit(() -> timed(() -> ask(listener, pair.getLast()))));
            }
            double client = sum(asking);
            double server = sum(serving);
            double seconds = (System.nanoTime() - begin) / 1e9;
            int made = HANDSHAKES / CONNECTIONS * CONNECTIONS;
            return new Cost(server / 1e6 / made, client / 1e6 / made, made / seconds);
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static long timed(Work work) throws Exception {
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        long begin = clock.getCurrentThreadCpuTime();
        for (int i = 0; i < HANDSHAKES / CONNECTIONS; i++) {
            work.run();
        }
        return clock.getCurrentThreadCpuTime() - begin;
    }

    private static void serve(ServerSocket listener, Side server) throws Exception {
        try (Socket socket = server.over(quick(listener.accept()))) {
            socket.getOutputStream().write('x');
            socket.getInputStream().read();
        }
    }

    private static void ask(ServerSocket listener, Side client) throws Exception {
        try (Socket socket = client.over(quick(new Socket(listener.getInetAddress(), listener.getLocalPort())))) {
            socket.getInputStream().read();
        }
    }

    private static double sum(List<Future<Long>> parts) throws Exception {
        double all = 0;
        for (Future<Long> part : parts) {
            all += part.get();
        }
        return all;
    }
}
