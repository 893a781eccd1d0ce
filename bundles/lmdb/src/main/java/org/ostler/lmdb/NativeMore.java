// SPDX-License-Identifier: Apache-2.0
package org.ostler.lmdb;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.ostler.lmdb.Native.link;

import java.lang.invoke.MethodHandle;

/** The functions that a mere lookup does not need; see {@link Native}. */
final class NativeMore {

    static final MethodHandle ENV_SYNC = link("mdb_env_sync", JAVA_INT, JAVA_LONG, JAVA_INT);
    static final MethodHandle ENV_GET_MAXKEYSIZE = link("mdb_env_get_maxkeysize", JAVA_INT, JAVA_LONG);
    static final MethodHandle READER_CHECK = link("mdb_reader_check", JAVA_INT, JAVA_LONG, JAVA_LONG);
    static final MethodHandle TXN_COMMIT = link("mdb_txn_commit", JAVA_INT, JAVA_LONG);
    static final MethodHandle STAT = link("mdb_stat", JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG);
    static final MethodHandle DROP = link("mdb_drop", JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
    static final MethodHandle PUT = link("mdb_put", JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    static final MethodHandle DEL = link("mdb_del", JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    static final MethodHandle CURSOR_OPEN = link("mdb_cursor_open", JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG);
    static final MethodHandle CURSOR_CLOSE = link("mdb_cursor_close", null, JAVA_LONG);
    static final MethodHandle CURSOR_GET = link("mdb_cursor_get", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT);
    static final MethodHandle CURSOR_PUT = link("mdb_cursor_put", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT);
    static final MethodHandle CURSOR_DEL = link("mdb_cursor_del", JAVA_INT, JAVA_LONG, JAVA_INT);

    private NativeMore() {}
}
