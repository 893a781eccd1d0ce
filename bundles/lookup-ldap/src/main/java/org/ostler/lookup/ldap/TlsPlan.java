// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.ldap;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.ostler.mail.config.FileStamp;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableParameters;
import org.ostler.mail.lookup.spi.TableSource;

/**
 * The {@code tls_*} parameters, and the files' states, so that a renewed certificate makes new connections.
 *
 * @param used     whether any connection will be encrypted
 * @param startTls on {@code ldap:} connections
 * @param verify   {@code tls_require_cert}: chain and name of the server's certificate are checked
 * @param files    {@code tls_ca_cert_file}, {@code tls_ca_cert_dir}, {@code tls_cert}, {@code tls_key}; empty texts for those not set
 * @param ciphers  suites in the JDK's names, strongest first as configured; empty for the JDK's choice
 */
record TlsPlan(boolean used, boolean startTls, boolean verify, Files4 files, List<String> ciphers, List<FileStamp> states) {

    /** @param key the private key of {@code cert}, PEM, PKCS #8 or RSA, without a password */
    record Files4(String caFile, String caDirectory, String cert, String key) {

        Stream<Path> all() {
            return Stream.of(caFile, caDirectory, cert, key).filter(name -> !name.isEmpty()).map(Path::of);
        }
    }

    static TlsPlan of(TableParameters parameters, boolean ldaps) throws TableOpenException {
        boolean startTls = parameters.yesNo("start_tls", false);
        boolean verify = parameters.yesNo("tls_require_cert", false);
        var files = new Files4(parameters.text("tls_ca_cert_file", ""), parameters.text("tls_ca_cert_dir", ""), parameters.text("tls_cert", ""), parameters.text("tls_key", ""));
        String ciphers = parameters.text("tls_cipher_suite", "");
        boolean used = startTls || ldaps;
        var plan = new TlsPlan(used, startTls, verify, files, used ? CipherNames.parse(ciphers, parameters.name()) : List.of(), used ? FileStamp.of(files.all().toList()) : List.of());
        if (used) {
            // A file that cannot be read is said when the table is opened, not with the first mail.
            plan.context(parameters.name());
        }
        return plan;
    }

    SSLContext context(String table) throws TableOpenException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(), new TrustManager[] {verify ? trusted() : new Anybody()}, null);
            return context;
        } catch (PemFiles.BadFile e) {
            throw new TableOpenException(table + ": " + e.getMessage(), e);
        } catch (GeneralSecurityException e) {
            throw new TableOpenException(table + ": TLS: " + e.getMessage(), e);
        }
    }

    private KeyManager[] keys() throws PemFiles.BadFile {
        if (files.cert.isEmpty() && files.key.isEmpty()) {
            return new KeyManager[0];
        }
        Path cert = Path.of(files.cert.isEmpty() ? files.key : files.cert);
        return PemFiles.identity(cert, files.key.isEmpty() ? cert : Path.of(files.key));
    }

    /** The named authorities alone, or those of the JDK where none is named. */
    private TrustManager trusted() throws GeneralSecurityException, PemFiles.BadFile {
        KeyStore store = null;
        if (!files.caFile.isEmpty() || !files.caDirectory.isEmpty()) {
            var found = new ArrayList<Certificate>();
            if (!files.caFile.isEmpty()) {
                // It takes precedence.
                found.addAll(PemFiles.certificates(Path.of(files.caFile)));
            } else {
                addAll(Path.of(files.caDirectory), found);
            }
            if (found.isEmpty()) {
                throw new PemFiles.BadFile("no certificate in " + (files.caFile.isEmpty() ? files.caDirectory : files.caFile), null);
            }
            store = store(found);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers()[0];
    }

    private static KeyStore store(List<Certificate> authorities) throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        try {
            store.load(null, null);
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
        for (int i = 0; i < authorities.size(); i++) {
            store.setCertificateEntry("ca" + i, authorities.get(i));
        }
        return store;
    }

    /** The directory's links have names such as {@code 9d66eef0.0}; which name says nothing here, the JDK looks into the certificates. */
    private static void addAll(Path directory, List<Certificate> to) throws PemFiles.BadFile {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (entry.getFileName().toString().matches("[0-9a-f]{8}\\.\\d+|.*\\.(pem|crt)")) {
                    to.addAll(PemFiles.certificates(entry));
                }
            }
        } catch (IOException e) {
            throw new PemFiles.BadFile("open " + directory + ": " + TableSource.reason(e), e);
        }
    }

    /** {@code tls_require_cert = no}: encryption without knowing to whom, as Postfix has it by default. */
    private static final class Anybody extends javax.net.ssl.X509ExtendedTrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** Names of cipher suites, in OpenSSL's form or the JDK's. */
    private static final class CipherNames {

        private CipherNames() {}

        static List<String> parse(String text, String table) throws TableOpenException {
            var out = new ArrayList<String>();
            List<String> known = known();
            for (String word : text.split("[:,\\s]+")) {
                if (word.isEmpty()) {
                    continue;
                }
                if (List.of("DEFAULT", "NORMAL", "HIGH", "SECURE").contains(word)) {
                    return List.of();
                }
                out.add(known.stream().filter(suite -> suite.equals(word) || openSsl(suite).equals(word)).findFirst()
                        .orElseThrow(() -> new TableOpenException(table + ": unsupported parameter value: tls_cipher_suite = " + text + ": no cipher suite \"" + word + "\"")));
            }
            return List.copyOf(out);
        }

        private static List<String> known() throws TableOpenException {
            try {
                return Arrays.asList(SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites());
            } catch (GeneralSecurityException e) {
                throw new TableOpenException("TLS: " + e.getMessage(), e);
            }
        }

        /** {@code TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256} is {@code ECDHE-RSA-AES128-GCM-SHA256} there. */
        private static String openSsl(String suite) {
            return suite.replaceFirst("^TLS_", "").replace("RSA_WITH_", suite.startsWith("TLS_RSA_") ? "" : "RSA_WITH_").replace("_WITH_", "-").replace("AES_", "AES").replace("_CBC", "")
                    .replace("_POLY1305_SHA256", "_POLY1305").replace('_', '-');
        }
    }
}
