// SPDX-License-Identifier: Apache-2.0
package org.ostler.lmdb;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The functions of {@code lmdb.h} that are used, one handle each, and access to native memory by address.
 *
 * <p>All are called in one shape, five {@code long} to an {@code int}: every further one would cost ten milliseconds of each command that opens a table. On the 64-bit Linux systems served all
 * arguments travel in registers, pointers and numbers alike; a function takes an {@code int} from the lower half, and leaves alone those that it has no parameter for. What a function that
 * returns nothing leaves there is not looked at. What only writers and walkers need is linked apart, in {@link NativeMore}, to keep the first lookup fast.
 */
final class Native {

    /** All memory, for reading and writing by address. Never hand out slices of it. */
    static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    static final Linker LINKER = Linker.nativeLinker();
    static final SymbolLookup LIBRARY = NativeLibrary.open();

    static final MethodHandle ENV_CREATE = link("mdb_env_create");
    static final MethodHandle ENV_CLOSE = link("mdb_env_close");
    static final MethodHandle ENV_SET_MAPSIZE = link("mdb_env_set_mapsize");
    static final MethodHandle ENV_SET_MAXREADERS = link("mdb_env_set_maxreaders");
    static final MethodHandle ENV_SET_MAXDBS = link("mdb_env_set_maxdbs");
    static final MethodHandle ENV_OPEN = link("mdb_env_open");
    static final MethodHandle ENV_INFO = link("mdb_env_info");
    static final MethodHandle ENV_GET_FD = link("mdb_env_get_fd");
    static final MethodHandle TXN_BEGIN = link("mdb_txn_begin");
    static final MethodHandle TXN_ABORT = link("mdb_txn_abort");
    static final MethodHandle TXN_RESET = link("mdb_txn_reset");
    static final MethodHandle TXN_RENEW = link("mdb_txn_renew");
    static final MethodHandle DBI_OPEN = link("mdb_dbi_open");
    static final MethodHandle GET = link("mdb_get");

    private Native() {}

    static MethodHandle link(String name) {
        return link(name, JAVA_INT);
    }

    private static MethodHandle link(String name, MemoryLayout result) {
        MemorySegment function = LIBRARY.find(name).orElseThrow(() -> new UnsatisfiedLinkError("LMDB: no function " + name));
        return LINKER.downcallHandle(function, FunctionDescriptor.of(result, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    }

    static String version() {
        try {
            return string((long) link("mdb_version", JAVA_LONG).invokeExact(0L, 0L, 0L, 0L, 0L));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static String strerror(int code) {
        try {
            return string((long) link("mdb_strerror", JAVA_LONG).invokeExact((long) code, 0L, 0L, 0L, 0L));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    private static String string(long address) {
        return MEMORY.getString(address);
    }

    /** Method handles declare {@link Throwable}; C functions throw nothing, so this is an error of the machine. */
    static RuntimeException unexpected(Throwable t) {
        if (t instanceof Error e) {
            throw e;
        }
        return t instanceof RuntimeException e ? e : new IllegalStateException(t);
    }

    static void check(String call, int code) {
        if (code != Lmdb.SUCCESS) {
            throw new LmdbException(call, code);
        }
    }
}
