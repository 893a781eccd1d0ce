// SPDX-License-Identifier: Apache-2.0
/**
 * LMDB tables, in files that Postfix's postmap and daemons read and write too; {@code hash:}, {@code btree:} and {@code dbm:} names answered from the same.
 *
 * <p>Read {@link org.ostler.lookup.lmdb.SharedFile} first: it owns one open file, {@link org.ostler.lookup.lmdb.Gate} its lock.
 * {@link org.ostler.lookup.lmdb.LmdbMaker} writes.
 *
 * <h2>How a file is shared</h2>
 * <pre>
 *   one file NAME.lmdb           MDB_NOSUBDIR, only the unnamed database
 *   no lock file                 MDB_NOLOCK; instead whole-file fcntl locks: readers hold it shared; a writer takes it
 *                                exclusively, so that all readers of older states have left, makes it shared, and writes
 *   key NUL, value NUL           or both without (postmap -n); readers try the first, then the second
 *   rewritten in place           a rebuild is one transaction in the same file; meanwhile readers see the state before
 * </pre>
 *
 * <p><b>Invariants.</b> No page of the file is read without the shared lock, and no state of the file is kept past it: without LMDB's own table of readers the
 * second writer after a reader began may reuse pages that it looks at. The lock is an
 * open-file-description lock, so that no other use of the file in this process can drop it. An environment is closed only while nobody is inside.
 */
package org.ostler.lookup.lmdb;
