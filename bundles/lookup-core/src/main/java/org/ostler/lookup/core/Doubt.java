// SPDX-License-Identifier: Apache-2.0
package org.ostler.lookup.core;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;

/**
 * Says why a changed source file looks as if somebody had not finished writing it.
 *
 * <p>A file that is quiet is not always complete: a program that makes it may wait for something else, or have died. Half a table would say "not found" of the other half, and mail would come back.
 * <b>Threads</b> any. <b>Blocking</b> reads the end of each file.
 */
final class Doubt {

    private static final int TAIL = 4096;

    private Doubt() {}

    /** The reason, beginning with the file's name; empty where there is none, and for files that are not there: opening the table will say so. */
    static String about(List<Path> files) {
        for (Path file : files) {
            String why = about(file);
            if (!why.isEmpty()) {
                return file + " " + why;
            }
        }
        return "";
    }

    private static String about(Path file) {
        try (var in = new RandomAccessFile(file.toFile(), "r")) {
            long size = in.length();
            if (size == 0) {
                return "is empty";
            }
            var tail = new byte[(int) Math.min(TAIL, size)];
            in.seek(size - tail.length);
            in.readFully(tail);
            return tail[tail.length - 1] == '\n' || isBinary(tail) ? "" : "ends in the middle of a line";
        } catch (IOException e) {
            return "";
        }
    }

    /** A cdb file, for instance. */
    private static boolean isBinary(byte[] bytes) {
        for (byte each : bytes) {
            if (each == 0) {
                return true;
            }
        }
        return false;
    }
}
