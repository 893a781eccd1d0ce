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
 * <p>Pointers are passed as {@code long}: on the 64-bit Linux systems served they travel in the same registers, it allocates nothing, and the few remaining shapes of
 * calls keep the first use fast. What only writers and walkers need is linked apart, in {@link NativeMore}, for the same reason.
 */
final class Native {

    /** All memory, for reading and writing by address. Never hand out slices of it. */
    static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    static final Linker LINKER = Linker.nativeLinker();
    static final SymbolLookup LIBRARY = NativeLibrary.open();

    static final MethodHandle ENV_CREATE = link("mdb_env_create", JAVA_INT, JAVA_LONG);
    static final MethodHandle ENV_CLOSE = link("mdb_env_close", null, JAVA_LONG);
    static final MethodHandle ENV_SET_MAPSIZE = link("mdb_env_set_mapsize", JAVA_INT, JAVA_LONG, JAVA_LONG);
    static final MethodHandle ENV_SET_MAXREADERS = link("mdb_env_set_maxreaders", JAVA_INT, JAVA_LONG, JAVA_INT);
    static final MethodHandle ENV_SET_MAXDBS = link("mdb_env_set_maxdbs", JAVA_INT, JAVA_LONG, JAVA_INT);
    static final MethodHandle ENV_OPEN = link("mdb_env_open", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT);
    static final MethodHandle ENV_INFO = link("mdb_env_info", JAVA_INT, JAVA_LONG, JAVA_LONG);
    static final MethodHandle ENV_GET_FD = link("mdb_env_get_fd", JAVA_INT, JAVA_LONG, JAVA_LONG);
    static final MethodHandle TXN_BEGIN = link("mdb_txn_begin", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG);
    static final MethodHandle TXN_ABORT = link("mdb_txn_abort", null, JAVA_LONG);
    static final MethodHandle TXN_RESET = link("mdb_txn_reset", null, JAVA_LONG);
    static final MethodHandle TXN_RENEW = link("mdb_txn_renew", JAVA_INT, JAVA_LONG);
    static final MethodHandle DBI_OPEN = link("mdb_dbi_open", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG);
    static final MethodHandle GET = link("mdb_get", JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);

    private Native() {}

    static MethodHandle link(String name, MemoryLayout result, MemoryLayout... arguments) {
        MemorySegment function = LIBRARY.find(name).orElseThrow(() -> new UnsatisfiedLinkError("LMDB: no function " + name));
        return LINKER.downcallHandle(function, descriptor(result, arguments));
    }

    static FunctionDescriptor descriptor(MemoryLayout result, MemoryLayout... arguments) {
        return result == null ? FunctionDescriptor.ofVoid(arguments) : FunctionDescriptor.of(result, arguments);
    }

    static String version() {
        try {
            return string((long) link("mdb_version", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG).invokeExact(0L, 0L, 0L));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static String strerror(int code) {
        try {
            return string((long) link("mdb_strerror", JAVA_LONG, JAVA_INT).invokeExact(code));
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
