// SPDX-License-Identifier: Apache-2.0
package org.ostler.lmdb;

import java.lang.foreign.Arena;

/**
 * A transaction. A reader sees the state of the moment at which it began; a writer's changes are seen by others, and are on disk, when {@link #commit} returns.
 *
 * <p>All arrays handed out are copies. A database is the {@code int} that {@link #open} gives; it stays valid for later transactions once the one that opened it
 * has been committed (a reader: ended).
 *
 * <p><b>Threads</b> one at a time; writers see {@link Env}. <b>Lifetime</b> close always, with try-with-resources: a writer that is closed without commit is undone.
 * A long-lived reader stops the reuse of pages and lets the file grow: copy out and close.
 */
public final class Txn implements AutoCloseable {

    private final Env env;
    private final Scratch scratch;
    private final boolean readOnly;
    private long address;
    private boolean reset;

    Txn(Env env, long address, Scratch scratch, boolean readOnly) {
        this.env = env;
        this.address = address;
        this.scratch = scratch;
        this.readOnly = readOnly;
    }

    /** The unnamed database, which is all that a Postfix table has. */
    public int open() {
        return open(null, 0);
    }

    /** @param name null for the unnamed one; {@code flags} of {@link Lmdb}, with {@link Lmdb#CREATE} made where it is missing */
    public int open(String name, int flags) {
        try (Arena local = Arena.ofConfined()) {
            long text = name == null ? 0 : local.allocateFrom(name).address();
            Native.check("mdb_dbi_open", (int) Native.DBI_OPEN.invokeExact(live(), text, (long) flags, scratch.out(), 0L));
            return scratch.outInt();
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /** The value, or null where there is none. */
    public byte[] get(int db, byte[] key) {
        return get(db, key, false);
    }

    /** The value under the key with a zero byte behind it, or null; the value is as stored, its own zero included. */
    public byte[] getNul(int db, byte[] key) {
        return get(db, key, true);
    }

    private byte[] get(int db, byte[] key, boolean nul) {
        try {
            scratch.key(key, nul);
            int code = (int) Native.GET.invokeExact(live(), (long) db, scratch.keyVal(), scratch.dataVal(), 0L);
            // Too long or empty: such a key cannot be there.
            if (code == Lmdb.NOTFOUND || code == Lmdb.BAD_VALSIZE) {
                return null;
            }
            Native.check("mdb_get", code);
            return scratch.dataBytes();
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /** Stores; replaces what was there. */
    public void put(int db, byte[] key, byte[] value) {
        put(db, key, value, 0);
    }

    /** @return false where {@link Lmdb#NOOVERWRITE} or {@link Lmdb#NODUPDATA} is among the flags and the key (or pair) is there already */
    public boolean put(int db, byte[] key, byte[] value, int flags) {
        scratch.keyAndData(key, value, false);
        return put(db, flags);
    }

    /** Like {@link #put}, with a zero byte added to key and value. */
    public boolean putNul(int db, byte[] key, byte[] value, int flags) {
        scratch.keyAndData(key, value, true);
        return put(db, flags);
    }

    private boolean put(int db, int flags) {
        try {
            int code = (int) NativeMore.PUT.invokeExact(live(), (long) db, scratch.keyVal(), scratch.dataVal(), (long) flags);
            if (code == Lmdb.KEYEXIST) {
                return false;
            }
            Native.check("mdb_put", code);
            return true;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /** Removes a key with all its values; whether it was there. */
    public boolean delete(int db, byte[] key) {
        scratch.key(key, false);
        return delete(db, scratch.keyVal(), 0);
    }

    public boolean deleteNul(int db, byte[] key) {
        scratch.key(key, true);
        return delete(db, scratch.keyVal(), 0);
    }

    /** Removes one value of a key with several ({@link Lmdb#DUPSORT}); whether it was there. */
    public boolean delete(int db, byte[] key, byte[] value) {
        scratch.keyAndData(key, value, false);
        return delete(db, scratch.keyVal(), scratch.dataVal());
    }

    private boolean delete(int db, long keyVal, long dataVal) {
        try {
            int code = (int) NativeMore.DEL.invokeExact(live(), (long) db, keyVal, dataVal, 0L);
            if (code == Lmdb.NOTFOUND) {
                return false;
            }
            Native.check("mdb_del", code);
            return true;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /** Removes everything in a database, which stays. */
    public void clear(int db) {
        try {
            Native.check("mdb_drop", (int) NativeMore.DROP.invokeExact(live(), (long) db, 0L, 0L, 0L));
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /** Number of entries. */
    public long entries(int db) {
        try (Arena local = Arena.ofConfined()) {
            var out = local.allocate(48, 8);
            Native.check("mdb_stat", (int) NativeMore.STAT.invokeExact(live(), (long) db, out.address(), 0L, 0L));
            return out.get(java.lang.foreign.ValueLayout.JAVA_LONG, 32);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /** A position that walks the database in key order. Close it before the transaction ends. */
    public Cursor cursor(int db) {
        try {
            Native.check("mdb_cursor_open", (int) NativeMore.CURSOR_OPEN.invokeExact(live(), (long) db, scratch.out(), 0L, 0L));
            return new Cursor(this, scratch.outLong(), scratch);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /** Makes a writer's changes lasting; of a reader, just the end. The transaction is over also when this throws. */
    public void commit() {
        long ending = live();
        address = 0;
        try {
            Native.check("mdb_txn_commit", (int) NativeMore.TXN_COMMIT.invokeExact(ending, 0L, 0L, 0L, 0L));
        } catch (Throwable t) {
            throw Native.unexpected(t);
        } finally {
            env.leave(scratch);
        }
    }

    /** Lets go of the state that a reader sees, but keeps its place for {@link #renew}: the cheap way to read again and again. */
    public void reset() {
        if (!readOnly) {
            throw new IllegalStateException("only readers can be reset");
        }
        try {
            int _ = (int) Native.TXN_RESET.invokeExact(live(), 0L, 0L, 0L, 0L);
            reset = true;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /** A reader that was reset sees the newest state. */
    public void renew() {
        if (address == 0 || !reset) {
            throw new IllegalStateException("not a transaction that was reset");
        }
        try {
            Native.check("mdb_txn_renew", (int) Native.TXN_RENEW.invokeExact(address, 0L, 0L, 0L, 0L));
            reset = false;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /** Ends it; what was not committed is undone. */
    @Override
    public void close() {
        if (address == 0) {
            return;
        }
        long ending = address;
        address = 0;
        try {
            int _ = (int) Native.TXN_ABORT.invokeExact(ending, 0L, 0L, 0L, 0L);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        } finally {
            env.leave(scratch);
        }
    }

    boolean isOpen() {
        return address != 0;
    }

    private long live() {
        if (address == 0 || reset) {
            throw new IllegalStateException("LMDB transaction is over");
        }
        return address;
    }
}
