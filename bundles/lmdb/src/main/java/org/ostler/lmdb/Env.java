// SPDX-License-Identifier: Apache-2.0
package org.ostler.lmdb;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open LMDB environment: one file (or directory) with its memory map.
 *
 * <p><b>Threads</b> any for {@link #beginRead}. A write transaction holds a lock that belongs to the operating system's thread: begin and end it on the same
 * <em>platform</em> thread (with {@link Lmdb#NOLOCK} there is no such lock, and the caller sees to it that there is one writer). Readers always run with
 * {@link Lmdb#NOTLS}, so that they are bound to no thread and may live on virtual ones.
 * <b>Blocking</b> reads fault pages in; commits write and flush. A call cannot be interrupted.
 * <b>Errors</b> {@link LmdbException}. <b>Lifetime</b> until {@link #close}, which refuses while a transaction is open.
 *
 * <p>One environment per file and process: LMDB forbids to open the same file twice.
 */
public final class Env implements AutoCloseable {

    /**
     * How to open.
     *
     * @param mapSize    bytes of address space, the bound of the file's growth; 0: as large as the file says (LMDB's own default for a new one)
     * @param maxDbs     named databases; 0 where only the unnamed one is used
     * @param maxReaders reader slots; 0: LMDB's default, 126. Without meaning under {@link Lmdb#NOLOCK}
     * @param flags      of {@link Lmdb}
     * @param mode       permissions of a new file
     */
    public record Options(long mapSize, int maxDbs, int maxReaders, int flags, int mode) {

        public static Options of(int flags) {
            return new Options(0, 0, 0, flags, 0644);
        }

        public Options mapSize(long bytes) {
            return new Options(bytes, maxDbs, maxReaders, flags, mode);
        }

        public Options maxDbs(int count) {
            return new Options(mapSize, count, maxReaders, flags, mode);
        }

        public Options maxReaders(int count) {
            return new Options(mapSize, maxDbs, count, flags, mode);
        }

        public Options mode(int permissions) {
            return new Options(mapSize, maxDbs, maxReaders, flags, permissions);
        }
    }

    /** @param mapSize bytes; {@code lastPage} number of the last page in use, from 0 */
    public record Info(long mapSize, long lastPage, long lastTransaction, int maxReaders, int readers) {}

    private static final int MAX_SPARE = 64;

    private final Arena arena;
    private final long address;
    private final ConcurrentLinkedQueue<Scratch> spare = new ConcurrentLinkedQueue<>();
    private final AtomicInteger spares = new AtomicInteger();
    /** Open transactions; -1 once closed. */
    private final AtomicInteger open = new AtomicInteger();

    private Env(Arena arena, long address) {
        this.arena = arena;
        this.address = address;
    }

    public static Env open(Path file, Options options) {
        long address = 0;
        var arena = Arena.ofShared();
        try {
            MemorySegment out = arena.allocate(8, 8);
            Native.check("mdb_env_create", (int) Native.ENV_CREATE.invokeExact(out.address(), 0L, 0L, 0L, 0L));
            address = out.get(ValueLayout.JAVA_LONG, 0);
            configure(address, options);
            MemorySegment path = arena.allocateFrom(file.toString());
            int code = (int) Native.ENV_OPEN.invokeExact(address, path.address(), (long) (options.flags() | Lmdb.NOTLS), (long) options.mode(), 0L);
            Native.check(file + ": mdb_env_open", code);
            return new Env(arena, address);
        } catch (Throwable t) {
            closeQuietly(arena, address);
            throw Native.unexpected(t);
        }
    }

    private static void configure(long address, Options options) throws Throwable {
        if (options.mapSize() > 0) {
            Native.check("mdb_env_set_mapsize", (int) Native.ENV_SET_MAPSIZE.invokeExact(address, options.mapSize(), 0L, 0L, 0L));
        }
        if (options.maxDbs() > 0) {
            Native.check("mdb_env_set_maxdbs", (int) Native.ENV_SET_MAXDBS.invokeExact(address, (long) options.maxDbs(), 0L, 0L, 0L));
        }
        if (options.maxReaders() > 0) {
            Native.check("mdb_env_set_maxreaders", (int) Native.ENV_SET_MAXREADERS.invokeExact(address, (long) options.maxReaders(), 0L, 0L, 0L));
        }
    }

    private static void closeQuietly(Arena arena, long address) {
        try {
            if (address != 0) {
                int _ = (int) Native.ENV_CLOSE.invokeExact(address, 0L, 0L, 0L, 0L);
            }
        } catch (Throwable t) {
            throw Native.unexpected(t);
        } finally {
            arena.close();
        }
    }

    public Txn beginRead() {
        return begin(Lmdb.RDONLY);
    }

    /** Waits for the write transaction in progress, unless the environment was opened with {@link Lmdb#NOLOCK}. */
    public Txn beginWrite() {
        return begin(0);
    }

    private Txn begin(int flags) {
        enter();
        Scratch scratch = scratch();
        try {
            Native.check("mdb_txn_begin", (int) Native.TXN_BEGIN.invokeExact(address, 0L, (long) flags, scratch.out(), 0L));
            return new Txn(this, scratch.outLong(), scratch, flags == Lmdb.RDONLY);
        } catch (Throwable t) {
            leave(scratch);
            throw Native.unexpected(t);
        }
    }

    /** Grows (or shrinks) the map. No transaction of this process may be open. */
    public void setMapSize(long bytes) {
        enter();
        try {
            if (open.get() != 1) {
                throw new IllegalStateException("transactions are open");
            }
            Native.check("mdb_env_set_mapsize", (int) Native.ENV_SET_MAPSIZE.invokeExact(address, bytes, 0L, 0L, 0L));
        } catch (Throwable t) {
            throw Native.unexpected(t);
        } finally {
            open.decrementAndGet();
        }
    }

    public Info info() {
        enter();
        try (Arena local = Arena.ofConfined()) {
            MemorySegment out = local.allocate(40, 8);
            Native.check("mdb_env_info", (int) Native.ENV_INFO.invokeExact(address, out.address(), 0L, 0L, 0L));
            return new Info(out.get(ValueLayout.JAVA_LONG, 8), out.get(ValueLayout.JAVA_LONG, 16), out.get(ValueLayout.JAVA_LONG, 24),
                    out.get(ValueLayout.JAVA_INT, 32), out.get(ValueLayout.JAVA_INT, 36));
        } catch (Throwable t) {
            throw Native.unexpected(t);
        } finally {
            open.decrementAndGet();
        }
    }

    /** Flushes to disk; needed only where commits do not ({@link Lmdb#NOSYNC}, {@link Lmdb#NOMETASYNC}). */
    public void sync() {
        enter();
        try {
            Native.check("mdb_env_sync", (int) NativeMore.ENV_SYNC.invokeExact(address, 1L, 0L, 0L, 0L));
        } catch (Throwable t) {
            throw Native.unexpected(t);
        } finally {
            open.decrementAndGet();
        }
    }

    /** Longest key, 511 bytes as LMDB is built. */
    public int maxKeySize() {
        enter();
        try {
            return (int) NativeMore.ENV_GET_MAXKEYSIZE.invokeExact(address, 0L, 0L, 0L, 0L);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        } finally {
            open.decrementAndGet();
        }
    }

    /** Frees reader slots of processes that have died; their number. */
    public int clearStaleReaders() {
        enter();
        try (Arena local = Arena.ofConfined()) {
            MemorySegment out = local.allocate(4, 4);
            Native.check("mdb_reader_check", (int) NativeMore.READER_CHECK.invokeExact(address, out.address(), 0L, 0L, 0L));
            return out.get(ValueLayout.JAVA_INT, 0);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        } finally {
            open.decrementAndGet();
        }
    }

    /** The file descriptor, for {@link FileLock}. It belongs to the environment. */
    public int descriptor() {
        enter();
        try (Arena local = Arena.ofConfined()) {
            MemorySegment out = local.allocate(4, 4);
            Native.check("mdb_env_get_fd", (int) Native.ENV_GET_FD.invokeExact(address, out.address(), 0L, 0L, 0L));
            return out.get(ValueLayout.JAVA_INT, 0);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        } finally {
            open.decrementAndGet();
        }
    }

    /** @throws IllegalStateException while a transaction is open; the environment stays usable */
    @Override
    public void close() {
        if (!open.compareAndSet(0, -1)) {
            if (open.get() < 0) {
                return;
            }
            throw new IllegalStateException("LMDB environment closed with " + open.get() + " open transactions");
        }
        closeQuietly(arena, address);
    }

    private void enter() {
        int now;
        do {
            now = open.get();
            if (now < 0) {
                throw new IllegalStateException("LMDB environment is closed");
            }
        } while (!open.compareAndSet(now, now + 1));
    }

    /** A transaction has ended. */
    void leave(Scratch scratch) {
        // Kept before the count goes down: afterwards the memory may be gone.
        if (spares.get() < MAX_SPARE) {
            spares.incrementAndGet();
            spare.add(scratch);
        }
        open.decrementAndGet();
    }

    private Scratch scratch() {
        Scratch scratch = spare.poll();
        if (scratch != null) {
            spares.decrementAndGet();
            return scratch;
        }
        return new Scratch(arena);
    }
}
