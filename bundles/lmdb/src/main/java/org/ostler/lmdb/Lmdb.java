// SPDX-License-Identifier: Apache-2.0
package org.ostler.lmdb;

/** Flags and return values of LMDB, under the names of {@code lmdb.h}, and two questions to the library itself. */
public final class Lmdb {

    // Environments
    public static final int NOSUBDIR = 0x4000;
    public static final int NOSYNC = 0x10000;
    public static final int RDONLY = 0x20000;
    public static final int NOMETASYNC = 0x40000;
    public static final int NOTLS = 0x200000;
    public static final int NOLOCK = 0x400000;
    public static final int NORDAHEAD = 0x800000;
    public static final int NOMEMINIT = 0x1000000;

    // Databases
    public static final int REVERSEKEY = 0x02;
    public static final int DUPSORT = 0x04;
    /** Keys are 4 or 8 bytes in the order of the machine, compared as unsigned numbers. */
    public static final int INTEGERKEY = 0x08;
    public static final int DUPFIXED = 0x10;
    public static final int INTEGERDUP = 0x20;
    public static final int REVERSEDUP = 0x40;
    public static final int CREATE = 0x40000;

    // Writes
    public static final int NOOVERWRITE = 0x10;
    public static final int NODUPDATA = 0x20;
    public static final int CURRENT = 0x40;
    public static final int APPEND = 0x20000;
    public static final int APPENDDUP = 0x40000;

    // Return values
    public static final int SUCCESS = 0;
    public static final int KEYEXIST = -30799;
    public static final int NOTFOUND = -30798;
    public static final int PAGE_NOTFOUND = -30797;
    public static final int CORRUPTED = -30796;
    public static final int PANIC = -30795;
    public static final int VERSION_MISMATCH = -30794;
    public static final int INVALID = -30793;
    public static final int MAP_FULL = -30792;
    public static final int DBS_FULL = -30791;
    public static final int READERS_FULL = -30790;
    public static final int TXN_FULL = -30788;
    public static final int MAP_RESIZED = -30785;
    public static final int BAD_VALSIZE = -30781;

    private Lmdb() {}

    /**
     * Loads the native library now instead of at the first use.
     *
     * @throws UnsatisfiedLinkError where this machine is not served; says what to install
     */
    public static void load() {
        Native.version();
    }

    /** For instance {@code LMDB 0.9.33: (May 21, 2024)}. */
    public static String version() {
        return Native.version();
    }

    /** LMDB's or the C library's words for a return value. */
    public static String message(int code) {
        return Native.strerror(code);
    }
}
