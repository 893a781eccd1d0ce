// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.ostler.lmdb.Cursor;
import org.ostler.lmdb.Env;
import org.ostler.lmdb.FileLock;
import org.ostler.lmdb.Lmdb;
import org.ostler.lmdb.LmdbException;
import org.ostler.lmdb.Txn;
import org.ostler.mail.lookup.Answer;
import org.ostler.mail.lookup.spi.Table;
import org.ostler.mail.lookup.spi.TableSource;
import org.ostler.mail.lookup.spi.TableSpec;

/** A table in an LMDB file. A rebuild by another program is seen by the next lookup after it. */
final class LmdbTable implements Table {

    private static final Duration LIST_PATIENCE = Duration.ofMinutes(1);

    private final TableSpec spec;
    private final Path path;
    private final OpenFiles files;
    private final SharedFile file;
    private final AtomicBoolean closed = new AtomicBoolean();

    LmdbTable(TableSpec spec, Path path, OpenFiles files) throws IOException {
        this.spec = spec;
        this.path = path;
        this.files = files;
        this.file = files.acquire(path);
        file.patience(spec.lookupTimeout());
    }

    @Override
    public Answer find(String key) {
        // A key that ends in NUL must not find the one without.
        if (key.isEmpty() || key.indexOf('\0') >= 0) {
            return Answer.NOT_FOUND;
        }
        try {
            byte[] value = file.get(key.getBytes(UTF_8));
            return value == null ? Answer.NOT_FOUND : spec.answer(key, value, spec.text());
        } catch (IOException e) {
            return Answer.unavailable("error reading " + spec.text() + ": " + TableSource.reason(e));
        } catch (LmdbException e) {
            return Answer.unavailable("error reading " + spec.text() + ": " + e.getMessage());
        }
    }

    @Override
    public OptionalLong size() {
        try {
            return OptionalLong.of(file.entries());
        } catch (IOException | LmdbException e) {
            // Not known while the file cannot be read; lookups say why.
            return OptionalLong.empty();
        }
    }

    /** In an environment of its own: a listing may take long, and lookups go on beside it. */
    @Override
    public boolean list(BiConsumer<String, String> sink) {
        try (Env env = Env.open(path, Env.Options.of(Lmdb.NOSUBDIR | Lmdb.NOLOCK | Lmdb.RDONLY))) {
            if (!FileLock.lock(env.descriptor(), FileLock.Kind.SHARED, LIST_PATIENCE)) {
                throw new IOException(path + ": locked by another program");
            }
            if (Pages.look(path, null) == null) {
                throw new IOException(path + ": " + Pages.MISSING);
            }
            try (Txn txn = env.beginRead(); Cursor at = txn.cursor(txn.open())) {
                for (boolean more = at.first(); more; more = at.next()) {
                    sink.accept(text(at.key()), text(at.value()));
                }
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(byte[] stored) {
        return new String(SharedFile.withoutNul(stored), UTF_8);
    }

    /** A second time it would take the file away from another table. */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        try {
            files.release(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
