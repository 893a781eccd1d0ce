// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import org.osgi.service.component.annotations.Component;
import org.ostler.lmdb.Cursor;
import org.ostler.lmdb.Env;
import org.ostler.lmdb.FileLock;
import org.ostler.lmdb.Lmdb;
import org.ostler.lmdb.LmdbException;
import org.ostler.lmdb.Txn;
import org.ostler.mail.config.BadValueException;
import org.ostler.mail.lookup.spi.BuiltFile;
import org.ostler.mail.lookup.spi.TableMaker;
import org.ostler.mail.lookup.spi.TableOpenException;
import org.ostler.mail.lookup.spi.TableSpec;
import org.ostler.mail.lookup.spi.TableType;

/**
 * Writes LMDB tables as postmap(1) does, also under the names {@code hash:}, {@code btree:} and {@code dbm:}.
 *
 * <p>A change is one transaction in the file under an exclusive lock, flushed to disk: readers, Postfix's too, see all of it or nothing. A file that is not there is made beside and renamed. When the map is
 * full it is doubled and the change run again.
 * Under the other names a change in part needs the file: while there is none the text answers, and a file that holds the change alone would hide the rest of it, as "not found".
 *
 * <p><b>Threads</b> any; the calling thread must be a platform thread only where it holds others up, since a commit waits for the disk. <b>Errors</b> as {@link TableMaker} says.
 */
@Component(name = "table-maker-lmdb", service = TableMaker.class)
@TableType({"lmdb", "hash", "btree", "dbm"})
public final class LmdbMaker implements TableMaker {

    private static final int FLAGS = Lmdb.NOSUBDIR | Lmdb.NOLOCK;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** Room per byte of text: pages are two thirds full on the average, and a rebuild keeps the old pages until it is done. */
    private static final long ROOM = 4;
    private static final long LARGEST_MAP = 1L << 42;
    private static final byte[] NO_KEY = {};
    /** Bytes of a key, with its zero; what Berkeley DB took may be longer. */
    private static final int LONGEST_KEY = 511;

    @Override
    public void change(TableSpec spec, Options options, Change change) throws TableOpenException, IOException {
        BuiltFile database = LmdbFactory.database(spec);
        if (!options.rebuild() && isOtherName(spec) && !Files.exists(database.path()) && Files.exists(spec.file())) {
            throw new TableOpenException("open database " + database.name() + ": No such file or directory; the text of " + spec.name() + " answers until the table is built, and would be hidden");
        }
        requireWritable(database);
        try {
            if (isUsable(database, options.rebuild())) {
                write(database, database.path(), options, change);
            } else {
                database.replace(options.permissions(), fresh -> write(database, fresh, options, change));
            }
        } catch (LmdbException e) {
            throw new TableOpenException("error updating " + spec.text() + ": " + Lmdb.message(e.code()), e);
        } catch (UnsatisfiedLinkError e) {
            throw new TableOpenException(e.getMessage(), e);
        }
    }

    private static boolean isOtherName(TableSpec spec) {
        return !spec.type().equals("lmdb");
    }

    /** An empty file becomes a table, and what is no LMDB file stays; one that has lost pages is only good to be replaced. */
    private static boolean isUsable(BuiltFile database, boolean rebuild) throws TableOpenException, IOException {
        Path file = database.path();
        if (!Files.exists(file)) {
            return false;
        }
        boolean whole = !Files.isReadable(file) || Pages.isForeign(file) || Pages.look(file, null) != null;
        if (!whole && !rebuild) {
            throw new TableOpenException("open database " + database.name() + ": " + Pages.MISSING);
        }
        return whole;
    }

    /** By opening it: access(2) asks for the user who began, not for the one whose rights count. */
    private static void requireWritable(BuiltFile database) throws TableOpenException {
        if (Files.exists(database.path())) {
            try {
                FileChannel.open(database.path(), StandardOpenOption.READ, StandardOpenOption.WRITE).close();
            } catch (IOException e) {
                throw database.cannotOpen(e);
            }
        }
    }

