// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.lmdb;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Says whether a file has all the pages that its tables stand on, without mapping it: to read behind the end of a mapped file ends the process, and a page of which a part is missing reads as zeros,
 * which would say "not found".
 *
 * <p>A file may rightly end before the last page that was ever given out, where that one was given back before it was written. Only then each page is looked for. <b>Threads</b> one; the file should be locked, or a writer may
 * be believed to be a truncation. <b>Blocking</b> reads the two first pages; all of them where the file is short.
 */
final class Pages {

    /** What a file was like when all its pages were there. */
    record State(long size, long transaction) {}

    static final String MISSING = "file is shorter than its contents";

    private static final int SMALLEST = 4096;
    private static final int LARGEST = 1 << 16;
    private static final int MAGIC = 0xBEEFC0DE;
    private static final int DEEPEST = 32;

    // Where things are in a page of LMDB 0.9 on a 64-bit machine: behind a header of 16 bytes.
    private static final int FLAGS = 10;
    private static final int LOWER = 12;
    private static final int HEADER = 16;
    private static final int BRANCH = 1;
    private static final int LEAF = 2;
    private static final int NODE_FLAGS = 4;
    private static final int KEY_SIZE = 6;
    private static final int KEY = 8;
    private static final int BIG = 1;
    // In the two pages at the beginning.
    private static final int PAGE_SIZE = 40;
    private static final int FREE_ROOT = 80;
    private static final int MAIN_ROOT = 128;
    private static final int LAST_PAGE = 136;
    private static final int TRANSACTION = 144;

    private final RandomAccessFile in;
    private final long pages;
    private final int pageSize;
    private long visits;

    private Pages(RandomAccessFile in, long size, int pageSize) {
        this.in = in;
        this.pages = size / pageSize;
        this.pageSize = pageSize;
    }

    /** What LMDB itself refuses to open, with words of its own. */
    static boolean isForeign(Path file) throws IOException {
        try (var in = new RandomAccessFile(file.toFile(), "r")) {
            return in.length() < SMALLEST || read(in, 0, SMALLEST).getInt(HEADER) != MAGIC;
        }
    }

    /**
     * @param before what was found the last time, or null: the same is not looked at again
     * @return null where pages are missing, or there is something else in the place of the first
     */
    static State look(Path file, State before) throws IOException {
        // A channel would be closed by an interruption.
        try (var in = new RandomAccessFile(file.toFile(), "r")) {
            long size = in.length();
            if (size < 2 * SMALLEST || size % SMALLEST != 0) {
                return null;
            }
            ByteBuffer first = read(in, 0, SMALLEST);
            int pageSize = first.getInt(PAGE_SIZE);
            if (first.getInt(HEADER) != MAGIC || pageSize < SMALLEST || pageSize > LARGEST || Integer.bitCount(pageSize) != 1) {
                return null;
            }
            ByteBuffer second = read(in, pageSize, SMALLEST);
            ByteBuffer newest = second.getLong(TRANSACTION) > first.getLong(TRANSACTION) ? second : first;
            var now = new State(size, newest.getLong(TRANSACTION));
            boolean whole = now.equals(before) || size / pageSize > newest.getLong(LAST_PAGE) || new Pages(in, size, pageSize).hold(newest);
            return whole ? now : null;
        } catch (EOFException e) {
            return null;
        }
    }

    private boolean hold(ByteBuffer meta) throws IOException {
        return isTree(meta.getLong(FREE_ROOT), DEEPEST) && isTree(meta.getLong(MAIN_ROOT), DEEPEST);
    }

    /** An empty tree has no root: -1. */
    private boolean isTree(long root, int depth) throws IOException {
        if (root == -1) {
            return true;
        }
        // Each page belongs to one place only; more visits than pages are a circle.
        if (root < 0 || root >= pages || depth == 0 || ++visits > pages) {
            return false;
        }
        ByteBuffer page = read(in, root * pageSize, pageSize);
        int nodes = (Short.toUnsignedInt(page.getShort(LOWER)) - HEADER) / 2;
        int kind = page.getShort(FLAGS) & (BRANCH | LEAF);
        if (kind == 0 || nodes > (pageSize - HEADER) / 2) {
            return false;
        }
        for (int i = 0; i < nodes; i++) {
            int node = Short.toUnsignedInt(page.getShort(HEADER + 2 * i));
            if (node > pageSize - KEY || !(kind == BRANCH ? isTree(child(page, node), depth - 1) : hasValue(page, node))) {
                return false;
            }
        }
        return true;
    }

    private static long child(ByteBuffer page, int node) {
        return Integer.toUnsignedLong(page.getInt(node)) | (long) Short.toUnsignedInt(page.getShort(node + NODE_FLAGS)) << 32;
    }

    /** A value that has no room in the page has pages of its own. */
    private boolean hasValue(ByteBuffer page, int node) throws IOException {
        if ((page.getShort(node + NODE_FLAGS) & BIG) == 0) {
            return true;
        }
        int at = node + KEY + Short.toUnsignedInt(page.getShort(node + KEY_SIZE));
        if (at > pageSize - Long.BYTES) {
            return false;
        }
        long first = page.getLong(at);
        return first >= 0 && first < pages && first + Integer.toUnsignedLong(read(in, first * pageSize, HEADER).getInt(LOWER)) <= pages;
    }

    private static ByteBuffer read(RandomAccessFile in, long from, int length) throws IOException {
        var bytes = new byte[length];
        in.seek(from);
        in.readFully(bytes);
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }
}
