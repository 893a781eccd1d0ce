// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.ostler.mail.config.FileStamp;
import org.ostler.mail.config.Settings;
import org.ostler.mail.log.Reasons;
import org.ostler.mail.tls.Pem;
import org.ostler.mail.tls.WebAuthorities;

/**
 * The authorities that parameters name, read from files once and again when they change.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> reads files. <b>Errors</b> {@link IOException}: nobody is trusted then.
 */
final class Authorities {

    private static final int MOST_SETS = 64;
    private static final int MOST_FILES = 10_000;
    private static final long LARGEST_FILE = 16 * 1024 * 1024;

    /**
     * Which authorities.
     *
     * @param files   PEM files
     * @param folders whose files are read; unreadable ones among them are passed over
     * @param system  those of the operating system too
     * @param partial each certificate is an anchor, whoever signed it; otherwise only those that signed themselves, and the rest helps to build chains
     */
    record Source(List<Path> files, List<Path> folders, boolean system, boolean partial) {

        /** The system's are appended to what is named, as by Postfix: where nothing is, {@code permit_tls_all_clientcerts} would let in everybody who ever bought a certificate. */
        static Source of(String prefix, boolean webPki, Settings settings) {
            List<Path> files = path(settings.get(prefix + "_tls_CAfile", ClientTlsParameters.SMTP_TLS_CAFILE));
            List<Path> folders = path(settings.get(prefix + "_tls_CApath", ClientTlsParameters.SMTP_TLS_CAPATH));
            boolean appended = settings.get(TlsParameters.TLS_APPEND_DEFAULT_CA) && !(files.isEmpty() && folders.isEmpty());
            return new Source(files, folders, webPki || appended, false);
        }

        private static List<Path> path(String text) {
            return text.isEmpty() ? List.of() : List.of(Path.of(text));
        }

        boolean isEmpty() {
            return files.isEmpty() && folders.isEmpty() && !system;
        }

        List<Path> watched() {
            var all = new ArrayList<>(files);
            all.addAll(folders);
            WebAuthorities.file().filter(_ -> system).ifPresent(all::add);
            return all;
        }
    }

    /** @param anchors by subject @param others that may stand between, by subject */
    record Known(Map<X500Principal, List<X509Certificate>> anchors, Map<X500Principal, List<X509Certificate>> others) {

        /** One that was read anew is another: {@link GoodChains} asks for it at each handshake, and must not compare hundreds of certificates. */
        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    private record Loaded(List<FileStamp> stamps, Known known) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Source, Loaded> loaded = new Lru<>(MOST_SETS);

    Known of(Source source) throws IOException {
        List<FileStamp> now = FileStamp.of(source.watched());
        lock.lock();
        try {
            Loaded last = loaded.get(source);
            if (last == null || !last.stamps.equals(now)) {
                last = new Loaded(now, load(source));
                loaded.put(source, last);
            }
            return last.known;
        } finally {
            lock.unlock();
        }
    }

    private static Known load(Source source) throws IOException {
        var all = new LinkedHashSet<X509Certificate>();
        for (Path file : source.files) {
            all.addAll(certificates(file));
        }
        for (Path folder : source.folders) {
            all.addAll(folder(folder));
        }
        if (source.system) {
            all.addAll(WebAuthorities.read());
        }
        var anchors = new HashMap<X500Principal, List<X509Certificate>>();
        var others = new HashMap<X500Principal, List<X509Certificate>>();
        for (X509Certificate certificate : all) {
            boolean anchor = source.partial || certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
            (anchor ? anchors : others).computeIfAbsent(certificate.getSubjectX500Principal(), _ -> new ArrayList<>()).add(certificate);
        }
        return new Known(anchors, others);
    }

    /** @throws IOException the file is not there, holds no certificate or one that cannot be read */
    static List<X509Certificate> certificates(Path file) throws IOException {
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw new IOException("too large");
            }
            List<X509Certificate> found = Pem.certificates(Files.readAllBytes(file));
            if (found.isEmpty()) {
                throw new IOException("no certificate in it");
            }
            return found;
        } catch (IOException e) {
            throw new IOException("cannot load certification authority data from " + file + ": " + Reasons.of(e), e);
        }
    }

    /** Hashed or not: whatever holds certificates. */
    private static List<X509Certificate> folder(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(Files::isRegularFile).limit(MOST_FILES).toList();
        } catch (IOException e) {
            throw new IOException("cannot load certification authority data from " + folder + ": " + Reasons.of(e), e);
        }
        var found = new ArrayList<X509Certificate>();
        for (Path file : files) {
            try {
                found.addAll(certificates(file));
            } catch (IOException _) {
                // A README or a list of revoked ones: OpenSSL, which goes by names, would not look at it either.
            }
        }
        return found;
    }
}
