// SPDX-License-Identifier: Apache-2.0
package org.ostler.queue.log;

import java.util.Arrays;

/**
 * What a segment contains, record by record in their order: four longs each, so that a segment of many small messages takes a few megabytes.
 *
 * <p><b>Threads</b> one.
 */
final class Contents {

    /** Flag of a MESSAGE whose checksum is wrong. */
    static final int DAMAGED = 0x80;
    static final int WIDTH = 4;

    long[] words = new long[256 * WIDTH];
    int size;
    /** End of the last sound record, padded. */
    long end = Segment.HEADER;
    boolean sealed;

    /**
     * @param queue of a STATE
     * @param home  of a REMOVE: segment in which the message stood
     * @param time  MESSAGE: microseconds of the id; STATE: due, milliseconds
     */
    void add(byte type, int flags, int queue, int warned, int offset, int length, int home, long sequence, long time) {
        int at = size * WIDTH;
        if (at == words.length) {
            words = Arrays.copyOf(words, at * 2);
        }
        words[at] = (type & 0xffL) | (flags & 0xffL) << 8 | (queue & 0xffL) << 16 | (warned & 0xffL) << 24 | (long) offset << 32;
        words[at + 1] = length & 0xffff_ffffL | (long) home << 32;
        words[at + 2] = sequence;
        words[at + 3] = time;
        size++;
    }

    byte type(int i) {
        return (byte) words[i * WIDTH];
    }

    int flags(int i) {
        return (int) (words[i * WIDTH] >> 8) & 0xff;
    }

    int queue(int i) {
        return (int) (words[i * WIDTH] >> 16) & 0xff;
    }

    boolean warned(int i) {
        return (words[i * WIDTH] >> 24 & 0xff) != 0;
    }

    int offset(int i) {
        return (int) (words[i * WIDTH] >> 32);
    }

    int length(int i) {
        return (int) words[i * WIDTH + 1];
    }

    int home(int i) {
        return (int) (words[i * WIDTH + 1] >> 32);
    }

    long sequence(int i) {
        return words[i * WIDTH + 2];
    }

    long time(int i) {
        return words[i * WIDTH + 3];
    }

    /** Makes an entry one that nobody looks at. */
    void drop(int i) {
        words[i * WIDTH] &= ~0xffL;
    }
}
