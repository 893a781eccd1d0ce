// SPDX-License-Identifier: Apache-2.0
package org.ostler.sql.mariadb;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.mariadb.jdbc.Configuration;
import org.mariadb.jdbc.HostAddress;
import org.mariadb.jdbc.export.ExceptionFactory;
import org.mariadb.jdbc.plugin.TlsSocketPlugin;
import org.ostler.mail.log.Reasons;
import org.ostler.mail.lookup.sql.SqlServer;
import org.ostler.mail.tls.Pem;

/**
 * TLS from the PEM files that mysql_table(5) names: {@code tls_CAfile}, {@code tls_CApath}, {@code tls_cert_file}, {@code tls_key_file}, {@code tls_ciphers}, {@code tls_verify_cert}.
 *
 * <h2>Security</h2>
 * Without {@code tls_CAfile} and {@code tls_CApath} any certificate is taken, as by Postfix; with one of them the chain must lead there, and with {@code tls_verify_cert = yes} the name must be right too.
 *
 * <p>Public because the connector finds it through {@code META-INF/services}. <b>Threads</b> any. <b>Blocking</b> reads the files when a connection is made.
 */
public final class PemTls implements TlsSocketPlugin {

    private static final String TYPE = "ostler-pem";
    private static final List<String> FILES = List.of("tls_CAfile", "tls_CApath", "tls_cert_file", "tls_key_file");

    /** What the connector must be told. */
    static void options(SqlServer server, Properties options) throws SQLException {
        boolean verify = server.option("tls_verify_cert").equals("yes");
        boolean any = FILES.stream().anyMatch(name -> !server.option(name).isEmpty()) || !server.option("tls_ciphers").isEmpty();
        if (!any && !verify) {
            options.setProperty("sslMode", "disable");
            return;
        }
        boolean authorities = !server.option("tls_CAfile").isEmpty() || !server.option("tls_CApath").isEmpty();
        options.setProperty("sslMode", verify ? "verify-full" : authorities ? "verify-ca" : "trust");
        options.setProperty("tlsSocketType", TYPE);
        FILES.forEach(name -> options.setProperty(name, server.option(name)));
        options.setProperty("tls_verify_cert", verify ? "yes" : "no");
        if (!server.option("tls_ciphers").isEmpty()) {
            options.setProperty("enabledSslCipherSuites", String.join(",", Ciphers.javaNames(server.option("tls_ciphers"))));
        }
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public TrustManager[] getTrustManager(Configuration conf, ExceptionFactory exceptions, HostAddress host) throws SQLException {
        Properties options = conf.nonMappedOptions();
        try {
            List<X509Certificate> authorities = authorities(options);
            String named = options.getProperty("tls_CAfile", "").isEmpty() ? options.getProperty("tls_CApath", "") : options.getProperty("tls_CAfile");
            if (authorities.isEmpty() && !named.isEmpty()) {
                // Who names one does not mean anybody.
                throw new SQLException("no certificate in " + named, "08001");
            }
            if (authorities.isEmpty()) {
                // The system's own list where the name is to be verified against nothing else.
                return options.getProperty("tls_verify_cert").equals("yes") ? managers(null) : new TrustManager[] {new TrustAll()};
            }
            KeyStore store = emptyStore();
            for (int i = 0; i < authorities.size(); i++) {
                store.setCertificateEntry("ca" + i, authorities.get(i));
            }
            return managers(store);
        } catch (IOException | GeneralSecurityException e) {
            throw new SQLException("cannot read CA certificates: " + Reasons.of(e), "08001", e);
        }
    }

    private static TrustManager[] managers(KeyStore store) throws GeneralSecurityException {
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static List<X509Certificate> authorities(Properties options) throws IOException {
        String file = options.getProperty("tls_CAfile", "");
        String directory = options.getProperty("tls_CApath", "");
        if (!file.isEmpty()) {
            return certificates(Path.of(file));
        }
        var found = new ArrayList<X509Certificate>();
        if (!directory.isEmpty()) {
            try (Stream<Path> files = Files.list(Path.of(directory))) {
                for (Path each : files.filter(Files::isRegularFile).sorted().toList()) {
                    found.addAll(certificates(each));
                }
            }
        }
        return found;
    }

    private static List<X509Certificate> certificates(Path file) throws IOException {
        try {
            return Pem.certificates(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new IOException(file + ": " + Reasons.of(e), e);
        }
    }

    private static PrivateKey key(Path file) throws IOException {
        try {
            return Pem.key(Files.readAllBytes(file)).orElseThrow(() -> new IOException("no private key in it"));
        } catch (IOException e) {
            throw new IOException(file + ": " + Reasons.of(e), e);
        }
    }

    @Override
    public KeyManager[] getKeyManager(Configuration conf, ExceptionFactory exceptions) throws SQLException {
        String certificate = conf.nonMappedOptions().getProperty("tls_cert_file", "");
        String key = conf.nonMappedOptions().getProperty("tls_key_file", "");
        if (certificate.isEmpty() || key.isEmpty()) {
            return null;
        }
        try {
            KeyStore store = emptyStore();
            store.setKeyEntry("client", key(Path.of(key)), new char[0], certificates(Path.of(certificate)).toArray(X509Certificate[]::new));
            var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, new char[0]);
            return factory.getKeyManagers();
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            // The last where there is no certificate, or one for another kind of key.
            throw new SQLException("cannot read the client certificate " + certificate + " and its key " + key + ": " + Reasons.of(e), "08001", e);
        }
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /** Encryption without authentication: what Postfix does where no authority is named. */
    private static final class TrustAll extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
