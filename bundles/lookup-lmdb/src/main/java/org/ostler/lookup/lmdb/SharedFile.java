// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.ostler.lmdb.Env;
import org.ostler.lmdb.FileLock;
import org.ostler.lmdb.Lmdb;
import org.ostler.lmdb.LmdbException;
import org.ostler.lmdb.OpenFile;
import org.ostler.lmdb.Txn;

/**
 * One LMDB file, open once in this process however many tables name it.
 *
 * <p>Readers pass the {@link Gate}. At the opening of each window, with nobody inside, the file is looked after: one that was replaced, or has outgrown the map, is opened anew. Every lookup
 * sees the newest state: a writer may commit within a window.
 *
 * <p><b>Threads</b> any. <b>Blocking</b> while another program writes. <b>Errors</b> {@link IOException}, {@link LmdbException}.
 */
final class SharedFile implements Gate.Subject {

    private static final int FLAGS = Lmdb.NOSUBDIR | Lmdb.NOLOCK | Lmdb.RDONLY;
    private static final int PLACES = 16;
    /** How often readers look whether the file still has its length, in nanoseconds; as long as ten lookups. */
    private static final long GLANCE = 20_000;

    /** A read transaction; between uses it is reset, so that it holds no state of the file. */
    private record Reader(Txn txn, int db) {}

    private final Path file;
    private final Gate gate = new Gate(this);
    private final AtomicReferenceArray<Reader> spare = new AtomicReferenceArray<>(PLACES);
    private Env env;
    private Object identity;
    /** What is open, whatever its name is now. */
    private int descriptor;
    /** The last state in which all pages were there. */
    private Pages.State whole;
    private volatile long glancedAt;
    private volatile boolean outgrown;
    /** Touched only while nobody is inside the gate. */
    private boolean closed;
    /** Whether the key found last was stored with a zero byte: what is tried first. */
    private volatile boolean nulFirst = true;

    SharedFile(Path file) throws IOException {
        this.file = file;
        openEnv();
    }

    /** How long readers wait for another program that writes; of the table that was opened last. */
    void patience(Duration patience) {
        gate.patience(patience);
    }

    /** The value without its zero byte, or null. @throws IOException also where the file was locked all the time */
    byte[] get(byte[] key) throws IOException {
        return read(reader -> get(reader, key));
    }

    long entries() throws IOException {
        return read(reader -> reader.txn.entries(reader.db));
    }

    private <T> T read(Function<Reader, T> question) throws IOException {
        while (true) {
            if (!gate.enter()) {
                throw new IOException("locked by another program");
            }
            Reader reader = null;
            try {
                if (hasOtherLength()) {
                    // The next window looks closer.
                    gate.beginClose();
                    continue;
                }
                reader = reader();
                return question.apply(reader);
            } catch (LmdbException e) {
                if (e.code() != Lmdb.MAP_RESIZED) {
                    throw e;
                }
                // Another process has made the file larger than our map; the next window opens it anew.
                outgrown = true;
                gate.beginClose();
            } finally {
                if (reader != null) {
                    putBack(reader);
                }
                gate.leave();
            }
        }
    }

    /**
     * For somebody who copies over the file in place: not each of the lookups until the end of the window shall risk the process. A file that has become longer may be the beginning of a larger table, whose
     * first pages speak of those that are not there yet; where a writer has enlarged ours, the closer look lets it pass.
     */
    private boolean hasOtherLength() throws IOException {
        long now = System.nanoTime();
        if (now - glancedAt < GLANCE) {
            return false;
        }
        glancedAt = now;
        return OpenFile.size(descriptor) != whole.size();
    }

    /** Tries both forms, since a rebuild may change it at any moment. */
    private byte[] get(Reader reader, byte[] key) {
        boolean nul = nulFirst;
        byte[] value = get(reader, key, nul);
        if (value == null) {
            value = get(reader, key, !nul);
            if (value != null) {
                nulFirst = !nul;
            }
        }
        return value;
    }