    private static void write(BuiltFile database, Path file, Options options, Change change) throws IOException, TableOpenException {
        long size = Math.max(configuredSize(database.spec()), 2 * Files.size(file) + ROOM * options.expectedSize());
        while (true) {
            try (Env env = Env.open(file, Env.Options.of(FLAGS).mapSize(size))) {
                if (!FileLock.lock(env.descriptor(), FileLock.Kind.EXCLUSIVE, PATIENCE)) {
                    throw new TableOpenException("open database " + database.name() + ": locked by another program");
                }
                // Nobody reads an older state any more. What is written now goes to free pages, so readers may come in again.
                FileLock.tryLock(env.descriptor(), FileLock.Kind.SHARED);
                apply(env, database.spec(), options, change);
                return;
            } catch (LmdbException e) {
                boolean room = (e.code() == Lmdb.MAP_FULL || e.code() == Lmdb.MAP_RESIZED) && size < LARGEST_MAP;
                if (!room) {
                    throw e;
                }
                size = Math.max(2 * size, 2 * Files.size(file));
            }
        }
    }

    private static void apply(Env env, TableSpec spec, Options options, Change change) throws IOException {
        boolean nul = options.trailingNul().orElse(true);
        try (Txn txn = env.beginWrite()) {
            int db = txn.open();
            if (options.rebuild()) {
                txn.clear(db);
            }
            try (var entries = new Entries(spec, txn, db, nul)) {
                change.apply(entries);
            }
            txn.commit();
        }
    }

    private static final class Entries implements Writer, AutoCloseable {

        private final TableSpec spec;
        private final Txn txn;
        private final int db;
        private final boolean nul;
        /** No key in the table is behind it, a zero byte at its end left aside. */
        private byte[] greatest;
        /** At the end of the table while one entry after the other is put there; else null. */
        private Cursor end;

        Entries(TableSpec spec, Txn txn, int db, boolean nul) {
            this.spec = spec;
            this.txn = txn;
            this.db = db;
            this.nul = nul;
            end = txn.cursor(db);
            greatest = end.last() ? end.key() : NO_KEY;
        }

        @Override
        public boolean put(String key, String value, boolean replace) throws IOException {
            return put(key.getBytes(UTF_8), value.getBytes(UTF_8), replace);
        }

        @Override
        public boolean put(byte[] key, byte[] value, boolean replace) throws IOException {
            int longest = LONGEST_KEY - (nul ? 1 : 0);
            if (key.length > longest && isOtherName(spec)) {
                throw new IOException("error updating " + spec.text() + ": \"" + new String(key, 0, 40, UTF_8) + "...\" has " + key.length + " bytes, and the file here takes keys of " + longest);
            }
            int flags = replace ? 0 : Lmdb.NOOVERWRITE;
            if (Arrays.compareUnsigned(key, greatest) > 0) {
                greatest = key;
                if (append(key, value, flags | Lmdb.APPEND)) {
                    return true;
                }
            }
            close();
            return nul ? txn.putNul(db, key, value, flags) : txn.put(db, key, value, flags);
        }

        /** Without a search for the place, as in a sorted source. Refused only by a table that somebody has made with another order. */
        private boolean append(byte[] key, byte[] value, int flags) {
            if (end == null) {
                end = txn.cursor(db);
            }
            return nul ? end.putNul(key, value, flags) : end.put(key, value, flags);
        }

        /** Looks in both forms, whatever new entries are written in. */
        @Override
        public boolean delete(String key) {
            close();
            byte[] k = key.getBytes(UTF_8);
            return txn.deleteNul(db, k) || k.length > 0 && txn.delete(db, k);
        }

        /** What is done elsewhere in the table may move its end. */
        @Override
        public void close() {
            if (end != null) {
                end.close();
                end = null;
            }
        }
    }

    private static long configuredSize(TableSpec spec) {
        try {
            return spec.settings().get(LmdbParameters.LMDB_MAP_SIZE);
        } catch (BadValueException e) {
            spec.warnings().accept(e.getMessage() + ", using 16777216");
            return 16L << 20;
        }
    }
}
