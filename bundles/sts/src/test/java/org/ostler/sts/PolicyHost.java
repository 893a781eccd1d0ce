// SPDX-License-Identifier: Apache-2.0
package org.ostler.sts;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.ostler.mail.tck.Certificates;
import org.ostler.mail.tls.WebAuthorities;

/** A real HTTPS server on loopback that serves one policy: well by default, and as a test says. */
final class PolicyHost implements AutoCloseable {

    static final String POLICY = "version: STSv1\r\nmode: enforce\r\nmx: mx.example.test\r\nmx: *.mail.example.test\r\nmax_age: 604800\r\n";
    private static final char[] PASSWORD = "secret".toCharArray();

    final List<String> requests = new CopyOnWriteArrayList<>();
    final List<String> serverNames = new CopyOnWriteArrayList<>();
    volatile HttpHandler handler;
    private final HttpsServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Certificates.Identity authority;

    /** @param identity of the server, signed by the authority */
    private PolicyHost(Certificates.Identity authority, Certificates.Identity identity) throws Exception {
        this.authority = authority;
        handler = text(POLICY);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context(identity)));
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestHeaders().getFirst("Host").replaceFirst(":.*", "") + exchange.getRequestURI());
            if (((HttpsExchange) exchange).getSSLSession() instanceof ExtendedSSLSession session) {
                session.getRequestedServerNames().forEach(name -> serverNames.add(new String(name.getEncoded(), StandardCharsets.US_ASCII)));
            }
            handler.handle(exchange);
        });
        server.start();
    }

    static PolicyHost happy() throws Exception {
        return with(Certificates.server("mta-sts.example.test", "mta-sts.other.test"));
    }

    static PolicyHost with(Certificates certificate) throws Exception {
        Certificates.Identity authority = Certificates.authority("test authority").selfSigned();
        return new PolicyHost(authority, certificate.signedBy(authority));
    }

    /** A fetch that trusts this server's authority. */
    PolicyFetch fetch() throws Exception {
        KeyStore anchors = KeyStore.getInstance("PKCS12");
        anchors.load(null, null);
        anchors.setCertificateEntry("authority", authority.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(anchors);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return new PolicyFetch(() -> context, server.getAddress().getPort());
    }

    /** A fetch with the authorities of the system, which do not know ours. */
    PolicyFetch strictFetch() {
        return new PolicyFetch(WebAuthorities::context, server.getAddress().getPort());
    }

    private static SSLContext context(Certificates.Identity identity) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("server", identity.keys().getPrivate(), PASSWORD, new Certificate[] {identity.certificate()});
        KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
        managers.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    static HttpHandler text(String body) {
        return answer(200, "text/plain", body);
    }

    static HttpHandler answer(int status, String type, String body) {
        return exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            if (!type.isEmpty()) {
                exchange.getResponseHeaders().set("Content-Type", type);
            }
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        };
    }

    static HttpHandler redirect(String location) {
        return exchange -> {
            exchange.getResponseHeaders().set("Location", location);
            answer(302, "text/plain", POLICY).handle(exchange);
        };
    }

    /** A body of any size, piece by piece, until the client has enough. @param pause in milliseconds between pieces */
    static HttpHandler endless(String piece, long pause) {
        return exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/plain");
            exchange.sendResponseHeaders(200, 0);
            drip(exchange, piece, pause);
        };
    }

    private static void drip(HttpExchange exchange, String piece, long pause) throws IOException {
        try (OutputStream out = exchange.getResponseBody()) {
            for (int i = 0; i < 100_000; i++) {
                out.write(piece.getBytes(StandardCharsets.UTF_8));
                out.flush();
                java.util.concurrent.locks.LockSupport.parkNanos(pause * 1_000_000);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
