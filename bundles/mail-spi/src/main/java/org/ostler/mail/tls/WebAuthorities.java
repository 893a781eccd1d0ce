// SPDX-License-Identifier: Apache-2.0
package org.ostler.mail.tls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.ostler.mail.config.FileStamp;
import org.ostler.mail.log.Reasons;

/**
 * The authorities of the web: those that the operating system trusts, else the JDK's ({@code javax.net.ssl.trustStore} where it is set).
 *
 * <p>One rule for all that is proved by them: mail servers ({@code tls_append_default_CA}, MTA-STS), the hosts that serve MTA-STS policies, and those that take TLS reports.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> reads one file, again when it has changed. <b>Errors</b> {@link IOException}: nobody is trusted then. A certificate of the system's list
 * that Java cannot read is left out. <b>Nulls</b> none.
 */
public final class WebAuthorities {

    /** Where operating systems keep their list. The first that is there counts, also where it cannot be read: the JDK's may hold those whom the system does not trust. */
    private static final List<Path> FILES = Stream.of("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem").map(Path::of).toList();
    private static final long LARGEST_FILE = 16 * 1024 * 1024;
    private static final System.Logger LOG = System.getLogger(WebAuthorities.class.getName());

    /** @param file empty: the JDK's */
    private record Stamp(Optional<Path> file, FileStamp state) {
        static Stamp of(Optional<Path> file) throws IOException {
            try {
                return new Stamp(file, file.isEmpty() ? FileStamp.NONE : FileStamp.read(file.get()));
            } catch (IOException e) {
                throw cannotLoad(file, e);
            }
        }
    }

    private record Made(Stamp stamp, SSLContext context) {}

    private static volatile Made last;

    private WebAuthorities() {}

    /** The operating system's list, in PEM; empty: there is none, and the JDK's counts. */
    public static Optional<Path> file() {
        return firstOf(FILES);
    }

    /** One of which nobody can tell whether it is there (its folder is closed) is there. */
    static Optional<Path> firstOf(List<Path> files) {
        return files.stream().filter(file -> !Files.notExists(file)).findFirst();
    }

    /** All of them, as they are now. */
    public static List<X509Certificate> read() throws IOException {
        return read(file());
    }

    static List<X509Certificate> read(Optional<Path> file) throws IOException {
        try {
            return file.isPresent() ? certificates(file.get()) : Arrays.stream(managers(null)).filter(X509TrustManager.class::isInstance)
                    .flatMap(manager -> Arrays.stream(((X509TrustManager) manager).getAcceptedIssuers())).toList();
        } catch (IOException | GeneralSecurityException e) {
            throw cannotLoad(file, e);
        }
    }

    /** The message of a {@link java.nio.file.FileSystemException} is often the path alone. */
    private static IOException cannotLoad(Optional<Path> file, Exception e) {
        return new IOException("cannot load certification authority data from " + file.map(Path::toString).orElse("the JDK's trust store") + ": " + Reasons.of(e), e);
    }

    private static List<X509Certificate> certificates(Path file) throws IOException {
        if (Files.size(file) > LARGEST_FILE) {
            throw new IOException("too large");
        }
        // The system's list is not the operator's: one entry that Java cannot read must not cost all others, and with them every MTA-STS policy.
        List<X509Certificate> found = Pem.readable(Files.readAllBytes(file), e -> LOG.log(System.Logger.Level.WARNING, file + ": one of the certificates is left out: " + e.getMessage()));
        if (found.isEmpty()) {
            throw new IOException("no certificate in it");
        }
        return found;
    }

    /**
     * For HTTPS with strangers, who must prove their name.
     *
     * @throws UncheckedIOException the list cannot be read
     */
    public static SSLContext context() {
        return context(file());
    }

    static SSLContext context(Optional<Path> file) {
        try {
            Stamp now = Stamp.of(file);
            Made made = last;
            if (made == null || !made.stamp.equals(now)) {
                made = new Made(now, make(read(file)));
                last = made;
            }
            return made.context;
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private static SSLContext make(List<X509Certificate> authorities) throws IOException {
        try {
            KeyStore anchors = KeyStore.getInstance("PKCS12");
            anchors.load(null, null);
            for (X509Certificate authority : authorities) {
                anchors.setCertificateEntry(String.valueOf(anchors.size()), authority);
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers(anchors), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("no TLS with the authorities of the web: " + e.getMessage(), e);
        }
    }

    /** @param anchors null: the JDK's own */
    private static TrustManager[] managers(KeyStore anchors) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(anchors);
        return factory.getTrustManagers();
    }
}
