// SPDX-License-Identifier: Apache-2.0
package org.ostler.tlsrpt;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.ostler.mail.tck.Certificates;

/** A real HTTPS server on loopback that takes reports, or not. */
final class ReportHost implements AutoCloseable {

    record Posted(String path, String type, byte[] body) {}

    private static final char[] PASSWORD = "secret".toCharArray();

    final List<Posted> posted = new CopyOnWriteArrayList<>();
    /** To answer with; 0: never answers. */
    volatile int status = 201;
    private final HttpsServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final SSLContext client;

    ReportHost(Certificates certificate) throws Exception {
        Certificates.Identity authority = Certificates.authority("test authority").selfSigned();
        Certificates.Identity identity = certificate.signedBy(authority);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("server", identity.keys().getPrivate(), PASSWORD, new Certificate[] {identity.certificate()});
        KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
        managers.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        KeyStore anchors = KeyStore.getInstance("PKCS12");
        anchors.load(null, null);
        anchors.setCertificateEntry("authority", authority.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(anchors);
        client = SSLContext.getInstance("TLS");
        client.init(null, trust.getTrustManagers(), null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            posted.add(new Posted(exchange.getRequestURI().toString(), exchange.getRequestHeaders().getFirst("Content-Type"), exchange.getRequestBody().readAllBytes()));
            if (status == 302) {
                exchange.getResponseHeaders().set("Location", "/elsewhere");
            }
            if (status != 0) {
                exchange.sendResponseHeaders(status, -1);
                exchange.close();
            }
        });
        server.start();
    }

    /** @param deadline of one report */
    WebPost post(Duration deadline) {
        return new WebPost(() -> client, deadline);
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
