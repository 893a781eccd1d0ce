// SPDX-License-Identifier: Apache-2.0
package org.ostler.smtp.grammar;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/** A stream that gives its bytes in pieces of random size, as a network does. */
final class Pieces extends InputStream {

    private final byte[] bytes;
    private final RandomGenerator random;
    private final int largest;
    private int at;

    Pieces(byte[] bytes, RandomGenerator random, int largest) {
        this.bytes = bytes;
        this.random = random;
        this.largest = largest;
    }

    static WireInput all(String text) {
        byte[] bytes = latin(text);
        return new WireInput(new Pieces(bytes, RandomGenerator.of("L64X128MixRandom"), 0), new byte[4096]);
    }

    static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static String latin(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public int read() {
        throw new AssertionError("byte by byte");
    }

    @Override
    public int read(byte[] into, int offset, int length) {
        if (at == bytes.length) {
            return -1;
        }
        int count = Math.min(length, bytes.length - at);
        if (largest > 0) {
            count = Math.min(count, random.nextInt(1, largest + 1));
        }
        System.arraycopy(bytes, at, into, offset, count);
        at += count;
        return count;
    }
}