    private static byte[] get(Reader reader, byte[] key, boolean nul) {
        if (!nul) {
            return reader.txn.get(reader.db, key);
        }
        byte[] value = reader.txn.getNul(reader.db, key);
        return value == null ? null : withoutNul(value);
    }

    static byte[] withoutNul(byte[] value) {
        int last = value.length - 1;
        return last >= 0 && value[last] == 0 ? Arrays.copyOf(value, last) : value;
    }

    private Reader reader() {
        int at = place();
        for (int i = 0; i < PLACES; i++) {
            int place = at + i & PLACES - 1;
            Reader reader = spare.get(place) == null ? null : spare.getAndSet(place, null);
            if (reader != null) {
                return renewed(reader);
            }
        }
        Txn txn = env.beginRead();
        return new Reader(txn, txn.open());
    }

    private static Reader renewed(Reader reader) {
        try {
            reader.txn.renew();
            return reader;
        } catch (LmdbException e) {
            reader.txn.close();
            throw e;
        }
    }

    private void putBack(Reader reader) {
        reader.txn.reset();
        int at = place();
        for (int i = 0; i < PLACES; i++) {
            int place = at + i & PLACES - 1;
            if (spare.get(place) == null && spare.compareAndSet(place, null, reader)) {
                return;
            }
        }
        reader.txn.close();
    }

    private static int place() {
        return (int) Thread.currentThread().threadId() & PLACES - 1;
    }

    /** The gate is opening; nobody is inside. */
    @Override
    public boolean open(Duration patience) throws IOException {
        if (closed) {
            // Opened again it would stay so.
            throw new IOException("table is closed");
        }
        if (env == null || outgrown || isReplaced()) {
            closeEnv();
            openEnv();
        }
        if (!FileLock.lock(descriptor, FileLock.Kind.SHARED, patience)) {
            return false;
        }
        try {
            look(Path.of("/proc/self/fd/" + descriptor));
            glancedAt = System.nanoTime();
        } catch (IOException e) {
            unlock();
            closeEnv();
            throw e;
        }
        return true;
    }

    private void look(Path where) throws IOException {
        try {
            whole = Pages.look(where, whole);
        } catch (FileNotFoundException e) {
            // Not ours to read any more, or there are too many open files: what is open stays good while it is no shorter.
            if (whole == null || Files.size(where) < whole.size()) {
                throw new IOException(Pages.MISSING, e);
            }
        }
        if (whole == null) {
            throw new IOException(Pages.MISSING);
        }
    }

    @Override
    public void unlock() throws IOException {
        if (env != null) {
            FileLock.unlock(descriptor);
        }
    }

    private boolean isReplaced() {
        try {
            return !Files.readAttributes(file, BasicFileAttributes.class).fileKey().equals(identity);
        } catch (IOException e) {
            // Gone, or for a moment between two renames: what is open stays good.
            return false;
        }
    }

    private void openEnv() throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (attributes.size() == 0) {
            throw new IOException("file is empty");
        }
        whole = null;
        if (Files.isReadable(file) && !Pages.isForeign(file)) {
            look(file);
        }
        env = Env.open(file, Env.Options.of(FLAGS));
        descriptor = env.descriptor();
        identity = attributes.fileKey();
        outgrown = false;
        nulFirst = true;
    }

    private void closeEnv() {
        for (int i = 0; i < PLACES; i++) {
            Reader reader = spare.getAndSet(i, null);
            if (reader != null) {
                reader.txn.close();
            }
        }
        if (env != null) {
            env.close();
            env = null;
        }
    }

    /** After the last table that names it has been closed. */
    void close() throws IOException {
        if (!gate.whileClosed(() -> {
            closed = true;
            closeEnv();
        })) {
            throw new IOException(file + ": still being read");
        }
    }
}
