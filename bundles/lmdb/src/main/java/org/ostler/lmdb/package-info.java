// SPDX-License-Identifier: Apache-2.0
/**
 * LMDB, the Lightning Memory-Mapped Database, through the foreign function interface of the JDK.
 *
 * <p>Start at {@link org.ostler.lmdb.Env}: it opens a file and begins transactions ({@link org.ostler.lmdb.Txn}), in which keys are read, written and walked
 * ({@link org.ostler.lmdb.Cursor}). {@link org.ostler.lmdb.FileLock} holds the kind of lock that Postfix expects on a table,
 * {@link org.ostler.lmdb.OpenFile} says how long a file is.
 *
 * <p>A bundle of its own, apart from all that is swapped, because native code cannot be unloaded at will: a swap of {@code lookup-lmdb}, which alone uses it,
 * leaves it alone.
 *
 * <p><b>Invariant.</b> No call reaches native code with an environment, transaction or cursor that has been closed: each object knows whether it is open, and an
 * environment refuses to close while a transaction is. A mistake in the calling Java code is an {@link java.lang.IllegalStateException}, not a crash of the process.
 * The one exception is LMDB's own: a transaction or cursor belongs to one thread at a time.
 *
 * <p>Why not lmdbjava: it needs eleven further jars, {@code sun.misc.Unsafe} and {@code --add-opens}, looks for its library through the thread's context class
 * loader, and spends 160 to 460 ms on the first use, which {@code postmap -q} would have to pay every time (docs/decisions).
 */
@Export
@Version("1.1.0")
package org.ostler.lmdb;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
