// SPDX-License-Identifier: Apache-2.0
package org.ostler.lmdb;

import static org.ostler.lmdb.Native.link;

import java.lang.invoke.MethodHandle;

/** The functions that a mere lookup does not need; see {@link Native}. */
final class NativeMore {

    static final MethodHandle ENV_SYNC = link("mdb_env_sync");
    static final MethodHandle ENV_GET_MAXKEYSIZE = link("mdb_env_get_maxkeysize");
    static final MethodHandle READER_CHECK = link("mdb_reader_check");
    static final MethodHandle TXN_COMMIT = link("mdb_txn_commit");
    static final MethodHandle STAT = link("mdb_stat");
    static final MethodHandle DROP = link("mdb_drop");
    static final MethodHandle PUT = link("mdb_put");
    static final MethodHandle DEL = link("mdb_del");
    static final MethodHandle CURSOR_OPEN = link("mdb_cursor_open");
    static final MethodHandle CURSOR_CLOSE = link("mdb_cursor_close");
    static final MethodHandle CURSOR_GET = link("mdb_cursor_get");
    static final MethodHandle CURSOR_PUT = link("mdb_cursor_put");
    static final MethodHandle CURSOR_DEL = link("mdb_cursor_del");

    private NativeMore() {}
}
