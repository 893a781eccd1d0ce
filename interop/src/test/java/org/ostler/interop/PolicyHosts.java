// SPDX-License-Identifier: Apache-2.0
package org.ostler.interop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** The policy hosts of all domains of a test, {@code https://mta-sts.DOMAIN/.well-known/mta-sts.txt}, on port 443 of a loopback address of its own. Needs root for the port. */
final class PolicyHosts implements AutoCloseable {

    private static final String PATH = "/.well-known/mta-sts.txt";

    private static final String ELSEWHERE = "/elsewhere";
    private static final String MOVED = "redirect ";
    private static final String HTML = "html ";

    private final InetAddress address;
    private final HttpsServer server;
    private final Map<String, String> policies = new ConcurrentHashMap<>();
    private final Set<String> asked = ConcurrentHashMap.newKeySet();

    /** @param keys of a certificate for all the hosts */
    PolicyHosts(KeyStore keys, char[] password) throws Exception {
        var dice = ThreadLocalRandom.current();
        address = InetAddress.ofLiteral("127." + dice.nextInt(1, 255) + "." + dice.nextInt(1, 255) + "." + dice.nextInt(2, 255));
        var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(address, 443), 50);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    InetAddress address() {
        return address;
    }

    /** @param policy lines; behind {@code "redirect "} they are somewhere else, and behind {@code "html "} they are said to be no plain text */
    void publish(String domain, String policy) {
        policies.put(domain, policy);
    }

    /** Domains whose policy somebody asked for. */
    Set<String> asked() {
        return Set.copyOf(asked);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String host = exchange.getRequestHeaders().getFirst("Host");
            String domain = host == null ? "" : host.replaceFirst("^mta-sts\\.", "");
            String policy = policies.getOrDefault(domain, "");
            boolean moved = policy.startsWith(MOVED);
            asked.add(domain);
            if (moved && exchange.getRequestURI().getPath().equals(PATH)) {
                exchange.getResponseHeaders().set("Location", "https://" + host + ELSEWHERE);
                exchange.sendResponseHeaders(301, -1);
                return;
            }
            exchange.getResponseHeaders().set("Content-Type", policy.startsWith(HTML) ? "text/html" : "text/plain; charset=utf-8");
            byte[] body = policy.replaceFirst("^(" + MOVED + "|" + HTML + ")", "").replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
            boolean known = exchange.getRequestURI().getPath().equals(moved ? ELSEWHERE : PATH);
            exchange.sendResponseHeaders(known && body.length > 0 ? 200 : 404, body.length == 0 ? -1 : body.length);
            if (body.length > 0) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
