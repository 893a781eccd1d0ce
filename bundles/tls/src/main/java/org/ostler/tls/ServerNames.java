// SPDX-License-Identifier: Apache-2.0
package org.ostler.tls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.ostler.mail.config.FileStamp;
import org.ostler.mail.log.MailLog;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.TableList;

/**
 * Identities by the name that a client asks for: {@code tls_server_sni_maps}.
 *
 * <p>The name is looked up, then its parents with a leading dot. A value is PEM text in base64, or names of files. What was read is kept by value, and files are read again when they change;
 * where they are no good then, what was read before stays in use, and a warning says why, once.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> lookups. <b>Errors</b> {@link UncheckedIOException}: JSSE ends the handshake with an internal error, as Postfix does; the client comes again.
 */
final class ServerNames {

    private static final int MOST = 1000;

    private record Kept(List<FileStamp> stamps, Identities identities) {}

    private final TableList table;
    private final MailLog log;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Kept> kept = new Lru<>(MOST);

    ServerNames(TableList table, MailLog log) {
        this.table = table;
        this.log = log;
    }

    /** Empty: the usual identities. */
    Optional<Identities> find(String requested) {
        String name = requested.toLowerCase(Locale.ROOT);
        for (int at = 0; at >= 0; at = name.indexOf('.', at + 1)) {
            String key = name.substring(at);
            switch (table.find(key)) {
                case Answer.Found(String value) -> {
                    return Optional.of(read(key, value));
                }
                case Answer.NotFound _ -> { /* its parent */ }
                case Answer.Unavailable(String reason) -> throw trouble("tls_server_sni_maps: " + name + ": map lookup problem: " + reason, null);
            }
        }
        Witness.log(log).info("TLS SNI " + MailLog.printable(name) + " from " + Witness.peer() + " not matched, using default chain");
        return Optional.empty();
    }

    private Identities read(String key, String value) {
        List<Path> files = value.startsWith("/") ? Stream.of(value.split("[\\s,]+")).map(Path::of).toList() : List.of();
        List<FileStamp> now = FileStamp.of(files);
        lock.lock();
        Kept known = kept.get(value);
        try {
            if (known == null || !known.stamps.equals(now)) {
                known = new Kept(now, files.isEmpty() ? Identities.parse(decoded(value), "the value for " + key) : Identities.ofChains(files));
                kept.put(value, known);
            }
            return known.identities;
        } catch (IOException e) {
            UncheckedIOException trouble = trouble("tls_server_sni_maps: cannot load certificate or key for " + key + ": " + e.getMessage(), e);
            if (known == null) {
                throw trouble;
            }
            kept.put(value, new Kept(now, known.identities));
            return known.identities;
        } finally {
            lock.unlock();
        }
    }

    private static String decoded(String value) throws IOException {
        try {
            return new String(Base64.getMimeDecoder().decode(value), StandardCharsets.ISO_8859_1);
        } catch (IllegalArgumentException e) {
            throw new IOException("neither file names nor base64; is \"postmap -F\" missing?", e);
        }
    }

    private UncheckedIOException trouble(String text, IOException cause) {
        Witness.log(log).warning(text);
        return new UncheckedIOException(text, cause == null ? new IOException(text) : cause);
    }
}
