// SPDX-License-Identifier: Apache-2.0
package org.ostler.lmdb;

/**
 * A position in a database, for walking in key order.
 *
 * <pre>{@code
 * try (Cursor at = txn.cursor(db)) {
 *     for (boolean more = at.seek(from); more; more = at.next()) {
 *         use(at.key(), at.value());
 *     }
 * }
 * }</pre>
 *
 * <p>Each move says whether it arrived at an entry; {@link #key} and {@link #value} copy that entry and are to be called before the next use of the transaction.
 * <b>Threads</b> those of its transaction.
 */
public final class Cursor implements AutoCloseable {

    // enum MDB_cursor_op
    private static final int FIRST = 0;
    private static final int FIRST_DUP = 1;
    private static final int GET_CURRENT = 4;
    private static final int LAST = 6;
    private static final int NEXT = 8;
    private static final int NEXT_DUP = 9;
    private static final int NEXT_NODUP = 11;
    private static final int PREV = 12;
    private static final int SET_KEY = 16;
    private static final int SET_RANGE = 17;

    private final Txn txn;
    private final Scratch scratch;
    private long address;

    Cursor(Txn txn, long address, Scratch scratch) {
        this.txn = txn;
        this.address = address;
        this.scratch = scratch;
    }

    public boolean first() {
        return move(FIRST);
    }

    public boolean last() {
        return move(LAST);
    }

    public boolean next() {
        return move(NEXT);
    }

    public boolean previous() {
        return move(PREV);
    }

    /** First value of the next key, past the further values of this one ({@link Lmdb#DUPSORT}). */
    public boolean nextKey() {
        return move(NEXT_NODUP);
    }

    /** Next value of the same key. */
    public boolean nextValue() {
        return move(NEXT_DUP);
    }

    public boolean firstValue() {
        return move(FIRST_DUP);
    }

    /** The first entry whose key is {@code key} or greater. */
    public boolean seek(byte[] key) {
        scratch.key(key, false);
        return move(SET_RANGE);
    }

    /** The entry of exactly this key. */
    public boolean find(byte[] key) {
        scratch.key(key, false);
        return move(SET_KEY);
    }

    private boolean move(int operation) {
        try {
            int code = (int) NativeMore.CURSOR_GET.invokeExact(live(), scratch.keyVal(), scratch.dataVal(), (long) operation, 0L);
            if (code == Lmdb.NOTFOUND) {
                return false;
            }
            Native.check("mdb_cursor_get", code);
            return true;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /** A copy of the key arrived at. */
    public byte[] key() {
        live();
        return scratch.keyBytes();
    }

    /** A copy of the value arrived at. */
    public byte[] value() {
        live();
        return scratch.dataBytes();
    }

    /** Reads the entry again, after other calls of the transaction have used its memory. */
    public boolean current() {
        return move(GET_CURRENT);
    }

    /** Stores at and moves to the key; flags and result as {@link Txn#put}. */
    public boolean put(byte[] key, byte[] value, int flags) {
        scratch.keyAndData(key, value, false);
        return put(flags);
    }

    /** Like {@link #put}, with a zero byte added to key and value. */
    public boolean putNul(byte[] key, byte[] value, int flags) {
        scratch.keyAndData(key, value, true);
        return put(flags);
    }

    private boolean put(int flags) {
        try {
            int code = (int) NativeMore.CURSOR_PUT.invokeExact(live(), scratch.keyVal(), scratch.dataVal(), (long) flags, 0L);
            if (code == Lmdb.KEYEXIST) {
                return false;
            }
            Native.check("mdb_cursor_put", code);
            return true;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /** Removes the entry arrived at; {@link #next} then gives the one behind it. */
    public void delete() {
        try {
            Native.check("mdb_cursor_del", (int) NativeMore.CURSOR_DEL.invokeExact(live(), 0L, 0L, 0L, 0L));
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    @Override
    public void close() {
        if (address == 0) {
            return;
        }
        long ending = address;
        address = 0;
        // The library itself closes the cursors of a writer that has ended.
        if (!txn.isOpen()) {
            return;
        }
        try {
            int _ = (int) NativeMore.CURSOR_CLOSE.invokeExact(ending, 0L, 0L, 0L, 0L);
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    private long live() {
        if (address == 0 || !txn.isOpen()) {
            throw new IllegalStateException("LMDB cursor is closed");
        }
        return address;
    }
}
